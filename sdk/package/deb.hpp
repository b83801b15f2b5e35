#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/kernel/build.hpp"

namespace rpikit::package {

/// What the packages of a built kernel shall be.
struct DebRequest {
    std::string release;       ///< of the kernel, as `uname -r` says
    std::string architecture;  ///< Debian's name of the target: arm64
    bool headers = true;       ///< whether linux-headers is made, see headers_obstacle
};

/// The kernel's Debian packages are made by these programs; an error names what this machine lacks, with the
/// command that installs it.
Result<> require_deb_tools(const host::Host& host);

/// Package names know neither capitals nor underscores, which a release may have (deb-control(5)): an error
/// that says how to get another release.
Result<> check_release(const std::string& release, const std::string& board);

/// Why linux-headers cannot be made here: the programs in it run on the board, so the compiler has to link
/// with the target's C library. Empty: it can.
std::string headers_obstacle(const host::Host& host, const kernel::BuildContext& context,
                             const std::string& architecture);

/// The make that packs: the kernel's own `bindeb-pkg` in the object tree of the build, with everything pinned
/// that would make two runs differ. \param results where the packages appear, beside what else make leaves
/// there; without a sandbox they are in the folder above the object tree
host::Command deb_command(const host::Host& host, const kernel::BuildContext& context,
                          const DebRequest& request, const std::filesystem::path& results);

/// Packs a kernel that was built: linux-image, linux-libc-dev and, with modules, linux-headers. Nothing is
/// compiled again but the few programs of linux-headers; the image is checked to be the same afterwards.
/// \param folder takes the place of the folder of an earlier run, whole or not at all
/// \returns the packages, sorted
Result<std::vector<std::filesystem::path>> make_debs(const host::Host& host,
                                                     const kernel::BuildContext& context,
                                                     const DebRequest& request,
                                                     const std::filesystem::path& folder);

}  // namespace rpikit::package
