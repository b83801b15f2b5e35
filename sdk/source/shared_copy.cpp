#include "sdk/source/shared_copy.hpp"

#include <fmt/format.h>

namespace rpikit::source {

namespace fs = std::filesystem;

namespace {

std::unexpected<Error> failed(const fs::path& path, const std::error_code& error) {
    return fail({.message = fmt::format("cannot copy {}", path.string()), .causes = {error.message()}});
}

std::error_code share(const fs::directory_entry& entry, const fs::path& target) {
    std::error_code error;
    if (entry.is_symlink()) {
        fs::copy_symlink(entry.path(), target, error);
    } else if (entry.is_directory()) {
        fs::create_directory(target, error);
    } else {
        fs::create_hard_link(entry.path(), target, error);
        if (error) fs::copy_file(entry.path(), target, error);
    }
    return error;
}

}  // namespace

Result<> share_tree(const fs::path& base, const fs::path& copy) {
    std::error_code error;
    const auto length = base.native().size() + 1;
    for (auto it = fs::recursive_directory_iterator(base, error);
         !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
        if (const auto shared = share(*it, copy / it->path().native().substr(length))) {
            return failed(it->path(), shared);
        }
    }
    if (error) return failed(base, error);
    return {};
}

Result<> make_read_only(const fs::path& folder) {
    constexpr auto write = fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write;
    std::error_code error;
    for (auto it = fs::recursive_directory_iterator(folder, error);
         !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
        if (it->is_symlink()) continue;
        const auto before = it->symlink_status().permissions();
        // What is shared has the right mode already, and touching it would touch the base.
        if ((before & write) != fs::perms::none) fs::permissions(it->path(), before & ~write, error);
        if (error) break;
    }
    if (error) return failed(folder, error);
    return {};
}

}  // namespace rpikit::source
