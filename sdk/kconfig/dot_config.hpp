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

/// The line that Kconfig reads and writes for an assignment, without its newline.
std::string to_line(const Assignment& assignment);

/// A string as a .config holds it: in double quotes, quotes and backslashes escaped.
std::string quote(std::string_view text);

/// What a quoted value stands for; any other value unchanged.
std::string unquote(std::string_view value);

/// Whether two values mean the same: escapes and the case and leading zeros of hexadecimal digits apart.
/// An empty string and "not set" are the same.
bool same_value(std::string_view a, std::string_view b);

/// Whether `name` can be a symbol's name: letters, digits and underscores.
bool valid_symbol(std::string_view name);

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
