#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit::archive {

/// A file of an image that waits for settings: it has a fixed size and begins with a line that nothing else
/// begins with. So its bytes are found and replaced while the image passes by as a stream, without knowing
/// the file system. That keeps no checksum of a file's content (ext4 and FAT have none), and the file keeps
/// its size.
constexpr std::size_t settings_slot_size = 4096;  ///< bytes; one block of the file systems made here

/// The file as it is built into a root file system.
std::string empty_settings_slot();

/// The file with settings, one `name=value` a line. More than the slot holds is an error.
Result<std::string> filled_settings_slot(std::string_view lines);

/// Whether these bytes, exactly a slot's size, are an empty slot.
bool is_empty_settings_slot(std::span<const std::byte> bytes);

}  // namespace rpikit::archive
