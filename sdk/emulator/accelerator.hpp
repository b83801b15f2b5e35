#pragma once

#include <filesystem>
#include <string>

#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"

namespace rpikit::emulator {

/// Which accelerator to use, "kvm" or "tcg". "auto" takes KVM only when guest and
/// host have the same processor and `accelerator_works`. Anything else is an error of kind `usage`.
/// \param folder an existing folder for the probe's disk
Result<std::string> choose_accelerator(const host::Host& host, const board::Emulator& emulator,
                                       const std::filesystem::path& qemu, const std::filesystem::path& folder,
                                       const std::string& requested);

/// Whether the accelerator runs an x86 machine as far as a boot sector that the firmware loads from disk.
/// That /dev/kvm can be opened says nothing: on some hosts a guest hangs for ever in the BIOS's disk
/// services.
bool accelerator_works(const host::Host& host, const std::filesystem::path& qemu,
                       const std::filesystem::path& folder, const std::string& accelerator,
                       std::chrono::milliseconds time_limit = std::chrono::seconds(5));

}  // namespace rpikit::emulator
