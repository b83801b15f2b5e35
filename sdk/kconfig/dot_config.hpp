#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::kconfig {

/// One line of a .config or fragment: "CONFIG_X=y" or "# CONFIG_X is not set".
struct Assignment {
    std::string symbol;  ///< without CONFIG_
    std::string value;   ///< "y", "m", "n", a number, or a string with its quotes
    Location where;
    bool operator==(const Assignment&) const = default;
};

/// The values of a .config; a symbol not in it is "n".
class DotConfig {
  public:
    /// All assignments in order, comments and blank lines skipped; a line that is neither is an error.
    static Result<std::vector<Assignment>> parse(std::string_view text, const std::filesystem::path& file);
    static Result<DotConfig> read(const std::filesystem::path& file);

    /// "n" when the symbol is not set.
    const std::string& value(const std::string& symbol) const;
    void set(const std::string& symbol, std::string value) { values_[symbol] = std::move(value); }
    const std::map<std::string, std::string>& values() const { return values_; }

    /// How many symbols are y or m.
    std::size_t enabled() const;

  private:
    std::map<std::string, std::string> values_;
};

}  // namespace rpikit::kconfig
