#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit::rootfs {

/// What the header of a program says (System V ABI, "ELF header" and "Program header").
struct Elf {
    int bits = 0;  ///< 32 or 64
    bool little_endian = true;
    std::uint16_t machine = 0;                    ///< e_machine
    std::optional<std::string> interpreter = {};  ///< PT_INTERP: the program loader; unset for a static one
};

bool is_elf(std::string_view program);

/// Every offset is checked against the file's size.
Result<Elf> read_elf(std::string_view program);

/// An error unless the program runs on the architecture. \param debian_arch "arm64", "armhf", "amd64", ...
Result<> check_architecture(const Elf& elf, const std::string& debian_arch);

}  // namespace rpikit::rootfs
