#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sdk/board/board.hpp"

namespace rpikit::test {

/// An ELF program of nothing but headers. \param interpreter the program loader; empty for a static program
std::string make_elf(int bits, std::uint16_t machine, const std::string& interpreter = {});

/// A static program for arm64 that carries a table of applets as busybox does.
std::string make_busybox(const std::vector<std::string>& applets);

/// All applets that the minimal root file system needs, and some more, sorted.
std::vector<std::string> enough_applets();

/// As in a descriptor of a Raspberry Pi 4.
board::RootFs example_rootfs();

}  // namespace rpikit::test
