// Every fault that a card can have at the seam, at every operation of a whole run: none is passed over.

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>

#include "tests/flasher/card/card_fixture.hpp"

using namespace rpikit;
using test::DeviceFault;
using test::DeviceFaultKind;
using test::DeviceOperation;
using test::FakeBlockDevice;
using test::mib;

namespace {

/// A card and an image for it: six pieces behind the first block, the last one with a tail.
constexpr std::size_t card_size = 8 * mib;
const std::string content = test::noise(7 * mib - 1000, 1);

std::vector<DeviceFaultKind> kinds_of(DeviceOperation operation) {
    using enum DeviceFaultKind;
    switch (operation) {
        case DeviceOperation::write:
            return {io_error, no_bytes, part, vanish, lost, half, wrong_byte, stuck_byte, wrong_place};
        case DeviceOperation::read:
            return {io_error, no_bytes, part, vanish, wrong_byte, stuck_byte};
        case DeviceOperation::flush:
        case DeviceOperation::close:
            return {io_error, vanish};
    }
    return {};
}

/// What a run is like.
struct Run {
    std::string name;
    bool again = true;   ///< the image can be read twice
    bool delta = false;  ///< half of the image is there already
    bool verify = true;
};

void prepare(FakeBlockDevice& card, const Run& run) {
    if (!run.delta) return;
    std::memcpy(card.memory().data(), content.data(), content.size());
    for (const std::size_t at : {3 * mib, 5 * mib + 77})
        card.memory()[at] ^= std::byte{0xff};
}

card::CardResult flash(FakeBlockDevice& card, const Run& run) {
    const auto image = test::image_of(content, run.again);
    return test::flash_one(*image, card, {.verify = run.verify, .delta = run.delta});
}

/// A fault that says so itself when it happens.
bool is_loud(const DeviceFault& fault) {
    using enum DeviceFaultKind;
    return fault.kind == io_error || fault.kind == no_bytes || fault.kind == vanish;
}

void check_outcome(FakeBlockDevice& card, const card::CardResult& result, const DeviceFault& fault,
                   const Run& run) {
    CHECK(card.closed());
    CHECK(card.has_failed());
    if (is_loud(fault)) CHECK(result.failure);
    if (!result.failure) {
        if (run.verify) CHECK(result.verified);
        if (run.verify || fault.kind == DeviceFaultKind::part) CHECK(test::holds(card, content));
        return;
    }
    CHECK_FALSE(result.verified);
    CHECK_FALSE(result.failure->message.empty());
    // What failed looks finished only where it could not be made to look otherwise.
    if (!result.first_block_written && !run.delta) CHECK_FALSE(test::holds(card, content, 0, 512));
}

/// Tries every fault at every operation of a run. \returns how many were tried
std::size_t try_all(const Run& run) {
    FakeBlockDevice good(card_size);
    prepare(good, run);
    const auto whole = flash(good, run);
    REQUIRE_FALSE(whole.failure);
    REQUIRE(test::holds(good, content));
    std::size_t tried = 0;
    for (const auto& [operation, count] : good.counts) {
        for (std::size_t nth = 0; nth < count; ++nth) {
            for (const auto kind : kinds_of(operation)) {
                const DeviceFault fault{.operation = operation, .nth = nth, .kind = kind};
                FakeBlockDevice card(card_size);
                prepare(card, run);
                card.add_fault(fault);
                INFO(fmt::format("{}: operation {}, number {}, kind {}", run.name,
                                 static_cast<int>(operation), nth, static_cast<int>(kind)));
                check_outcome(card, flash(card, run), fault, run);
                ++tried;
            }
        }
    }
    return tried;
}

}  // namespace

TEST_CASE("no fault of a card goes unnoticed") {
    const auto tried = try_all({.name = "file"}) + try_all({.name = "stream", .again = false});
    CHECK(tried >= 200);
}

TEST_CASE("no fault goes unnoticed when only what differs is written") {
    CHECK(try_all({.name = "delta", .delta = true}) >= 100);
}

TEST_CASE("what fails aloud is reported without verification, too") {
    CHECK(try_all({.name = "not verified", .verify = false}) >= 50);
}

TEST_CASE("a byte that was stored wrong is written again, a byte that sticks is reported with its place") {
    for (const bool again : {true, false}) {
        FakeBlockDevice card(card_size);
        // The first write is the note in the first block.
        card.add_fault({.nth = 3, .kind = DeviceFaultKind::wrong_byte});
        const auto result = flash(card, {.again = again});
        CHECK(result.failure.has_value() != again);
        CHECK(result.rewritten == (again ? mib : 0));
        CHECK(test::holds(card, content) == again);
    }
    FakeBlockDevice card(card_size);
    card.add_fault({.nth = 3, .kind = DeviceFaultKind::stuck_byte});
    const auto result = flash(card, {});
    REQUIRE(result.failure);
    CHECK(result.bad == std::vector<card::Extent>{{.offset = 3 * mib, .length = mib}});
    CHECK(result.rewritten == 2 * mib);
    CHECK_FALSE(result.first_block_written);
    CHECK_FALSE(result.advice);
    CHECK(result.failure->detail.contains("offset 3145728"));
}

TEST_CASE("a card that has less memory than it says is never taken for whole") {
    std::size_t advised = 0;
    for (std::size_t real = mib; real < content.size(); real += mib / 4) {
        INFO(real);
        FakeBlockDevice card(card_size);
        card.set_real_size(real);
        const auto result = flash(card, {});
        REQUIRE(result.failure);
        CHECK_FALSE(result.verified);
        CHECK_FALSE(result.first_block_written);
        advised += result.advice ? 1 : 0;
    }
    CHECK(advised >= 6);
    // All that was written fits: the card's lie does no harm to this image.
    FakeBlockDevice card(card_size);
    card.set_real_size(7 * mib);
    CHECK_FALSE(flash(card, {}).failure);
}
