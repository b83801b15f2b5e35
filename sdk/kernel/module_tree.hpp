#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/host/host.hpp"

namespace rpikit::kernel {

/// include/config/kernel.release of a build folder.
Result<std::string> kernel_release(const std::filesystem::path& build);

/// The modules below staging/lib/modules/<release>, relative to that folder, sorted. An error if the files
/// that depmod makes are not there: without them no module could be loaded by name.
Result<std::vector<std::filesystem::path>> list_modules(const std::filesystem::path& staging,
                                                        const std::string& release);

/// That every module was built for `release`: the first word of the vermagic in its .modinfo section.
Result<> check_vermagic(const host::Host& host, const std::filesystem::path& staging,
                        const std::string& release);

}  // namespace rpikit::kernel
