#pragma once

#include <filesystem>
#include <string>

#include "sdk/support/result.hpp"

namespace rpikit::source {

/// What a folder that others write to holds now: SHA-256 over path, kind, size, time and inode of all that is
/// in it but .git at its top. No file is read; 90,000 of them take about 0.15 s once the kernel knows them.
Result<std::string> scan_tree(const std::filesystem::path& root);

}  // namespace rpikit::source
