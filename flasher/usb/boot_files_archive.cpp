#include "flasher/usb/boot_files_archive.hpp"

#include <algorithm>
#include <vector>

#include "sdk/archive/list_entries.hpp"
#include "sdk/archive/reader.hpp"

namespace rpikit::usb {

namespace {

constexpr std::size_t piece_size = 65536;
constexpr std::uint64_t most_bytes = std::uint64_t{512} << 20;
constexpr std::size_t most_entries = 10'000;

archive::ByteStream stream_of(std::shared_ptr<const ServedFile> file) {
    return [file = std::move(file), offset = std::uint64_t{0},
            buffer = std::vector<std::byte>(piece_size)]() mutable -> Result<std::span<const std::byte>> {
        const auto piece =
            std::span(buffer).first(std::min<std::uint64_t>(piece_size, file->size() - offset));
        TRY(file->read_at(offset, piece));
        offset += piece.size();
        return piece;
    };
}

}  // namespace

Result<std::map<std::string, std::shared_ptr<const std::string>>> read_boot_files_archive(
    std::shared_ptr<const ServedFile> archive) {
    TRY_ASSIGN(auto reader, archive::Reader::open(stream_of(std::move(archive)), archive::Format::tar));
    std::map<std::string, std::shared_ptr<const std::string>> members;
    std::uint64_t room = most_bytes;
    for (std::size_t count = 0; count < most_entries; ++count) {
        TRY_ASSIGN(auto* entry, reader.next());
        if (entry == nullptr) return members;
        const auto member = archive::to_member(entry);
        if (member.type != archive::FileType::regular || !member.hard_link.empty()) continue;
        // Those of other chips are never asked for.
        if (!archive::check_tree_path(member.path) || !member.path.starts_with("2711/")) continue;
        TRY_ASSIGN(auto content, archive::entry_content(reader, room));
        room -= content.size();
        members[member.path] = std::make_shared<const std::string>(std::move(content));
    }
    return fail({.message = "refused: it holds too many entries"});
}

}  // namespace rpikit::usb
