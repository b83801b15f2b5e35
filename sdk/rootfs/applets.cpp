#include "sdk/rootfs/applets.hpp"

#include <algorithm>

#include "sdk/rootfs/elf.hpp"

namespace rpikit::rootfs {

namespace {

/// Longer than any applet's name; also bounds the search in a file of garbage.
constexpr std::size_t longest_name = 32;
/// The smallest useful busybox has more; a stray "busybox" string has no such neighbours.
constexpr std::size_t fewest_applets = 20;

bool is_applet_name(std::string_view name) {
    if (name.empty() || name.size() > longest_name) return false;
    return std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("[_-.+").find(c) != std::string_view::npos;
    });
}

/// The NUL-terminated string that ends right before `end`, which is the offset behind its NUL.
std::string_view string_before(std::string_view binary, std::size_t end) {
    if (end < 2 || binary[end - 1] != '\0') return {};
    const auto previous = binary.substr(0, end - 1).find_last_of('\0');
    const auto start = previous == std::string_view::npos ? 0 : previous + 1;
    return binary.substr(start, end - 1 - start);
}

/// The sorted run of names around the one at `start`.
std::vector<std::string> table_around(std::string_view binary, std::size_t start) {
    std::size_t first = start;
    std::string_view successor = "busybox";
    while (true) {
        const auto name = string_before(binary, first);
        if (!is_applet_name(name) || name >= successor) {
            // Right before the table may lie data that does not end in a NUL; its first name is always this
            // one.
            if (name.ends_with("[") && successor > "[") first -= 2;
            break;
        }
        first -= name.size() + 1;
        successor = name;
    }
    std::vector<std::string> names;
    while (first < binary.size()) {
        const auto end = binary.find('\0', first);
        if (end == std::string_view::npos) break;
        const auto name = binary.substr(first, end - first);
        if (!is_applet_name(name) || (!names.empty() && name <= names.back())) break;
        names.emplace_back(name);
        first = end + 1;
    }
    return names;
}

}  // namespace

Result<> check_busybox(std::string_view binary, const std::string& debian_arch) {
    const std::string what = "the busybox for the target cannot be used";
    const auto elf = read_elf(binary);
    if (!elf) return fail(elf.error(), what);
    if (const auto fits = check_architecture(*elf, debian_arch); !fits) return fail(fits.error(), what);
    if (elf->interpreter) {
        return fail({.message = what, .causes = {"it is not static: it asks for " + *elf->interpreter}});
    }
    return {};
}

Result<std::vector<std::string>> find_applets(std::string_view binary) {
    // busybox lists itself, so its own name is always in the table.
    constexpr std::string_view own_name("\0busybox\0", 9);
    std::vector<std::string> best;
    for (auto at = binary.find(own_name); at != std::string_view::npos; at = binary.find(own_name, at + 1)) {
        auto names = table_around(binary, at + 1);
        if (names.size() > best.size()) best = std::move(names);
    }
    if (best.size() < fewest_applets) {
        return fail({.message = "no table of applets in the busybox binary",
                     .causes = {"it is not busybox, or built with a single applet"}});
    }
    return best;
}

}  // namespace rpikit::rootfs
