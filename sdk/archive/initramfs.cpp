#include "sdk/archive/initramfs.hpp"

#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "sdk/archive/disk_writer.hpp"
#include "sdk/archive/entry_path.hpp"
#include "sdk/archive/inflate.hpp"
#include "sdk/archive/list_entries.hpp"

namespace rpikit::archive {

namespace {

/// Reads one archive to its end. \param part where it lies, members empty
using OnArchive = std::function<Result<>(InitramfsPart part, Reader& reader)>;

std::string_view without_zeros(std::string_view bytes) {
    const auto first = bytes.find_first_not_of('\0');
    return first == std::string_view::npos ? std::string_view{} : bytes.substr(first);
}

/// The archives that stand uncompressed at the start of `bytes`. \returns what follows them
Result<std::string_view> raw_archives(std::string_view bytes, InitramfsPart part,
                                      const OnArchive& on_archive) {
    const auto start = part.offset;
    const auto size = bytes.size();
    bytes = without_zeros(bytes);
    while (is_cpio(bytes)) {
        if (part.compression == "none") part.offset = start + size - bytes.size();
        TRY_ASSIGN(auto reader, Reader::open(memory_stream(bytes), Format::cpio));
        TRY(on_archive(part, reader));
        const auto taken = std::clamp<std::uint64_t>(reader.position(), 1, bytes.size());
        bytes = without_zeros(bytes.substr(taken));
    }
    return bytes;
}

Result<> each_archive(std::string_view bytes, std::uint64_t limit, const OnArchive& on_archive) {
    const auto size = bytes.size();
    while (true) {
        TRY_ASSIGN(bytes,
                   raw_archives(bytes, {.offset = size - bytes.size(), .compression = "none"}, on_archive));
        if (bytes.empty()) return {};
        const auto offset = size - bytes.size();
        const auto packing = packing_of(bytes);
        if (!packing) {
            return fail(
                {.message = fmt::format("at byte {} is neither a cpio nor a compressed one", offset)});
        }
        TRY_ASSIGN(auto inflated, inflate(bytes, *packing, limit));
        if (inflated.damage) {
            return fail(std::move(*inflated.damage),
                        fmt::format("the {} stream at byte {} is damaged", to_string(*packing), offset));
        }
        limit -= inflated.content.size();
        TRY_ASSIGN(
            const auto rest,
            raw_archives(inflated.content,
                         {.offset = offset, .compression = std::string(to_string(*packing))}, on_archive));
        if (!rest.empty()) {
            return fail({.message = fmt::format("the {} stream at byte {} holds no cpio", to_string(*packing),
                                                offset)});
        }
        bytes.remove_prefix(std::clamp<std::uint64_t>(inflated.consumed, 1, bytes.size()));
    }
}

/// What the name `path` stands for after all archives.
struct Found {
    bool present = false;
    bool regular = false;
    std::string content = {};
    std::string hard_link = {};  ///< its content came with this name
};

Result<> look_for(const std::string& path, Reader& reader, std::uint64_t limit, Found& found) {
    while (true) {
        TRY_ASSIGN(auto* entry, reader.next());
        if (entry == nullptr) return {};
        const auto member = to_member(entry);
        if (member.path == path) {
            found = {
                .present = true, .regular = member.type == FileType::regular, .hard_link = member.hard_link};
        } else if (member.hard_link != path || member.size == 0) {
            continue;
        }
        // A later name of the same file brings the content of all its names.
        TRY_ASSIGN(found.content, entry_content(reader, limit));
        if (!found.content.empty()) found.hard_link.clear();
    }
}

bool is_device(archive_entry* entry) {
    const auto type = archive_entry_filetype(entry);
    return type == AE_IFCHR || type == AE_IFBLK || type == AE_IFIFO || type == AE_IFSOCK;
}

}  // namespace

bool is_cpio(std::string_view bytes) {
    return bytes.starts_with("070701") || bytes.starts_with("070702") || bytes.starts_with("070707");
}

Result<std::vector<InitramfsPart>> list_initramfs(std::string_view bytes, const Limits& limits, bool hashed) {
    std::vector<InitramfsPart> parts;
    Limits left = limits;
    const auto list = [&](InitramfsPart part, Reader& reader) -> Result<> {
        TRY(list_entries(reader, left, hashed, part.members));
        left.entries -= part.members.size();
        parts.push_back(std::move(part));
        return {};
    };
    TRY(each_archive(bytes, limits.bytes, list));
    return parts;
}

Result<std::string> read_from_initramfs(std::string_view bytes, const std::string& path,
                                        const Limits& limits) {
    Found found;
    const auto look = [&](const std::string& name) {
        return each_archive(bytes, limits.bytes, [&](const InitramfsPart&, Reader& reader) {
            return look_for(name, reader, limits.bytes, found);
        });
    };
    TRY(look(path));
    if (found.content.empty() && !found.hard_link.empty()) {
        const auto owner = found.hard_link;
        TRY(look(owner));
    }
    if (!found.present) return fail({.message = fmt::format("there is no '{}' in it", path)});
    if (!found.regular) return fail({.message = fmt::format("'{}' is no regular file", path)});
    return std::move(found.content);
}

Result<std::vector<std::string>> unpack_initramfs(std::string_view bytes, const std::filesystem::path& folder,
                                                  const UnpackOptions& options) {
    std::vector<std::string> left_out;
    TRY_ASSIGN(auto writer, DiskWriter::open(folder, options, AbsoluteLinks::from_root));
    const auto write = [&](const InitramfsPart&, Reader& reader) -> Result<> {
        while (true) {
            TRY_ASSIGN(auto* entry, reader.next());
            if (entry == nullptr) return {};
            TRY_ASSIGN(const auto path, clean_entry_path(archive_entry_pathname(entry)));
            if (path.empty()) continue;
            if (is_device(entry)) {
                left_out.push_back(path);
            } else {
                TRY(writer.write(path, entry, reader));
            }
        }
    };
    TRY(each_archive(bytes, options.limits.bytes, write));
    TRY(writer.finish());
    return left_out;
}

}  // namespace rpikit::archive
