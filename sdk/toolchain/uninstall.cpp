// What lies in the store: how much, and taking it away.

#include <fmt/format.h>

#include <algorithm>

#include "sdk/board/formats.hpp"
#include "sdk/host/file.hpp"
#include "sdk/host/lock_file.hpp"
#include "sdk/toolchain/store.hpp"

namespace rpikit::toolchain {
namespace {

namespace fs = std::filesystem;

/// The bytes of all regular files below a folder.
Result<std::uint64_t> size_of(const fs::path& folder) {
    std::uint64_t bytes = 0;
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (entry->is_symlink(error) || !entry->is_regular_file(error)) continue;
        bytes += entry->file_size(error);
    }
    if (error) return fail({.message = fmt::format("cannot read {}: {}", folder.string(), error.message())});
    return bytes;
}

/// Folders in `parent` that are no leftovers, sorted.
std::vector<std::string> folders_in(const fs::path& parent) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(parent, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        std::error_code ignored;
        auto name = entry->path().filename().string();
        if (entry->is_directory(ignored) && !name.starts_with('.')) names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace

std::vector<std::string> stored_names(const host::Host& host) {
    return folders_in(store_folder(host, "x").parent_path());
}

Result<std::vector<Installation>> installations(const host::Host& host, const std::string& name) {
    const auto folder = store_folder(host, name);
    const auto current = current_installation(host, name);
    std::vector<Installation> all;
    for (const auto& key : folders_in(folder)) {
        TRY_ASSIGN(const auto bytes, size_of(folder / key));
        all.push_back(
            {.key = key, .folder = folder / key, .bytes = bytes, .current = folder / key == current});
    }
    return all;
}

Result<std::vector<Installation>> uninstall(const host::Host& host, const std::string& name, bool dry_run) {
    if (const auto complaint = board::format::name(name)) {
        return fail({.message = *complaint, .kind = ErrorKind::usage});
    }
    TRY_ASSIGN(auto all, installations(host, name));
    if (all.empty() || dry_run) return all;
    TRY_ASSIGN(const auto installing, lock_store(host, name));
    TRY_ASSIGN(const auto alone, host::LockFile::try_acquire(use_lock(host, name)));
    if (!alone) {
        return fail(
            {.message = fmt::format("the toolchain {} is in use: another rpi-kit builds with it", name),
             .hint = "try again when that build has ended"});
    }
    // Without this file the installation is gone at once, however long the rest takes.
    TRY(host::remove_tree(store_folder(host, name) / "current"));
    TRY(host::remove_tree(store_folder(host, name)));
    return all;
}

}  // namespace rpikit::toolchain
