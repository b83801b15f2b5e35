#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::rootfs {

/// The applets a busybox was built with, sorted, found without running it (it is the target's): busybox keeps
/// their names as one sorted table of NUL-terminated strings (applet_names in its applet_tables.h).
Result<std::vector<std::string>> find_applets(std::string_view binary);

/// An error unless `binary` is a static program for the architecture.
Result<> check_busybox(std::string_view binary, const std::string& debian_arch);

}  // namespace rpikit::rootfs
