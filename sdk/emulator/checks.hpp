#pragma once

#include <span>
#include <string>
#include <vector>

#include "sdk/emulator/emulator.hpp"

namespace rpikit::emulator {

/// The shell commands whose answers `evaluate` reads, in its order. They need a POSIX shell, cat, grep, zcat,
/// uname and modprobe, as busybox has them; for devices what device_checks.hpp says.
std::vector<std::string> questions(const Expectation& expectation);

struct Findings {
    std::vector<CheckedItem> items;
    std::vector<std::string> mounts;
    bool passed() const;
};

/// Compares the answers with what is expected: release, configuration (one item for all symbols and one for
/// each that differs), root device, module, devices. \param answers one for each question
Findings evaluate(const Expectation& expectation, std::span<const std::string> answers);

}  // namespace rpikit::emulator
