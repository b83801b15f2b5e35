#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/archive/archive.hpp"
#include "sdk/archive/member.hpp"

namespace rpikit::archive {

/// One cpio of an initramfs.
struct InitramfsPart {
    std::uint64_t offset = 0;  ///< where it begins in the file, or the compressed stream it lies in
    std::string compression;   ///< "none", "gzip", ...
    std::vector<Member> members;
};

/// Whether the bytes begin as a cpio does that the kernel reads (070701, 070702) or the older 070707.
bool is_cpio(std::string_view bytes);

/// The archives of an initramfs in order: each raw or compressed, zeros between them
/// (Documentation/driver-api/early-userspace/buffer-format.rst). Limits count over all of them.
/// \param hashed whether the members' sha256 is wanted
Result<std::vector<InitramfsPart>> list_initramfs(std::string_view bytes, const Limits& limits,
                                                  bool hashed = false);

/// One file; of several with the same path the last counts, as it does for the kernel.
Result<std::string> read_from_initramfs(std::string_view bytes, const std::string& path,
                                        const Limits& limits);

/// Unpacks all archives over each other into a folder that exists and is empty, with the care of unpack();
/// absolute links are made to point into the folder, devices are left out.
/// \returns the paths of the devices that were left out
Result<std::vector<std::string>> unpack_initramfs(std::string_view bytes, const std::filesystem::path& folder,
                                                  const UnpackOptions& options);

}  // namespace rpikit::archive
