#include "flasher/card/flash.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "flasher/card/card_writer.hpp"
#include "flasher/card/flash_job.hpp"

namespace rpikit::card {

namespace {

/// Reads and hashes the image until it ends, fails, or nobody takes pieces any more; the cards write
/// meanwhile. Hashing what was just read costs least: it is in the processor's cache still.
/// \returns whether the image's end was reached
Result<bool> bring_image(FlashJob& job) {
    while (auto* const piece = job.ring.room()) {
        if (job.stop.stop_requested()) return false;
        TRY_ASSIGN(const auto place, job.image.next(piece->room));
        if (!place) {
            TRY(job.record.finish());
            return true;
        }
        piece->offset = place->offset;
        piece->length = static_cast<std::size_t>(place->length);
        const auto padding = piece->room.subspan(piece->length);
        std::ranges::fill(padding.first(round_up(piece->length, unit_bytes) - piece->length), std::byte{0});
        TRY(job.record.add(*piece));
        job.ring.give();
    }
    return false;
}

}  // namespace

Result<std::vector<CardResult>> flash(ImageSource& image, std::span<device::BlockDevice* const> cards,
                                      const FlashOptions& options, std::stop_token stop) {
    FlashJob job(image, cards.size(), options, std::move(stop));
    std::vector<CardResult> results(cards.size());
    std::atomic<std::size_t> at_work = cards.size();
    Result<bool> whole = false;
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < cards.size(); ++i) {
            threads.emplace_back([&, i] {
                results[i] = CardWriter(job, i, *cards[i]).run();
                if (--at_work == 0) job.ring.abandon();
            });
        }
        whole = bring_image(job);
        job.ring.end(whole && *whole);
        job.whole.set_value(whole && *whole);
    }
    if (job.image_failure) return fail(*job.image_failure);
    if (whole) return results;
    if (whole.error().kind != ErrorKind::interrupted) return fail(whole.error());
    for (auto& result : results)
        if (result.failure) result.failure->kind = ErrorKind::interrupted;
    return results;
}

}  // namespace rpikit::card
