#include <catch2/catch_test_macros.hpp>

#include "tests/flasher/card/card_fixture.hpp"

using namespace rpikit;
using test::FakeBlockDevice;
using test::mib;

namespace {

bool is_untouched(const FakeBlockDevice& card, std::size_t from, std::size_t to) {
    return std::all_of(card.memory().begin() + static_cast<std::ptrdiff_t>(from),
                       card.memory().begin() + static_cast<std::ptrdiff_t>(to),
                       [](std::byte byte) { return byte == std::byte{0xa5}; });
}

}  // namespace

TEST_CASE("an image of any size goes to the card, and nothing behind it") {
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{512}, mib - 1, mib, mib + 1, 2 * mib, 3 * mib + 4095, 5 * mib}) {
        for (const std::uint32_t alignment : {512U, 4096U}) {
            INFO(size);
            const auto content = test::noise(size, 3);
            FakeBlockDevice card(5 * mib, alignment);
            const auto image = test::image_of(content);
            const auto result = test::flash_one(*image, card);
            REQUIRE_FALSE(result.failure);
            CHECK(result.verified);
            CHECK(result.first_block_written);
            CHECK(result.written == size);
            CHECK(test::holds(card, content));
            const auto end = std::max(mib, (size + alignment - 1) / alignment * alignment);
            CHECK(is_untouched(card, end, 5 * mib));
        }
    }
}

TEST_CASE("what a block map leaves out stays as it is") {
    const auto content = test::noise(6 * mib + 100, 4);
    // Blocks of 1 KiB: smaller than what is written at once.
    const auto map = test::map_of(content, 1024, {{0, 10}, {3000, 3001}, {5000, 6144}});
    FakeBlockDevice card(8 * mib);
    const auto image = test::image_of(content, true, map);
    const auto result = test::flash_one(*image, card);
    REQUIRE_FALSE(result.failure);
    CHECK(result.verified);
    for (const auto& range : map.ranges)
        CHECK(test::holds(card, content, range.first * 1024, (range.last + 1) * 1024));
    CHECK(is_untouched(card, mib, 2996 * 1024));
    CHECK(is_untouched(card, 3004 * 1024, 5000 * 1024));
    CHECK(is_untouched(card, 6 * mib + 512, 8 * mib));
    // The rest of the first block is not what was there before.
    CHECK(card.memory()[mib - 1] == std::byte{0});
}

TEST_CASE("a wrong checksum of the block map stops all cards before their first block") {
    const auto content = test::noise(4 * mib, 5);
    for (const std::size_t range : {0U, 1U, 2U}) {
        auto map = test::map_of(content, 4096, {{0, 300}, {400, 500}, {600, 1023}});
        map.ranges[range].checksum.back() = map.ranges[range].checksum.back() == '0' ? '1' : '0';
        FakeBlockDevice one(8 * mib);
        FakeBlockDevice two(8 * mib);
        device::BlockDevice* const cards[] = {&one, &two};
        const auto image = test::image_of(content, true, map);
        const auto result = card::flash(*image, cards, {}, {});
        REQUIRE_FALSE(result);
        CHECK(result.error().message.contains("differs from its block map"));
        for (const auto* card : {&one, &two}) {
            CHECK_FALSE(test::holds(*card, content, 0, 512));
            CHECK(card->memory()[0] != std::byte{0xa5});
            CHECK(card->closed());
        }
    }
}

TEST_CASE("an image that fails midway leaves no card finished") {
    FakeBlockDevice card(8 * mib);
    device::BlockDevice* const cards[] = {&card};
    card::StreamParts parts{.name = "image", .size = 6 * mib};
    parts.content = [stream = test::text_stream(test::noise(3 * mib, 6),
                                                1000)]() mutable -> Result<std::span<const std::byte>> {
        TRY_ASSIGN(const auto piece, stream());
        if (piece.empty()) return fail({.message = "the compressed data is damaged"});
        return piece;
    };
    card::StreamImage image(std::move(parts));
    const auto result = card::flash(image, cards, {}, {});
    REQUIRE_FALSE(result);
    CHECK(result.error().causes.back() == "the compressed data is damaged");
    CHECK_FALSE(test::holds(card, test::noise(3 * mib, 6), 0, 512));

    const auto content = test::noise(3 * mib, 7);
    for (const std::size_t said : {2 * mib, 4 * mib}) {
        card::StreamImage other({.name = "image", .content = test::text_stream(content, 1000), .size = said});
        FakeBlockDevice again(8 * mib);
        device::BlockDevice* const again_cards[] = {&again};
        const auto refused = card::flash(other, again_cards, {}, {});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.contains("another size"));
    }
}

