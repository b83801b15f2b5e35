#include "sdk/image/content_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace rpikit::image {

namespace {

std::unexpected<Error> changed(const std::filesystem::path& file) {
    return fail({.message = fmt::format("{} changed while the image was made", file.string()),
                 .hint = "run the same command again when nothing writes there"});
}

std::unexpected<Error> unreadable(const std::filesystem::path& file, const std::string& path) {
    return fail({.message = fmt::format("cannot read {}", file.string()),
                 .causes = {std::strerror(errno), fmt::format("it is the content of {}", path)}});
}

bool same(const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

ContentReader::~ContentReader() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<> ContentReader::check(const std::vector<Piece>& pieces) {
    for (const Piece& piece : pieces) {
        const auto* part = std::get_if<ContentPart>(&piece.source);
        const auto* slice =
            part == nullptr ? nullptr : std::get_if<archive::FileSlice>(&part->entry->content);
        if (slice == nullptr) continue;
        auto [known, fresh] = stamps_.try_emplace(slice->file.native());
        if (fresh) {
            struct stat status{};
            if (::stat(slice->file.c_str(), &status) != 0) return unreadable(slice->file, *part->path);
            known->second = {.size = status.st_size, .modified = status.st_mtim};
        }
        const auto size = static_cast<std::uint64_t>(known->second.size);
        if (slice->offset <= size && slice->size <= size - slice->offset) continue;
        return fail({.message = fmt::format("{} has {} bytes, {} were expected", slice->file.string(), size,
                                            slice->offset + slice->size),
                     .causes = {fmt::format("it is the content of {}", *part->path)}});
    }
    return {};
}

Result<> ContentReader::open(const archive::FileSlice& slice, const std::string& path) {
    if (descriptor_ >= 0 && open_ == slice.file) return {};
    TRY(close_current());
    descriptor_ = ::open(slice.file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) return unreadable(slice.file, path);
    open_ = slice.file;
    return {};
}

/// Before a file is left: it must still be what was checked, or what was read may be half old and half new.
Result<> ContentReader::close_current() {
    if (descriptor_ < 0) return {};
    struct stat status{};
    const bool known = ::fstat(descriptor_, &status) == 0;
    ::close(std::exchange(descriptor_, -1));
    const Stamp& stamp = stamps_[open_.native()];
    if (!known || status.st_size != stamp.size || !same(status.st_mtim, stamp.modified))
        return changed(open_);
    return {};
}

Result<> ContentReader::read_slice(const archive::FileSlice& slice, const std::string& path,
                                   std::uint64_t offset, std::span<std::byte> bytes) {
    TRY(open(slice, path));
    while (!bytes.empty()) {
        const ssize_t got =
            ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(slice.offset + offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreadable(slice.file, path);
        if (got == 0) return changed(slice.file);
        bytes = bytes.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return {};
}

Result<> ContentReader::read(const ContentPart& part, std::uint64_t offset, std::span<std::byte> bytes) {
    const archive::Entry& entry = *part.entry;
    if (const auto* text = std::get_if<std::string>(&entry.content)) {
        std::memcpy(bytes.data(), text->data() + offset, bytes.size());
    } else {
        TRY(read_slice(std::get<archive::FileSlice>(entry.content), *part.path, offset, bytes));
    }
    hash_.update(bytes);
    if (offset + bytes.size() < archive::content_size(entry)) return {};
    hashes_.emplace(&entry, hash_.finish());
    return {};
}

}  // namespace rpikit::image
