#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit::inspect {

/// The setup header of an x86 bzImage (Documentation/arch/x86/boot.rst).
struct SetupHeader {
    std::string protocol;              ///< "2.15"
    std::string version;               ///< the version string it points to
    std::uint64_t payload_offset = 0;  ///< bytes from the file's start
    std::uint64_t payload_length = 0;
};

struct Kernel {
    std::string format;                 ///< "vmlinux", "arm64 Image", "x86 bzImage", "EFI zboot", "zImage"
    std::string architecture;           ///< "arm64", "x86_64"; "" when the bytes do not tell
    std::string compression;            ///< of the file or of its payload, "none"
    std::string banner;                 ///< "Linux version ..."
    std::string release;                ///< "6.12.117-tiny"
    std::string build_id;               ///< hexadecimal, "" when there is none
    std::optional<std::string> config;  ///< the embedded .config
    std::optional<SetupHeader> setup;
    std::uint64_t size = 0;  ///< bytes of the unpacked kernel
};

/// Whether the bytes begin as one of the forms above does. An ELF file counts if it is no relocatable one.
bool is_kernel(std::string_view bytes);

/// Reads a kernel in any of its forms; a whole file that is compressed (Image.gz) has to be unpacked first.
/// \param limit bytes it may unpack to
Result<Kernel> read_kernel(std::string_view bytes, std::uint64_t limit);

}  // namespace rpikit::inspect
