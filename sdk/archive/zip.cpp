#include "sdk/archive/zip.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include "sdk/archive/reader.hpp"

namespace rpikit::archive {

namespace {

using Wanted = std::function<bool(const std::string&)>;

/// Goes to the next file that is wanted. \returns its name; nothing at the zip's end
Result<std::optional<std::string>> next_wanted(Reader& reader, const Wanted& wanted, archive_entry*& entry) {
    while (true) {
        TRY_ASSIGN(entry, reader.next());
        if (entry == nullptr) return std::nullopt;
        const char* name = archive_entry_pathname_utf8(entry);
        if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG) continue;
        if (wanted(name)) return name;
    }
}

}  // namespace

Result<std::size_t> count_zip_files(ByteStream zip, const Wanted& wanted) {
    TRY_ASSIGN(auto reader, Reader::open(std::move(zip), Format::zip));
    archive_entry* entry = nullptr;
    for (std::size_t count = 0;; ++count) {
        TRY_ASSIGN(const auto path, next_wanted(reader, wanted, entry));
        if (!path) return count;
    }
}

Result<ZipFile> open_zip_file(ByteStream zip, Wanted wanted) {
    TRY_ASSIGN(auto reader, Reader::open(std::move(zip), Format::zip));
    archive_entry* entry = nullptr;
    TRY_ASSIGN(const auto path, next_wanted(reader, wanted, entry));
    if (!path) return fail({.message = "the zip holds no such file"});
    ZipFile file{.path = *path};
    if (archive_entry_size_is_set(entry) != 0)
        file.size = static_cast<std::uint64_t>(archive_entry_size(entry));
    file.content = [reader = std::move(reader), wanted = std::move(wanted), first = *path,
                    ended = false]() mutable -> Result<std::span<const std::byte>> {
        while (!ended) {
            TRY_ASSIGN(const auto block, reader.data());
            if (block && !block->bytes.empty()) return block->bytes;
            if (block) continue;
            ended = true;
            archive_entry* other = nullptr;
            TRY_ASSIGN(const auto second, next_wanted(reader, wanted, other));
            if (second) return fail({.message = fmt::format("the zip holds {} and {}", first, *second)});
        }
        return std::span<const std::byte>{};
    };
    return file;
}

}  // namespace rpikit::archive
