#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "sdk/archive/archive.hpp"
#include "sdk/archive/member.hpp"

namespace rpikit::archive {

/// Whether a file begins as a .deb does.
bool is_deb(const std::filesystem::path& file);

/// The fields of a .deb's control file as they stand there (deb-control(5)), in order.
Result<std::vector<std::pair<std::string, std::string>>> read_deb_control(const std::filesystem::path& deb);

/// The entries of a .deb's data archive in its order. \param hashed whether their sha256 is wanted
Result<std::vector<Member>> list_deb(const std::filesystem::path& deb, const Limits& limits = {},
                                     bool hashed = false);

}  // namespace rpikit::archive
