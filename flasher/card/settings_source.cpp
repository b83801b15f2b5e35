#include "flasher/card/settings_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "flasher/card/range_check.hpp"
#include "sdk/archive/settings_slot.hpp"

namespace rpikit::card {

namespace {

// A slot lies in one block, a block in one piece: what is looked at never ends in the next piece.
static_assert(archive::settings_slot_size == unit_bytes && piece_bytes % unit_bytes == 0);

Error no_place(const std::string& name, std::size_t places) {
    return {.message = fmt::format("{} takes no settings", name),
            .causes = {places == 0 ? "it has no file that waits for them, as the minimal root file system of "
                                     "rpi-kit has"
                                   : fmt::format("it has {} places for them, where one is expected", places)},
            .hint = "flash it without --hostname, --user, --ssh-key and --wifi"};
}

/// The empty slots in a piece that starts at a unit.
std::vector<std::span<std::byte>> slots_in(std::span<std::byte> piece) {
    std::vector<std::span<std::byte>> found;
    for (; piece.size() >= unit_bytes; piece = piece.subspan(unit_bytes)) {
        if (archive::is_empty_settings_slot(piece.first(unit_bytes)))
            found.push_back(piece.first(unit_bytes));
    }
    return found;
}

class SettingsSource final : public ImageSource {
  public:
    /// \param all false for a source of some pieces only, in which the slot may be missing
    SettingsSource(std::unique_ptr<ImageSource> image, std::string slot, bool all)
        : image_(std::move(image)),
          slot_(std::move(slot)),
          all_(all),
          check_(all ? image_->block_map() : nullptr) {}

    const std::string& name() const override { return image_->name(); }
    std::optional<std::uint64_t> size_bytes() const override { return image_->size_bytes(); }
    std::optional<std::uint64_t> mapped_bytes() const override { return image_->mapped_bytes(); }
    std::uint64_t least_bytes() const override { return image_->least_bytes(); }
    std::optional<std::uint64_t> expected_bytes() const override { return image_->expected_bytes(); }
    const archive::BlockMap* block_map() const override { return nullptr; }

    Result<std::optional<Extent>> next(std::span<std::byte> buffer) override {
        TRY_ASSIGN(const auto place, image_->next(buffer));
        if (!place) {
            TRY(check_.finish());
            if (all_ && places_ != 1) return fail(no_place(name(), places_));
            return place;
        }
        const auto piece = buffer.first(static_cast<std::size_t>(place->length));
        TRY(check_.add(place->offset, piece));
        for (const auto slot : slots_in(piece)) {
            std::ranges::copy(std::as_bytes(std::span(slot_)), slot.begin());
            ++places_;
        }
        return place;
    }

    Result<std::unique_ptr<ImageSource>> again(std::vector<Extent> pieces) const override {
        TRY_ASSIGN(auto image, image_->again(std::move(pieces)));
        return std::make_unique<SettingsSource>(std::move(image), slot_, false);
    }

  private:
    std::unique_ptr<ImageSource> image_;
    std::string slot_;
    bool all_;
    RangeCheck check_;
    std::size_t places_ = 0;
};

}  // namespace

std::unique_ptr<ImageSource> with_settings(std::unique_ptr<ImageSource> image, std::string slot) {
    return std::make_unique<SettingsSource>(std::move(image), std::move(slot), true);
}

Result<> check_settings_place(ImageSource& image, const std::stop_token& stop) {
    std::vector<std::byte> buffer(piece_bytes);
    std::size_t places = 0;
    while (true) {
        if (stop.stop_requested()) {
            return fail({.message = "interrupted: nothing was written", .kind = ErrorKind::interrupted});
        }
        TRY_ASSIGN(const auto place, image.next(buffer));
        if (!place) break;
        places += slots_in(std::span(buffer).first(static_cast<std::size_t>(place->length))).size();
    }
    if (places != 1) return fail(no_place(image.name(), places));
    return {};
}

}  // namespace rpikit::card
