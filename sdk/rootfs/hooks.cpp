#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "sdk/rootfs/initramfs_files.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::rootfs {

namespace fs = std::filesystem;

namespace {

/// The paths in a folder, sorted; none when it is not there.
Result<std::vector<fs::path>> list(const fs::path& folder) {
    std::vector<fs::path> paths;
    std::error_code error;
    for (auto it = fs::directory_iterator(folder, error); !error && it != fs::directory_iterator();
         it.increment(error)) {
        paths.push_back(it->path());
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        return fail({.message = fmt::format("cannot read {}", folder.string()), .causes = {error.message()}});
    }
    std::ranges::sort(paths);
    return paths;
}

Result<> check_place(const fs::path& folder) {
    const auto name = folder.filename().string();
    if (std::ranges::find(hook_places, name) != hook_places.end()) return {};
    const std::vector<std::string> known(hook_places.begin(), hook_places.end());
    const auto near = near_match(name, known);
    return fail({.message = fmt::format("{} is no place for an initramfs's scripts", folder.string()),
                 .hint = near ? fmt::format("did you mean '{}'?", *near)
                              : fmt::format("places: {}", join(known, ", "))});
}

Result<> check_hook(const fs::path& file) {
    if (::access(file.c_str(), X_OK) == 0) return {};
    return fail({.message = fmt::format("the initramfs's script {} cannot be executed", file.string()),
                 .hint = fmt::format("chmod +x {}", shell_quote(file.string()))});
}

}  // namespace

Result<std::vector<Hook>> find_hooks(const board::Board& board) {
    std::map<std::pair<std::string, std::string>, fs::path> found;
    for (const auto& file : board.files) {
        TRY_ASSIGN(const auto places, list(file.parent_path() / file.stem() / "initramfs"));
        for (const auto& place : places) {
            TRY(check_place(place));
            TRY_ASSIGN(const auto scripts, list(place));
            for (const auto& script : scripts) {
                if (script.extension() != ".sh") continue;
                TRY(check_hook(script));
                // The board itself comes first in its list of files.
                found.try_emplace({place.filename().string(), script.filename().string()}, script);
            }
        }
    }
    std::vector<Hook> hooks;
    for (const auto& [key, file] : found)
        hooks.push_back({.place = key.first, .file = file});
    return hooks;
}

}  // namespace rpikit::rootfs
