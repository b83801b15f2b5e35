#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "sdk/boot/config_txt.hpp"
#include "sdk/boot/config_txt_filter.hpp"
#include "sdk/boot/config_txt_keys.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::boot {

namespace {

/// The firmware ignores what is beyond it; comments may be longer.
constexpr std::size_t longest_line = 98;

bool is_number(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    if (hexadecimal) text.remove_prefix(2);
    const std::string_view digits = hexadecimal ? "0123456789abcdefABCDEF" : "0123456789";
    return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

/// "hdmi_mode" of "hdmi_mode:1".
std::string_view without_port(std::string_view key) {
    return key.ends_with(":0") || key.ends_with(":1") ? key.substr(0, key.size() - 2) : key;
}

std::string unknown_key_hint(std::string_view key) {
    auto names =
        config_keys() | std::views::transform([](const auto& known) { return std::string(known.name); });
    const std::vector<std::string> candidates(names.begin(), names.end());
    const auto near = near_match(key, candidates);
    return near ? fmt::format("did you mean '{}'?", *near) : "";
}

bool is_initramfs_address(std::string_view address) {
    return address == "followkernel" || is_number(address);
}

class Parser {
  public:
    ConfigTxt parse(std::string_view text) {
        for (const auto line : lines(text)) {
            ++line_;
            parse_line(trim(line));
        }
        return std::move(result_);
    }

  private:
    void parse_line(std::string_view line) {
        if (line.empty() || line.starts_with('#')) return;
        if (line.size() > longest_line) {
            mistake(
                fmt::format("the line has {} characters, the firmware reads {}", line.size(), longest_line),
                "put parameters of an overlay on lines of their own: dtparam=...");
        }
        if (line.starts_with('[')) {
            parse_filter(line);
            return;
        }
        const auto word = line.substr(0, line.find_first_of(" \t="));
        const ConfigKey* key = find_config_key(without_port(word));
        if (key == nullptr) {
            mistake(fmt::format("unknown key '{}'", word), unknown_key_hint(without_port(word)));
        } else if (key->kind == ValueKind::initramfs || key->kind == ValueKind::include) {
            parse_command(*key, line);
        } else {
            parse_assignment(*key, word, line);
        }
    }

    void parse_filter(std::string_view line) {
        const auto filter = line.substr(1, line.find(']') - 1);
        if (!line.ends_with(']')) {
            mistake(fmt::format("the filter '{}' does not end with ']'", line), "");
        } else if (!is_known_filter(filter)) {
            mistake(fmt::format("unknown filter [{}]", filter), filter_hint(filter));
        }
        // Filters of different kinds add up until [all] ends them.
        filtered_ = filter != "all";
        never_ = filter != "all" && (never_ || filter == "none");
    }

    /// "initramfs NAME followkernel" and "include NAME": a malformed one is ignored without a word.
    void parse_command(const ConfigKey& key, std::string_view line) {
        const auto rest = line.substr(key.name.size());
        const bool initramfs = key.kind == ValueKind::initramfs;
        const std::string form = initramfs ? "initramfs NAME followkernel" : "include NAME";
        if (trim(rest).starts_with('=')) {
            mistake(fmt::format("'{}' takes no '='; the firmware ignores the line silently", key.name),
                    fmt::format("write: {}", form));
            return;
        }
        const auto value = trim(rest);
        const auto blank = value.find_first_of(" \t");
        const auto second = blank == std::string_view::npos ? "" : trim(value.substr(blank));
        if (value.empty() || (initramfs && !is_initramfs_address(second)) ||
            (!initramfs && !second.empty())) {
            mistake(fmt::format("malformed '{}' line; the firmware ignores it silently", key.name),
                    fmt::format("write: {}", form));
            return;
        }
        add(key, value.substr(0, blank));
    }

    void parse_assignment(const ConfigKey& key, std::string_view word, std::string_view line) {
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) {
            mistake(fmt::format("'{}' has no value", key.name), fmt::format("write: {}=VALUE", key.name));
            return;
        }
        const auto value = line.substr(equals + 1);
        if (equals != word.size() || value.starts_with(' ') || value.starts_with('\t')) {
            mistake(fmt::format("blanks around '=' after '{}'", key.name),
                    fmt::format("write: {}={}", word, trim(value)));
            return;
        }
        if (key.kind == ValueKind::number && !is_number(value)) {
            mistake(fmt::format("'{}' is not a number", value), fmt::format("{} takes a number", key.name));
            return;
        }
        add(key, value);
    }

    void add(const ConfigKey& key, std::string_view value) {
        if (!never_)
            result_.settings.push_back({line_, filtered_, std::string(key.name), std::string(value)});
    }

    void mistake(std::string message, std::string hint) {
        result_.mistakes.push_back({line_, std::move(message), std::move(hint)});
    }

    ConfigTxt result_;
    int line_ = 0;
    bool filtered_ = false;
    bool never_ = false;
};

}  // namespace

ConfigTxt parse_config_txt(std::string_view text) {
    return Parser().parse(text);
}

std::string ConfigTxt::value(std::string_view key) const {
    for (const auto& setting : settings | std::views::reverse) {
        if (setting.key == key && !setting.filtered) return setting.value;
    }
    return {};
}

bool ConfigTxt::has(std::string_view key) const {
    return std::ranges::any_of(settings, [&](const Setting& setting) { return setting.key == key; });
}

std::vector<std::string> initramfs_names(std::string_view value) {
    const auto parts = split(value, ',');
    return {parts.begin(), parts.end()};
}

}  // namespace rpikit::boot
