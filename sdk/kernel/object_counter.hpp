#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit::kernel {

/// Counts what `make` says it makes: lines of two blanks and a capital, "  CC      init/main.o". Output may
/// come in pieces of any size.
class ObjectCounter {
  public:
    void feed(std::string_view output);
    std::uint64_t count() const { return count_; }

  private:
    std::uint64_t count_ = 0;
    std::size_t column_ = 0;  ///< how many characters of the line fit so far; beyond 2: it is decided
};

/// How many lines a whole build will print: what the last whole build in this folder printed (a file beside
/// the folder), else by the number of symbols that are y or m; 0 when neither is known.
std::uint64_t expected_objects(const std::filesystem::path& build, std::size_t enabled_symbols);

/// Keeps the number for the next time.
Result<> remember_objects(const std::filesystem::path& build, std::uint64_t count);

}  // namespace rpikit::kernel
