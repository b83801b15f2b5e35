#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::inspect {

/// A section of an ELF file (System V ABI, "Sections").
struct ElfSection {
    std::string_view name;
    std::string_view bytes;  ///< empty when the file holds none (.bss)
};

struct ElfFile {
    bool wide = false;          ///< 64 bits
    std::uint16_t type = 0;     ///< e_type
    std::uint16_t machine = 0;  ///< e_machine
    std::vector<ElfSection> sections;

    /// "" when there is none.
    std::string_view section(std::string_view name) const;
};

/// Every offset is checked against the file's size; views point into `file`. Little-endian files only.
Result<ElfFile> read_elf_sections(std::string_view file);

/// "arm64", "x86_64", ... as the kernel names architectures; "machine N" for others.
std::string elf_architecture(const ElfFile& elf);

}  // namespace rpikit::inspect
