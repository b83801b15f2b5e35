#include "sdk/board/formats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sdk/support/text.hpp"

namespace rpikit::board::format {
namespace {

constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view digits = "0123456789";
constexpr std::string_view hex = "0123456789abcdefABCDEF";
constexpr std::string_view word = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool consists_of(std::string_view text, std::string_view characters, std::string_view more = {}) {
    return std::ranges::all_of(text, [&](char c) { return characters.contains(c) || more.contains(c); });
}

Complaint complaint(std::string_view text, std::string_view what) {
    return fmt::format("\"{}\" is not {}", text, what);
}

}  // namespace

Complaint not_empty(std::string_view text) {
    if (trim(text).empty()) return "must not be empty";
    return one_line(text);
}

Complaint one_line(std::string_view text) {
    const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
    if (std::ranges::any_of(text, control)) return "must be one line without control characters";
    return std::nullopt;
}

Complaint file_name(std::string_view text) {
    if (text.empty() || text == "." || text == ".." || text.contains('/')) {
        return complaint(text, "the name of a file (no folder)");
    }
    return relative_path(text);
}

Complaint relative_path(std::string_view text) {
    if (const auto bad = not_empty(text)) return bad;
    if (text.starts_with('-')) return complaint(text, "allowed: a name must not look like an option");
    for (const auto part : split(text, '/')) {
        if (part.empty() || part == "." || part == "..") {
            return complaint(text, "a path that stays below its folder (no '..', not absolute)");
        }
    }
    if (text.contains('\\')) return complaint(text, "allowed: '\\' in a path");
    return std::nullopt;
}

Complaint dtb(std::string_view text) {
    if (const auto bad = relative_path(text)) return bad;
    if (!text.ends_with(".dtb")) return complaint(text, "a device tree: it must end in \".dtb\"");
    return std::nullopt;
}

Complaint name(std::string_view text) {
    if (text.empty() || !consists_of(text, word, "-_.") || !word.contains(text.front())) {
        return complaint(text, "a name (letters, digits, '-', '_', '.')");
    }
    return std::nullopt;
}

Complaint board_name(std::string_view text) {
    constexpr std::size_t limit = 64;
    if (text.empty() || text.size() > limit || !consists_of(text, word, "-_") ||
        !word.contains(text.front())) {
        return complaint(text, fmt::format("a board's name (up to {} letters, digits, '-', '_')", limit));
    }
    return std::nullopt;
}

Complaint prefix(std::string_view text) {
    if (text.empty()) return std::nullopt;
    if (!consists_of(text, word, "-_.") || !word.contains(text.front()) || !text.ends_with('-')) {
        return complaint(text, "a compiler prefix such as \"aarch64-linux-gnu-\"");
    }
    return std::nullopt;
}

Complaint hostname(std::string_view text) {
    if (text.empty() || text.size() > 63 || !consists_of(text, word, "-") || text.starts_with('-') ||
        text.ends_with('-')) {
        return complaint(text, "a host name (RFC 1123: up to 63 letters, digits and inner '-')");
    }
    return std::nullopt;
}

Complaint package(std::string_view text) {
    const bool starts_well = !text.empty() && (lower.contains(text[0]) || digits.contains(text[0]));
    if (text.size() < 2 || !starts_well || !consists_of(text, lower, "0123456789+-.")) {
        return complaint(text, "the name of a Debian package");
    }
    return std::nullopt;
}

Complaint sha256(std::string_view text) {
    if (text.size() != 64 || !consists_of(text, "0123456789abcdef")) {
        return complaint(text, "a SHA-256 (64 lower-case hexadecimal digits)");
    }
    return std::nullopt;
}

Complaint url(std::string_view text) {
    if (const auto bad = not_empty(text)) return bad;
    constexpr std::array schemes = {"https://", "http://", "ssh://", "git://", "file:///"};
    const auto has_scheme = [&](std::string_view scheme) { return text.starts_with(scheme); };
    // git runs a program for "ext::...", and options start with '-'.
    const bool known = std::ranges::any_of(schemes, has_scheme);
    const bool of_ssh =
        text.contains(':') && !text.contains("::") && !text.contains("://") && word.contains(text[0]);
    if (text.contains(' ') || (!known && !of_ssh)) {
        return complaint(text, "an address (https, http, ssh, git, file, or host:path)");
    }
    return std::nullopt;
}

Complaint git_branch(std::string_view text) {
    const bool bad = text.empty() || text.contains("..") || text.ends_with('/') || text.starts_with('/') ||
                     !consists_of(text, word, "-_./+") || text.starts_with('-') || text.starts_with('.');
    return bad ? complaint(text, "the name of a branch or tag") : std::nullopt;
}

Complaint memory(std::string_view text) {
    const auto size = parse_size(text);
    if (!size) return size.error().message;
    if (*size < (std::uint64_t{1} << 20)) return complaint(text, "enough: a size such as \"2G\"");
    return std::nullopt;
}

Complaint command_line(std::string_view text) {
    if (const auto bad = not_empty(text)) return bad;
    constexpr std::size_t limit = 2047;  // COMMAND_LINE_SIZE is 2048 on arm64 and x86 (asm/setup.h)
    if (text.size() > limit) return fmt::format("is longer than the kernel takes ({} characters)", limit);
    const auto root = text.find("{root}");
    if (root == std::string_view::npos) {
        return "does not say where the root file system is: write root={root}, rpi-kit puts the partition "
               "there";
    }
    std::string rest(text);
    rest.erase(root, std::string_view("{root}").size());
    if (rest.find_first_of("{}") != std::string::npos) {
        return "has braces other than the one {root}";
    }
    return std::nullopt;
}

Complaint menu_title(std::string_view text) {
    if (const auto bad = not_empty(text)) return bad;
    if (const auto bad = one_line(text)) return bad;
    constexpr std::size_t limit = 76;  // what GRUB shows of a title on a text screen of 80 columns
    if (text.size() > limit) return fmt::format("is longer than the menu shows ({} characters)", limit);
    std::string rest(text);
    constexpr std::string_view known = "{release}";
    for (auto at = rest.find(known); at != std::string::npos; at = rest.find(known))
        rest.erase(at, known.size());
    if (rest.find_first_of("{}") != std::string::npos) return "has braces other than {release}";
    return std::nullopt;
}

Complaint symbol(std::string_view text) {
    if (text.empty() || text.starts_with("CONFIG_") || !consists_of(text, word, "_")) {
        return complaint(text, "a symbol without CONFIG_, such as \"MMC_BLOCK\"");
    }
    return std::nullopt;
}

Complaint added_file(std::string_view text) {
    if (const auto bad = not_empty(text)) return bad;
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto target = text.substr(colon + 1);
    if (target.starts_with('/')) target.remove_prefix(1);
    if (colon == 0) return complaint(text, "FILE or FILE:PATH");
    return relative_path(target);
}

Complaint config_txt_line(std::string_view text) {
    if (const auto bad = one_line(text)) return bad;
    constexpr std::size_t limit =
        98;  // the firmware cuts a line of config.txt there (config.txt documentation)
    if (text.size() > limit) return fmt::format("is longer than the firmware reads ({} characters)", limit);
    return std::nullopt;
}

Complaint compatible(std::string_view text) {
    const bool bad = text.empty() || !word.contains(text.front()) || !consists_of(text, word, ",._+-");
    return bad ? complaint(text, "a name of a device tree's \"compatible\" such as \"vendor,chip\"")
               : std::nullopt;
}

Complaint device_tree_node(std::string_view text) {
    const bool bad = !text.starts_with('/') || text.contains("//") ||
                     (text.size() > 1 && text.ends_with('/')) || !consists_of(text, word, "/,._+-@");
    return bad ? complaint(text, "the path of a device tree node such as \"/soc/mmc@7e300000\"")
               : std::nullopt;
}

Complaint device_tree_pattern(std::string_view text) {
    const bool bad = !text.starts_with('/') || text.contains("//") ||
                     (text.size() > 1 && text.ends_with('/')) || !consists_of(text, word, "/,._+-@*?");
    return bad ? complaint(text, "a pattern of device tree nodes such as \"/soc/hdmi@*\"") : std::nullopt;
}

Complaint device_tree_property(std::string_view text) {
    // Devicetree Specification 2.2.4.1: at most 31 characters; the kernel's own trees exceed it, so no limit
    // here.
    if (text.empty() || !consists_of(text, word, ",._+?#-")) return complaint(text, "the name of a property");
    return std::nullopt;
}

Complaint partition_type(std::string_view text) {
    if (text.size() == 4 && text.starts_with("0x") && consists_of(text.substr(2), hex)) return std::nullopt;
    constexpr std::array<std::size_t, 5> groups = {8, 4, 4, 4, 12};
    const auto parts = split(text, '-');
    bool guid = parts.size() == groups.size();
    for (std::size_t i = 0; guid && i < groups.size(); ++i) {
        guid = parts[i].size() == groups[i] && consists_of(parts[i], hex);
    }
    return guid ? std::nullopt : complaint(text, "a partition type: an MBR byte \"0x0c\" or a GPT GUID");
}

}  // namespace rpikit::board::format
