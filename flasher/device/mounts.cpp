#include "flasher/device/mounts.hpp"

#include <algorithm>

#include "flasher/device/attribute.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::device {

namespace {

bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

/// The kernel writes blank, tab, newline, backslash and '#' as \ooo.
std::string unescape(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] <= '3' &&
            std::ranges::all_of(text.substr(i + 1, 3), is_octal)) {
            plain +=
                static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

}  // namespace

std::vector<Mount> parse_mounts(std::string_view mountinfo) {
    std::vector<Mount> mounts;
    for (const auto line : lines(mountinfo)) {
        const auto fields = split(line, ' ');
        // id, parent, number, root, mount point, options, any number of tags, "-", type, source, own options
        constexpr std::size_t fixed = 6;
        if (fields.size() < fixed) continue;
        const auto dash = std::find(fields.begin() + fixed, fields.end(), "-");
        const auto number = parse_number(fields[2]);
        if (fields.end() - dash < 3 || !number) continue;
        mounts.push_back({.number = *number,
                          .where = unescape(fields[4]),
                          .type = unescape(dash[1]),
                          .source = unescape(dash[2]),
                          .options = fields.end() - dash > 3 ? unescape(dash[3]) : std::string()});
    }
    return mounts;
}

std::vector<std::filesystem::path> parse_swaps(std::string_view swaps) {
    std::vector<std::filesystem::path> paths;
    for (const auto line : lines(swaps)) {
        // The heading is the line that names no path.
        if (line.starts_with('/')) paths.emplace_back(unescape(line.substr(0, line.find_first_of(" \t"))));
    }
    return paths;
}

Result<std::vector<Mount>> read_mounts(const Roots& roots) {
    TRY_ASSIGN(const auto text, host::read_file(roots.proc / "self" / "mountinfo"));
    return parse_mounts(text);
}

Result<std::vector<std::filesystem::path>> read_swaps(const Roots& roots) {
    const auto file = roots.proc / "swaps";
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return std::vector<std::filesystem::path>();
    TRY_ASSIGN(const auto text, host::read_file(file));
    return parse_swaps(text);
}

}  // namespace rpikit::device
