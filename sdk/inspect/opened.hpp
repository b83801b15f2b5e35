#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "sdk/archive/inflate.hpp"
#include "sdk/inspect/inspect.hpp"

namespace rpikit::inspect {

enum class Kind { kernel, module, initramfs, device_tree, disk_image, package, configuration };

/// A file whose kind is known, with what had to be read to know it.
struct Opened {
    Kind kind = Kind::kernel;
    std::filesystem::path path;
    std::uint64_t size = 0;
    std::string bytes = {};                        ///< the file's; empty for images and packages
    std::optional<archive::Packing> packing = {};  ///< the whole file is compressed
    std::string unpacked = {};                     ///< then its content

    std::string_view content() const { return packing ? unpacked : bytes; }
};

/// Finds out what a file is. What is of no known kind is an error.
Result<Opened> open_any(const std::filesystem::path& file, const archive::Limits& limits);

/// Whether a text is a kernel configuration: only comments and CONFIG_ lines, one of these at least.
bool is_configuration(std::string_view text);

}  // namespace rpikit::inspect
