#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "sdk/devices/makefile.hpp"

namespace rpikit::devices {

/// For each compatible of a root node in the tree's own device trees the symbols under which their Makefiles
/// build them (`dtb-$(CONFIG_ARCH_BCM2835) += bcm2711-rpi-4-b.dtb`). What stands under several platforms is
/// left out. \param arch the folder below arch/
std::map<std::string, Conditions> read_platforms(const std::filesystem::path& root, const std::string& arch);

}  // namespace rpikit::devices
