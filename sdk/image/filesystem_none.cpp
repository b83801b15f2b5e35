#include <algorithm>

#include "sdk/image/image_types.hpp"

namespace rpikit::image {

namespace {

/// No file system: the one file of its tree lies at the partition's start as it is (a boot loader's core), or
/// nothing at all.
class PreparedRaw final : public PreparedFilesystem {
  public:
    PreparedRaw(const std::string* path, const archive::Entry* entry) : path_(path), entry_(entry) {}

    std::uint64_t fitting_size(std::uint64_t at_least, std::uint64_t free,
                               std::uint64_t multiple) const override {
        return round_up(std::max({at_least, content() + free, multiple}), multiple);
    }

    Result<std::vector<Piece>> lay_out(const Extent&) const override {
        std::vector<Piece> pieces;
        if (content() > 0) {
            pieces.push_back({.size = content(), .source = ContentPart{.entry = entry_, .path = path_}});
        }
        return pieces;
    }

  private:
    std::uint64_t content() const { return entry_ == nullptr ? 0 : archive::content_size(*entry_); }

    const std::string* path_;
    const archive::Entry* entry_;
};

Result<std::unique_ptr<PreparedFilesystem>> prepare_raw(const FilesystemRequest& request) {
    const auto& entries = request.tree.entries();
    const auto file = std::ranges::find_if(entries, [](const auto& item) { return !item.first.empty(); });
    if (file == entries.end()) return std::make_unique<PreparedRaw>(nullptr, nullptr);
    if (std::ranges::next(file) != entries.end() || file->second.type != archive::FileType::regular) {
        return fail({.message = "a partition without a file system holds at most one file",
                     .where = request.partition.where,
                     .hint = "set filesystem to \"vfat\" or \"ext4\""});
    }
    return std::make_unique<PreparedRaw>(&file->first, &file->second);
}

}  // namespace

extern const FilesystemType filesystem_none;
constinit const FilesystemType filesystem_none = {
    .name = "none",
    .mbr_type = 0xda,                                    // data that is no file system
    .gpt_type = "8da63339-0007-60c0-c436-083ac8230908",  // Linux reserved
    .uuid = [](const Uuid&) { return std::string(); },
    .prepare = prepare_raw,
};

}  // namespace rpikit::image
