#include "sdk/archive/entry_path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sdk/archive/file_tree.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::archive {

Result<std::string> clean_entry_path(const char* name) {
    if (name == nullptr || *name == '\0') return fail({.message = "an entry has no readable name"});
    std::string path;
    for (const auto part : split(name, '/')) {
        if (part.empty() || part == ".") continue;
        if (!path.empty()) path += '/';
        path += part;
    }
    if (*name == '/') return fail({.message = fmt::format("refused: the name '{}' is absolute", name)});
    if (!check_tree_path(path))
        return fail({.message = fmt::format("refused: the name '{}' leads out", name)});
    return path;
}

std::optional<std::string> strip_components(const std::string& path, unsigned count) {
    std::size_t start = 0;
    for (; count > 0; --count) {
        const auto slash = path.find('/', start);
        if (slash == std::string::npos) return std::nullopt;
        start = slash + 1;
    }
    return path.substr(start);
}

Result<> check_symlink(const std::string& path, const std::string& target) {
    const auto refused = [&](const char* why) {
        return fail({.message = fmt::format("refused: the link '{}' -> '{}' {}", path, target, why)});
    };
    if (target.empty() || target.front() == '/') return refused("leads out");
    auto depth = std::ranges::count(path, '/');
    bool descended = false;
    for (const auto part : split(target, '/')) {
        if (part.empty() || part == ".") continue;
        if (part != "..") {
            descended = true;
        } else if (descended) {
            return refused("goes up after going down");
        } else if (--depth < 0) {
            return refused("leads out");
        }
    }
    return {};
}

std::string relative_target(const std::string& path, const std::string& target) {
    std::string relative;
    for (auto depth = std::ranges::count(path, '/'); depth > 0; --depth)
        relative += "../";
    relative += target.substr(std::min(target.find_first_not_of('/'), target.size()));
    return relative.empty() ? "." : relative;
}

}  // namespace rpikit::archive