TEST_CASE("a card that fails, or is too small, stops no other") {
    const auto content = test::noise(6 * mib, 8);
    for (const bool known : {true, false}) {
        FakeBlockDevice good(8 * mib);
        FakeBlockDevice small(4 * mib);
        FakeBlockDevice broken(8 * mib);
        FakeBlockDevice other(6 * mib);
        broken.add_fault({.nth = 2, .kind = test::DeviceFaultKind::io_error});
        device::BlockDevice* const cards[] = {&good, &small, &broken, &other};
        card::StreamParts parts{.name = "image", .content = test::text_stream(content, 1000)};
        if (known) parts.size = content.size();
        card::StreamImage image(std::move(parts));
        const auto results = card::flash(image, cards, {}, {}).value();
        CHECK_FALSE(results[0].failure);
        CHECK(results[1].failure);
        CHECK(results[2].failure);
        CHECK_FALSE(results[3].failure);
        CHECK(test::holds(good, content));
        CHECK(test::holds(other, content));
        CHECK(results[1].failure->message == "image is larger than /dev/fake");
        CHECK(results[1].failure->causes.at(0) ==
              (known ? "it has 6.0 MiB, the card 4.0 MiB"
                     : "the card has 4.0 MiB, and the image goes on behind its end"));
        CHECK((small.written == 0) == known);
    }
}

TEST_CASE("a stream without an end stops when no card has room for more") {
    FakeBlockDevice one(4 * mib);
    FakeBlockDevice two(6 * mib);
    device::BlockDevice* const cards[] = {&one, &two};
    card::StreamParts parts{.name = "bomb"};
    parts.content = [zeros = std::vector<std::byte>(mib)]() -> Result<std::span<const std::byte>> {
        return zeros;
    };
    card::StreamImage image(std::move(parts));
    const auto results = card::flash(image, cards, {}, {}).value();
    for (const auto& result : results) {
        REQUIRE(result.failure);
        CHECK(result.failure->message.contains("larger"));
        CHECK_FALSE(result.first_block_written);
    }
}

TEST_CASE("a delta writes what differs, and nothing to a card that is right already") {
    const auto content = test::noise(6 * mib + 300, 9);
    FakeBlockDevice card(8 * mib);
    REQUIRE_FALSE(test::flash_one(*test::image_of(content), card).failure);

    FakeBlockDevice same(8 * mib);
    same.memory() = card.memory();
    const auto unchanged = test::flash_one(*test::image_of(content), same, {.delta = true});
    CHECK_FALSE(unchanged.failure);
    CHECK(unchanged.verified);
    CHECK(unchanged.unchanged == content.size());
    CHECK(same.written == 0);

    FakeBlockDevice other(8 * mib);
    other.memory() = card.memory();
    other.memory()[4 * mib + 5] ^= std::byte{1};
    const auto changed = test::flash_one(*test::image_of(content), other, {.delta = true});
    CHECK_FALSE(changed.failure);
    CHECK(changed.written == 2 * mib);
    CHECK(changed.unchanged == content.size() - 2 * mib);
    CHECK(test::holds(other, content));

    FakeBlockDevice head(8 * mib);
    head.memory() = card.memory();
    head.memory()[5] ^= std::byte{1};
    const auto head_changed = test::flash_one(*test::image_of(content), head, {.delta = true});
    CHECK_FALSE(head_changed.failure);
    CHECK(head_changed.written == mib);
    CHECK(test::holds(head, content));
}

TEST_CASE("after a stop no card has its first block") {
    const auto content = test::noise(7 * mib, 10);
    for (const auto phase : {card::Phase::write, card::Phase::flush, card::Phase::verify}) {
        FakeBlockDevice card(8 * mib);
        device::BlockDevice* const cards[] = {&card};
        std::stop_source source;
        const auto image = test::image_of(content);
        const auto results = card::flash(*image, cards,
                                         {.progress =
                                              [&](const card::CardProgress& at) {
                                                  if (at.phase == phase) source.request_stop();
                                              }},
                                         source.get_token())
                                 .value();
        REQUIRE(results[0].failure);
        CHECK(results[0].failure->kind == ErrorKind::interrupted);
        CHECK_FALSE(results[0].first_block_written);
        CHECK_FALSE(test::holds(card, content, 0, 512));
        CHECK(card.memory()[0] == std::byte{'r'});
    }
}

TEST_CASE("progress goes through the phases, and comes to its end in each") {
    const auto content = test::noise(4 * mib, 11);
    FakeBlockDevice card(8 * mib);
    device::BlockDevice* const cards[] = {&card};
    std::vector<card::CardProgress> seen;
    const auto image = test::image_of(content);
    REQUIRE(card::flash(*image, cards, {.progress = [&](const auto& at) { seen.push_back(at); }}, {}));
    REQUIRE_FALSE(seen.empty());
    for (std::size_t i = 1; i < seen.size(); ++i) {
        CHECK(seen[i].phase >= seen[i - 1].phase);
        if (i + 1 == seen.size() || seen[i + 1].phase != seen[i].phase) CHECK(seen[i].done == seen[i].total);
    }
    CHECK(seen.back().phase == card::Phase::done);

    for (const bool delta : {true, false}) {
        FakeBlockDevice other(8 * mib);
        other.memory() = card.memory();
        if (!delta) other.add_fault({.nth = 2, .kind = test::DeviceFaultKind::io_error});
        seen.clear();
        const auto result =
            test::flash_one(*test::image_of(content), other,
                            {.delta = delta, .progress = [&](const auto& at) { seen.push_back(at); }});
        CHECK(result.failure.has_value() != delta);
        CHECK(seen.back().phase == (delta ? card::Phase::done : card::Phase::failed));
        if (delta) CHECK(seen[seen.size() - 2].done == mib);
    }
}
