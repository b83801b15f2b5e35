#include "sdk/kconfig/plain_command.hpp"

#include <algorithm>
#include <vector>

#include "sdk/support/text.hpp"

namespace rpikit::kconfig {

namespace {

/// Characters that mean themselves to a shell, inside quotes and outside.
bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '.' || c == '-' || c == '+';
    });
}

bool is_plain_or_blank(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c == ' ' || is_plain({&c, 1}); });
}

/// Takes what stands before `end` off the front of `text`, and `end` with it.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view end) {
    const auto at = text.find(end);
    if (at == std::string_view::npos) return std::nullopt;
    const auto taken = text.substr(0, at);
    text.remove_prefix(at + end.size());
    return taken;
}

/// \param text behind "set -- "
std::optional<std::string> chosen_word(std::string_view text) {
    const auto all = take_until(text, " && echo $");
    if (!all || !is_plain_or_blank(*all) || text.size() != 1 || text < "1" || text > "9") return std::nullopt;
    auto words = split(*all, ' ');
    std::erase(words, "");
    const auto number = static_cast<std::size_t>(text[0] - '0');
    return number <= words.size() ? std::string(words[number - 1]) : "";
}

/// \param condition behind "test "
std::optional<bool> holds(std::string_view condition) {
    if (condition.starts_with("-z \"")) {
        condition.remove_prefix(4);
        const auto text = take_until(condition, "\"");
        if (!text || !condition.empty() || !is_plain_or_blank(*text)) return std::nullopt;
        return text->empty();
    }
    if (!condition.starts_with('"')) return std::nullopt;
    condition.remove_prefix(1);
    const auto left = take_until(condition, "\" = ");
    if (!left || !is_plain(*left) || condition.empty() || !is_plain(condition)) return std::nullopt;
    return *left == condition;
}

}  // namespace

std::optional<std::string> plain_output(std::string_view command) {
    if (command.starts_with("set -- ")) return chosen_word(command.substr(7));
    if (!command.starts_with("{ test ")) return std::nullopt;
    command.remove_prefix(7);
    const auto condition = take_until(command, "; } >/dev/null 2>&1 && echo \"");
    if (!condition) return std::nullopt;
    const auto yes = take_until(command, "\" || echo \"");
    const auto no = take_until(command, "\"");
    if (!yes || !no || !command.empty() || !is_plain(*yes) || !is_plain(*no)) return std::nullopt;
    const auto found = holds(*condition);
    if (!found) return std::nullopt;
    return std::string(*found ? *yes : *no);
}

}  // namespace rpikit::kconfig
