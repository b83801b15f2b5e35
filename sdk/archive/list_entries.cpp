#include "sdk/archive/list_entries.hpp"

#include <archive_entry.h>
#include <fmt/format.h>

#include "sdk/archive/entry_path.hpp"
#include "sdk/archive/entry_type.hpp"
#include "sdk/archive/lzma_inflate.hpp"
#include "sdk/support/sha256.hpp"

namespace rpikit::archive {

namespace {

std::string text(const char* value) {
    return value == nullptr ? "" : value;
}

/// \param limit bytes, reduced by what was read
Result<std::string> entry_hash(Reader& reader, std::uint64_t& limit) {
    Sha256 hash;
    while (true) {
        TRY_ASSIGN(const auto block, reader.data());
        if (!block) return hash.finish();
        if (block->bytes.size() > limit) return unpacks_too_much(limit);
        limit -= block->bytes.size();
        hash.update(block->bytes);
    }
}

std::string listed_path(const char* name) {
    const auto clean = clean_entry_path(name);
    return clean ? *clean : text(name);
}

}  // namespace

Member to_member(archive_entry* entry) {
    const char* link = archive_entry_hardlink(entry);
    return {.path = listed_path(archive_entry_pathname(entry)),
            .type = entry_type(entry).value_or(FileType::regular),
            .mode = archive_entry_perm(entry) & 07777U,
            .size = static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(entry), 0)),
            .target = text(archive_entry_symlink(entry)),
            .hard_link = link == nullptr ? "" : listed_path(link),
            .device_major = static_cast<std::uint32_t>(archive_entry_rdevmajor(entry)),
            .device_minor = static_cast<std::uint32_t>(archive_entry_rdevminor(entry))};
}

Result<> list_entries(Reader& reader, Limits limits, bool hashed, std::vector<Member>& members) {
    while (true) {
        TRY_ASSIGN(auto* entry, reader.next());
        if (entry == nullptr) return {};
        if (members.size() >= limits.entries) {
            return fail({.message = fmt::format("refused: it holds more than {} entries", limits.entries)});
        }
        members.push_back(to_member(entry));
        if (hashed && members.back().type == FileType::regular) {
            TRY_ASSIGN(members.back().sha256, entry_hash(reader, limits.bytes));
        }
    }
}

Result<std::string> entry_content(Reader& reader, std::uint64_t limit) {
    std::string content;
    while (true) {
        TRY_ASSIGN(const auto block, reader.data());
        if (!block) return content;
        const auto end = block->offset + block->bytes.size();
        if (block->offset > limit || end > limit) return unpacks_too_much(limit);
        if (content.size() < end) content.resize(end);
        content.replace(block->offset, block->bytes.size(),
                        reinterpret_cast<const char*>(block->bytes.data()), block->bytes.size());
    }
}

}  // namespace rpikit::archive
