#include "sdk/image/staged_tree.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <ranges>

#include "sdk/host/file.hpp"

namespace rpikit::image {

namespace fs = std::filesystem;

namespace {

using archive::Entry;
using archive::FileType;

std::unexpected<Error> unwritable(const fs::path& path) {
    return fail({.message = fmt::format("cannot write {}", path.string())});
}

Result<> copy_slice(const archive::FileSlice& slice, const fs::path& path) {
    std::ifstream in(slice.file, std::ios::binary);
    std::ofstream out(path, std::ios::binary);
    std::vector<char> buffer(std::size_t{1} << 20);
    in.seekg(static_cast<std::streamoff>(slice.offset));
    for (auto left = slice.size; left > 0;) {
        const auto part = static_cast<std::streamsize>(std::min<std::uint64_t>(left, buffer.size()));
        if (!in.read(buffer.data(), part)) {
            return fail({.message = fmt::format("cannot read {}", slice.file.string())});
        }
        if (!out.write(buffer.data(), part)) return unwritable(path);
        left -= static_cast<std::uint64_t>(part);
    }
    if (!out.flush()) return unwritable(path);
    return {};
}

Result<> stage_file(const Entry& entry, const fs::path& folder, const fs::path& path) {
    std::error_code error;
    if (!entry.hard_link.empty()) {
        fs::create_hard_link(folder / entry.hard_link, path, error);
        if (error) return unwritable(path);
        return {};
    }
    if (const auto* slice = std::get_if<archive::FileSlice>(&entry.content)) {
        TRY(copy_slice(*slice, path));
    } else {
        std::ofstream out(path, std::ios::binary);
        out << std::get<std::string>(entry.content);
        if (!out.flush()) return unwritable(path);
    }
    fs::permissions(path, static_cast<fs::perms>(entry.mode), error);
    if (error) return unwritable(path);
    return {};
}

Result<> stage(const Entry& entry, const fs::path& folder, const fs::path& path) {
    std::error_code error;
    switch (entry.type) {
        case FileType::directory:
            return host::make_directories(path);
        case FileType::symlink:
            fs::create_symlink(entry.target, path, error);
            if (error) return unwritable(path);
            return {};
        case FileType::regular:
            return stage_file(entry, folder, path);
        case FileType::character_device:
        case FileType::block_device:
        case FileType::fifo:
            return {};
    }
    return {};
}

}  // namespace

Result<> stage_tree(const archive::FileTree& tree, const fs::path& folder) {
    TRY(host::make_directories(folder));
    // A link may come before what it is another name of.
    for (const bool links : {false, true}) {
        for (const auto& [path, entry] : tree.entries()) {
            if (path.empty() || entry.hard_link.empty() == links) continue;
            TRY(stage(entry, folder, folder / path));
        }
    }
    // Last, because nothing can be put into a folder that must not be written to.
    for (const auto& [path, entry] : tree.entries() | std::views::reverse) {
        if (entry.type != FileType::directory) continue;
        std::error_code error;
        fs::permissions(path.empty() ? folder : folder / path, static_cast<fs::perms>(entry.mode), error);
        if (error) return unwritable(folder / path);
    }
    return {};
}

}  // namespace rpikit::image
