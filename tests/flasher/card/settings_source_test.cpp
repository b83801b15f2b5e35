#include "flasher/card/settings_source.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/archive/settings_slot.hpp"
#include "tests/flasher/card/card_fixture.hpp"

using namespace rpikit;
using test::mib;

namespace {

const std::string slot = archive::filled_settings_slot("hostname=kitchen\n").value();

/// An image with the file that waits for settings at each of these offsets.
std::string image_with_slots(const std::vector<std::size_t>& offsets) {
    auto content = test::noise(3 * mib + 4096, 7);
    for (const auto offset : offsets)
        content.replace(offset, archive::settings_slot_size, archive::empty_settings_slot());
    return content;
}

std::string replaced(std::string content, std::size_t offset) {
    return content.replace(offset, slot.size(), slot);
}

}  // namespace

TEST_CASE("settings take their place on the card, wherever it lies, and all else stays the image's") {
    // The first block, which goes last; the last and the first unit of a piece; the image's end.
    for (const std::size_t offset : {std::size_t{4096}, mib - 4096, 2 * mib, 3 * mib}) {
        CAPTURE(offset);
        const auto content = image_with_slots({offset});
        const auto image = card::with_settings(test::image_of(content), slot);
        test::FakeBlockDevice card(8 * mib);
        const auto result = test::flash_one(*image, card);
        CHECK_FALSE(result.failure);
        CHECK(result.verified);
        CHECK(test::holds(card, replaced(content, offset)));
    }
}

TEST_CASE("settings stay where a piece must be written again") {
    const auto content = image_with_slots({2 * mib});
    const auto image = card::with_settings(test::image_of(content), slot);
    const auto again = image->again({{.offset = 2 * mib, .length = mib}}).value();
    std::vector<std::byte> buffer(card::piece_bytes);
    const auto place = again->next(buffer).value();
    REQUIRE(place == card::Extent{.offset = 2 * mib, .length = mib});
    CHECK(std::memcmp(buffer.data(), slot.data(), slot.size()) == 0);
    CHECK_FALSE(again->next(buffer).value());
}

TEST_CASE("an image without a place for settings, or with two, is refused and leaves no finished card") {
    for (const auto& offsets : {std::vector<std::size_t>{}, {4096, 2 * mib}}) {
        const auto content = image_with_slots(offsets);
        const auto checked = card::check_settings_place(*test::image_of(content), {});
        REQUIRE_FALSE(checked);
        CHECK(checked.error().message.contains("takes no settings"));

        const auto image = card::with_settings(test::image_of(content), slot);
        test::FakeBlockDevice card(8 * mib);
        std::vector<device::BlockDevice*> cards{&card};
        CHECK_FALSE(card::flash(*image, cards, {}, {}));
        CHECK_FALSE(test::holds(card, content, 0, mib));
    }
    CHECK(card::check_settings_place(*test::image_of(image_with_slots({mib})), {}));
}

TEST_CASE("the block map is held against the image as it was, not as it is written") {
    const auto content = image_with_slots({mib});
    const auto map = test::map_of(content, 4096, {{0, 500}, {600, 767}});
    test::FakeBlockDevice card(8 * mib);
    const auto good = card::with_settings(test::image_of(content, true, map), slot);
    CHECK_FALSE(test::flash_one(*good, card).failure);

    test::FakeBlockDevice other(8 * mib);
    auto damaged = content;
    damaged[2 * mib + 500'000] ^= 1;
    const auto bad = card::with_settings(test::image_of(damaged, true, map), slot);
    std::vector<device::BlockDevice*> cards{&other};
    const auto result = card::flash(*bad, cards, {}, {});
    REQUIRE_FALSE(result);
    CHECK(result.error().message.contains("differs from its block map"));
}
