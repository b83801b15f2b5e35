#include "sdk/boot/host_files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rpikit::boot {

namespace fs = std::filesystem;

Result<> add_host_file(archive::FileTree& tree, const std::string& path, const fs::path& file) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error) {
        return fail({.message = fmt::format("cannot read {}", file.string()), .causes = {error.message()}});
    }
    return tree.add(path, archive::Entry{.content = archive::FileSlice{.file = file, .size = size}});
}

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

bool is_folder(const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        names.push_back(entry->path().filename().string());
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace rpikit::boot
