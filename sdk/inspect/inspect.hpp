#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "sdk/archive/archive.hpp"
#include "sdk/archive/inflate.hpp"
#include "sdk/archive/member.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::inspect {

/// One thing that a file's bytes tell.
struct Fact {
    std::string name;  ///< also the key in JSON: "build_id"
    std::variant<std::string, std::uint64_t, std::vector<std::string>, std::vector<std::vector<Fact>>> value;
};

/// The files of one archive or file system inside.
struct FileList {
    std::string place;  ///< "partition 2 (ext4)", "cpio at byte 0 (gzip)"
    std::vector<archive::Member> members;
};

struct Report {
    std::string
        kind;  ///< "kernel", "module", "initramfs", "device tree", "disk image", "package", "configuration"
    std::vector<Fact> facts;
    std::vector<FileList> files;  ///< when they were asked for
};

struct Options {
    archive::Limits limits = {.bytes = archive::default_unpacked_limit, .entries = 1'000'000};
    bool list = false;  ///< name the files inside
};

/// Tells from the bytes alone what a file is and what is in it. Nothing in it is trusted: damage is an error,
/// what unpacks to more than the limits is refused.
Result<Report> inspect(const std::filesystem::path& file, const Options& options);

/// The configuration of a kernel in any form, of the first kernel in an image that has one, of a kernel's
/// .deb, or of a .config file: its text as it is.
Result<std::string> read_config(const std::filesystem::path& file, const Options& options);

/// One file inside an initramfs, a .deb or an image. \param path as listed; in an image "2:/etc/passwd" too
Result<std::string> read_inside(const std::filesystem::path& file, const std::string& path,
                                const Options& options);

/// Unpacks an initramfs or a .deb into a folder, which is made, or exists and is empty.
/// \returns what was left out: devices
Result<std::vector<std::string>> unpack_inside(const std::filesystem::path& file,
                                               const std::filesystem::path& folder, const Options& options);

}  // namespace rpikit::inspect
