#include "sdk/devices/platforms.hpp"

#include <set>

#include "sdk/devices/c_text.hpp"
#include "sdk/host/file.hpp"

namespace rpikit::devices {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t largest_file = std::size_t{4} << 20;
constexpr int deepest = 4;  // files that include each other

/// The compatibles of the first root node in a text.
std::vector<std::string> root_compatibles(std::string_view text) {
    const auto root = text.find("/ {");
    if (root == std::string_view::npos) return {};
    const auto at = text.find("\n\tcompatible", root);
    if (at == std::string_view::npos) return {};
    std::vector<std::string> found;
    const auto statement = text.substr(at, text.find(';', at) - at);
    for (const auto part : arguments(statement.substr(statement.find('=') + 1)))
        if (const auto name = first_literal(part)) found.emplace_back(*name);
    return found;
}

/// The same of a file, or of the files that it includes: "arm/x.dts" lies with the other architecture's.
std::vector<std::string> compatibles_of(const fs::path& arch, const fs::path& file, int depth) {
    constexpr std::string_view mark = "#include \"";
    const auto text = host::read_file(file, largest_file);
    if (!text) return {};
    auto found = root_compatibles(*text);
    for (auto at = text->find(mark); found.empty() && depth > 0 && at != std::string::npos;
         at = text->find(mark, at + 1)) {
        const auto name = literal_at(*text, at + mark.size() - 1);
        if (!name) continue;
        auto next = file.parent_path() / *name;
        std::error_code ignored;
        if (!fs::is_regular_file(next, ignored)) {
            const fs::path path(*name);
            next = arch / *path.begin() / "boot/dts" / path.lexically_relative(*path.begin());
        }
        found = compatibles_of(arch, next, depth - 1);
    }
    return found;
}

}  // namespace

std::map<std::string, Conditions> read_platforms(const fs::path& root, const std::string& arch) {
    std::map<std::string, std::set<Conditions>> found;
    const auto top = root / "arch" / arch / "boot/dts";
    std::error_code error;
    for (fs::recursive_directory_iterator entry(top, error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().filename() != "Makefile") continue;
        const auto text = host::read_file(entry->path(), largest_file);
        if (!text) continue;
        auto lists = read_makefile(*text);
        for (const auto& word : lists["dtb"]) {
            const auto dot = word.text.rfind(".dtb");
            if (dot == std::string::npos || word.conditions.empty()) continue;
            const auto source = entry->path().parent_path() / (word.text.substr(0, dot) + ".dts");
            for (auto& name : compatibles_of(root / "arch", source, deepest))
                found[std::move(name)].insert(word.conditions);
        }
    }
    std::map<std::string, Conditions> platforms;
    for (auto& [name, conditions] : found)
        if (conditions.size() == 1) platforms.emplace(name, *conditions.begin());
    return platforms;
}

}  // namespace rpikit::devices
