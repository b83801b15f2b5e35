#include <algorithm>
#include <cstring>
#include <span>

#include "sdk/image/image_types.hpp"
#include "sdk/support/bytes.hpp"

namespace rpikit::image {

namespace {

constexpr std::uint64_t page = 4096;

/// A swap area: its first page describes it (include/linux/swap.h, union swap_header), the rest may hold
/// anything.
class PreparedSwap final : public PreparedFilesystem {
  public:
    explicit PreparedSwap(const FilesystemRequest& request) : label_(request.label), id_(request.id) {}

    std::uint64_t fitting_size(std::uint64_t at_least, std::uint64_t free,
                               std::uint64_t multiple) const override {
        return round_up(std::max(at_least, 10 * page + free), multiple);  // mkswap wants ten pages
    }

    Result<std::vector<Piece>> lay_out(const Extent& extent) const override {
        std::string header(page, '\0');
        const auto bytes = std::as_writable_bytes(std::span(header));
        store_le<std::uint32_t>(bytes, 1024, 1);
        store_le<std::uint32_t>(bytes, 1028,
                                static_cast<std::uint32_t>(extent.size / page - 1));  // last page
        std::memcpy(header.data() + 1036, id_.data(), id_.size());
        std::memcpy(header.data() + 1052, label_.data(), label_.size());
        std::memcpy(header.data() + page - 10, "SWAPSPACE2", 10);
        std::vector<Piece> pieces;
        pieces.push_back(bytes_piece(0, std::move(header)));
        return pieces;
    }

  private:
    std::string label_;
    Uuid id_;
};

Result<std::unique_ptr<PreparedFilesystem>> prepare_swap(const FilesystemRequest& request) {
    if (!request.tree.empty() || request.label.size() > 16) {
        return fail({.message = "a swap area holds no files, and its label has at most 16 bytes",
                     .where = request.partition.where});
    }
    return std::make_unique<PreparedSwap>(request);
}

}  // namespace

extern const FilesystemType filesystem_swap;
constinit const FilesystemType filesystem_swap = {
    .name = "swap",
    .mbr_type = 0x82,
    .gpt_type = "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f",
    .uuid = uuid_text,
    .prepare = prepare_swap,
};

}  // namespace rpikit::image
