#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpikit::devices {

/// The macros of some C text. Conditional compilation is not looked at: of two definitions the first counts.
class MacroText {
  public:
    /// \param base macros that hold where this has none; outlives this
    explicit MacroText(const MacroText* base = nullptr) : base_(base) {}

    /// Takes all #define lines of a text.
    void read(std::string_view text);

    /// Replaces macros until none is left. What would grow without end is left as it is.
    std::string expand(std::string_view text) const;

    bool empty() const { return macros_.empty(); }

  private:
    struct Macro {
        std::optional<std::vector<std::string>> parameters;
        std::string body;
    };
    const Macro* find(std::string_view name) const;
    void define(std::string_view line);
    /// \param active the macros around, which are not expanded again
    void expand(std::string_view text, std::vector<const Macro*>& active, std::string& result) const;
    static std::string substitute(const Macro& macro, const std::vector<std::string>& values);

    const MacroText* base_;
    std::map<std::string, Macro, std::less<>> macros_;
};

/// The value of a constant expression of integers: numbers, ~ - | & + << >> and brackets; casts are passed
/// over. None when there is anything else in it.
std::optional<unsigned long long> constant_value(std::string_view text);

}  // namespace rpikit::devices
