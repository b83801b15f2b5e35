#include <algorithm>

#include "sdk/board/inherit.hpp"
#include "sdk/board/resolve.hpp"

namespace rpikit::board {

namespace fs = std::filesystem;

namespace {

bool same_file(const fs::path& a, const fs::path& b) {
    std::error_code ignored;
    return fs::equivalent(a, b, ignored);
}

bool contains(const std::vector<fs::path>& files, const fs::path& file) {
    return std::ranges::any_of(files, [&](const fs::path& other) { return same_file(file, other); });
}

/// All files of that name, in the order of the folders; a folder that is named twice counts once.
std::vector<fs::path> files_named(const std::string& name, const SearchPath& search) {
    std::vector<fs::path> files;
    for (const auto& folder : search.folders) {
        auto file = find_file(name, {.folders = {folder}});
        if (file && !contains(files, *file)) files.push_back(*std::move(file));
    }
    return files;
}

}  // namespace

std::vector<FoundBoard> find_boards(const SearchPath& search) {
    std::vector<FoundBoard> found;
    for (const auto& name : list_boards(search)) {
        auto files = files_named(name, search);
        if (files.empty()) continue;  // removed meanwhile
        FoundBoard board{.name = name, .file = std::move(files.front())};
        board.hidden.assign(files.begin() + 1, files.end());
        found.push_back(std::move(board));
    }
    return found;
}

std::vector<fs::path> hidden_by(const fs::path& file, const std::vector<fs::path>& files,
                                const SearchPath& search) {
    auto clashing = files_named(file.stem().string(), search);
    if (clashing.empty() || !same_file(clashing.front(), file)) return {};
    std::erase_if(clashing, [&](const fs::path& other) { return contains(files, other); });
    return clashing;
}

}  // namespace rpikit::board
