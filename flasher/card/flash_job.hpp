#pragma once

#include <atomic>
#include <future>
#include <mutex>

#include "flasher/card/flash.hpp"
#include "flasher/card/image_record.hpp"
#include "flasher/card/piece_ring.hpp"

namespace rpikit::card {

/// What the threads of one flash() share.
struct FlashJob {
    FlashJob(ImageSource& source, std::size_t cards, const FlashOptions& how, std::stop_token when)
        : image(source),
          options(how),
          stop(std::move(when)),
          ring(cards + 1),
          recorder(cards),
          map_to_verify(how.verify && !how.delta ? source.block_map() : nullptr),
          record(map_to_verify != nullptr ? nullptr : source.block_map()) {}

    ImageSource& image;
    const FlashOptions& options;
    std::stop_token stop;
    PieceRing ring;        ///< the cards take by their index
    std::size_t recorder;  ///< takes for the record
    /// Its checksums are left to the verification of each card, for a fast one would wait for them while it
    /// is written. Null: they hold already when all was written. A delta may have nothing to verify.
    const archive::BlockMap* map_to_verify;
    ImageRecord record;        ///< the recorder's until `whole` is set, for everybody to read behind that
    std::promise<bool> whole;  ///< whether all of the image was read and proved right
    std::shared_future<bool> is_whole = whole.get_future().share();

    void report(const CardProgress& progress) {
        if (!options.progress) return;
        const std::scoped_lock lock(progress_mutex);
        options.progress(progress);
    }
    /// See ImageSource::expected_bytes, which the image's reader alone may ask; 0: not known.
    std::atomic<std::uint64_t> expected = 0;

    /// See ImageSource::again; one card at a time.
    Result<std::unique_ptr<ImageSource>> again(std::vector<Extent> pieces) {
        const std::scoped_lock lock(image_mutex);
        return image.again(std::move(pieces));
    }

    /// A card has found the image itself to be wrong.
    void fail_image(Error error) {
        const std::scoped_lock lock(image_mutex);
        image_failure = std::move(error);
    }
    std::optional<Error> image_failure;  ///< to be read when no card is at work any more

  private:
    std::mutex progress_mutex;
    std::mutex image_mutex;
};

}  // namespace rpikit::card
