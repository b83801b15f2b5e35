#pragma once

#include <span>
#include <string>
#include <vector>

#include "sdk/emulator/emulator.hpp"

namespace rpikit::emulator {

/// The shell commands whose answers `check_devices` reads, in its order. They need a POSIX shell, find,
/// xargs, grep, cat, mount and dmesg, as busybox has them.
std::vector<std::string> device_questions();

/// Those of the devices whose nodes the board's emulator settings leave enabled, up to the root. The settings
/// reach the device tree where QEMU starts the kernel itself (firmware "direct"); elsewhere all stay.
std::vector<ExpectedDevice> enabled_in_emulator(std::vector<ExpectedDevice> devices,
                                                const board::Emulator& emulator);

/// Compares the expected devices with the nodes' devices in /sys: one item for all, and one for each that is
/// not bound, with the reason. One that `expectation.unbound` names may be unbound. \param answers one for
/// each of the device questions
std::vector<CheckedItem> check_devices(const Expectation& expectation, std::span<const std::string> answers);

}  // namespace rpikit::emulator
