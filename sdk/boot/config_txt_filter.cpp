#include "sdk/boot/config_txt_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "sdk/support/text.hpp"

namespace rpikit::boot {

namespace {

constexpr std::array<std::string_view, 26> words{
    "all",  "none", "tryboot", "pi0", "pi0w",  "pi02",   "pi1",    "pi2",     "pi3",
    "pi3+", "pi4",  "pi400",   "pi5", "pi500", "pi500+", "cm0",    "cm1",     "cm3",
    "cm3+", "cm4",  "cm4s",    "cm5", "cm5l",  "HDMI:0", "HDMI:1", "cm0nano",
};

bool all_of_digits(std::string_view text, std::string_view digits) {
    return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

bool is_hexadecimal(std::string_view text) {
    return text.starts_with("0x") && all_of_digits(text.substr(2), "0123456789abcdefABCDEF");
}

bool is_number(std::string_view text) {
    return is_hexadecimal(text) || all_of_digits(text, "0123456789");
}

/// "gpio4=1"
bool is_gpio_filter(std::string_view filter) {
    const auto equals = filter.find('=');
    if (!filter.starts_with("gpio") || equals == std::string_view::npos) return false;
    const auto level = filter.substr(equals + 1);
    return all_of_digits(filter.substr(4, equals - 4), "0123456789") && (level == "0" || level == "1");
}

/// Filters that compare a number, for example "board-type=0x11".
bool is_number_filter(std::string_view filter) {
    for (const std::string_view name :
         {"board-type", "boot_partition", "partition", "boot_arg1", "bootvar0"}) {
        if (filter.starts_with(name) && filter.size() > name.size()) {
            // bootvar0 and boot_arg1 also compare bits: "bootvar0&0x10=0x10", "boot_arg1>2"
            const auto rest = filter.substr(filter.find_last_of("=<>") + 1);
            if (is_number(rest)) return true;
        }
    }
    return false;
}

}  // namespace

bool is_known_filter(std::string_view filter) {
    if (std::ranges::find(words, filter) != words.end()) return true;
    if (filter.starts_with("EDID=")) return filter.size() > 5;
    // A board's serial number.
    return is_hexadecimal(filter) || is_gpio_filter(filter) || is_number_filter(filter);
}

std::string filter_hint(std::string_view filter) {
    const std::vector<std::string> candidates(words.begin(), words.end());
    const auto near = near_match(filter, candidates);
    return near ? fmt::format("did you mean [{}]?", *near)
                : "filters are [all], [none], [pi4], [cm4], [EDID=...], [gpio4=1] and the like";
}

}  // namespace rpikit::boot
