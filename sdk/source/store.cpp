#include "sdk/source/store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sdk/board/document.hpp"
#include "sdk/host/descriptor.hpp"
#include "sdk/host/file.hpp"
#include "sdk/host/lock_file.hpp"
#include "sdk/source/kernel_version.hpp"

namespace rpikit::source {

namespace fs = std::filesystem;

namespace {

/// Everything written so far reaches the disk: a tree of 90,000 files at once instead of one by one.
Result<> sync_file_system(const fs::path& folder) {
    const host::Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.valid() && ::syncfs(descriptor.get()) == 0) return {};
    return fail({.message = fmt::format("cannot write {} to disk", folder.string()),
                 .causes = {std::strerror(errno)}});
}

}  // namespace

Store::Store(const host::Host& host) : host_(&host), folder_(host.cache / "store/sources") {}

fs::path Store::description(const std::string& key) const {
    return folder_ / (key + ".toml");
}

std::optional<StoredTree> Store::find(const std::string& key) const {
    std::error_code ignored;
    const auto root = folder_ / key;
    if (!fs::is_directory(root, ignored)) return std::nullopt;
    const auto text = board::load_document(description(key));
    if (!text) return std::nullopt;
    auto version = text->text_at("version");
    if (version.empty()) return std::nullopt;
    return StoredTree{.root = root, .version = std::move(version)};
}

Result<> Store::publish(const std::string& key, const Fill& fill) const {
    const auto temporary = host::temporary_sibling(folder_ / key, host::Leftovers::all);
    TRY(host::make_directories(temporary));
    const auto make = [&]() -> Result<> {
        TRY(fill(temporary));
        TRY(kernel_version(temporary));
        std::error_code error;
        fs::permissions(temporary, fs::perms(0555), error);
        TRY(sync_file_system(temporary));
        return host::rename_path(temporary, folder_ / key);
    };
    auto made = make();
    if (made) return made;
    // Not on the way back from an interruption alone: what is half there serves nobody.
    if (const auto removed = host::remove_tree(temporary); !removed) host_->warn(removed.error().message);
    return made;
}

Result<StoredTree> Store::add(const std::string& key, const Fill& fill) const {
    if (auto tree = find(key)) return *std::move(tree);
    TRY(host::make_directories(folder_));
    TRY_ASSIGN(const auto lock, host::LockFile::acquire(folder_ / (key + ".lock"), host_->stop, [&] {
                   host_->note("waiting for another rpi-kit that unpacks the same kernel source");
               }));
    if (auto tree = find(key)) return *std::move(tree);
    std::error_code ignored;
    // A tree without its description: killed between the two; the tree was whole before it got its name.
    if (!fs::is_directory(folder_ / key, ignored)) TRY(publish(key, fill));
    StoredTree tree{.root = folder_ / key};
    TRY_ASSIGN(tree.version, kernel_version(tree.root));
    TRY(host::write_file(description(key), fmt::format("version = {}\n", board::quote(tree.version))));
    return tree;
}

}  // namespace rpikit::source
