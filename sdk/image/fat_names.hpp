#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::image {

/// A file's name as a FAT directory stores it.
struct FatName {
    std::array<char, 11> short_name{};
    std::uint8_t case_flags = 0;  ///< fat_lower_base, fat_lower_extension
    std::u16string long_name;     ///< empty when the short name and its flags say it all

    /// How many directory entries it takes.
    std::uint32_t slots() const;
};

/// Why a name cannot be stored on FAT (fatgen103, section 7), or nothing.
Result<> check_fat_name(std::string_view name);

/// The form in which two names are the same on FAT: case folded for ASCII, Latin-1, Greek and Cyrillic.
std::u16string fold_fat_name(std::string_view name);

/// The names of one directory, in the order given. Each has been checked and no two are the same on FAT; a
/// name that does not fit 8.3 gets a short one with a number ("CONFIG~1.TXT").
std::vector<FatName> make_fat_names(const std::vector<std::string_view>& names);

}  // namespace rpikit::image
