#include "flasher/card/flash.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "flasher/card/card_writer.hpp"
#include "flasher/card/flash_job.hpp"

namespace rpikit::card {

namespace {

/// Reads the image until it ends, fails, or nobody takes pieces any more; the cards write meanwhile.
/// \returns whether the image's end was reached
Result<bool> bring_image(FlashJob& job) {
    while (auto* const piece = job.ring.room()) {
        if (job.stop.stop_requested()) return false;
        TRY_ASSIGN(const auto place, job.image.next(piece->room));
        if (!place) return true;
        job.expected = job.image.expected_bytes().value_or(0);
        piece->offset = place->offset;
        piece->length = static_cast<std::size_t>(place->length);
        const auto padding = piece->room.subspan(piece->length);
        std::ranges::fill(padding.first(round_up(piece->length, unit_bytes) - piece->length), std::byte{0});
        job.ring.give();
    }
    return false;
}

/// Hashes what the cards write, beside them: what reads the image may be decompressing it, and is the
/// slowest.
Result<> record_image(FlashJob& job) {
    while (const auto* piece = job.ring.take(job.recorder)) {
        if (auto added = job.record.add(*piece); !added) {
            job.ring.abandon();
            return added;
        }
    }
    return {};
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
        Result<> recorded;
        std::jthread recorder([&] { recorded = record_image(job); });
        whole = bring_image(job);
        job.ring.end(whole && *whole);
        recorder.join();
        if (recorded && whole && *whole) recorded = job.record.finish();
        if (!recorded) whole = fail(std::move(recorded).error());
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
