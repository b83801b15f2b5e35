#pragma once

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "flasher/card/flash.hpp"
#include "flasher/card/stream_image.hpp"
#include "sdk/host/process.hpp"
#include "sdk/support/sha256.hpp"
#include "tests/support/fake_block_device.hpp"

namespace rpikit::test {

constexpr std::size_t mib = std::size_t{1} << 20;

/// Bytes without a pattern, the same for the same seed.
inline std::string noise(std::size_t size, unsigned seed) {
    std::mt19937_64 random(seed);
    std::string text(size, '\0');
    std::size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        const auto value = random();
        std::memcpy(text.data() + i, &value, 8);
    }
    for (; i < size; ++i)
        text[i] = static_cast<char>(random());
    return text;
}

inline archive::ByteStream text_stream(std::string text, std::size_t step) {
    return
        [text = std::move(text), step, at = std::size_t{0}]() mutable -> Result<std::span<const std::byte>> {
            const auto piece = std::as_bytes(std::span(text)).subspan(at, std::min(step, text.size() - at));
            at += piece.size();
            return piece;
        };
}

/// A stream of `content` as an image. \param again whether it can be read twice
inline std::unique_ptr<card::ImageSource> image_of(const std::string& content, bool again = true,
                                                   std::optional<archive::BlockMap> map = {}) {
    constexpr std::size_t step = 100'000;  // no divisor of anything
    card::StreamParts parts{.name = "image",
                            .content = text_stream(content, step),
                            .size = content.size(),
                            .map = std::move(map)};
    if (again) {
        parts.reopen = [content]() -> Result<archive::ByteStream> { return text_stream(content, step); };
    }
    return std::make_unique<card::StreamImage>(std::move(parts));
}

/// A map of these ranges of blocks, with the checksums that `content` has.
inline archive::BlockMap map_of(const std::string& content, std::uint64_t block_size,
                                const std::vector<std::pair<std::uint64_t, std::uint64_t>>& ranges) {
    archive::BlockMap map{.image_size = content.size(), .block_size = block_size, .ranges = {}};
    for (const auto& [first, last] : ranges) {
        map.ranges.push_back({.first = first,
                              .last = last,
                              .checksum = sha256(std::string_view(content).substr(
                                  first * block_size, (last - first + 1) * block_size))});
    }
    return map;
}

/// Whether the card holds the bytes of `content` from `from` to `to`.
inline bool holds(const FakeBlockDevice& card, const std::string& content, std::size_t from, std::size_t to) {
    to = std::min(to, content.size());
    return to <= card.memory().size() &&
           std::memcmp(card.memory().data() + from, content.data() + from, to - from) == 0;
}
inline bool holds(const FakeBlockDevice& card, const std::string& content) {
    return holds(card, content, 0, content.size());
}

/// Runs an independent program of the field and gives what it said; skips the test where it is missing.
inline std::string run_tool(const std::vector<std::string>& argv) {
    const auto runner = host::make_process_runner();
    auto environment = host::Environment::of_this_process();
    environment.set("PATH", environment.get("PATH").value_or("") + ":/usr/sbin:/sbin");
    environment.set("LC_ALL", "C.UTF-8");
    if (!runner->find_program(argv.front(), environment)) SKIP(argv.front() << " is not installed");
    const auto exit = runner->run({.argv = argv, .environment = environment}, {});
    REQUIRE(exit);
    INFO(exit->output);
    CHECK(exit->success());
    return exit->output;
}
inline void run_shell(const std::string& script) {
    run_tool({"sh", "-c", script});
}

/// Writes to one card, and gives what became of it.
inline card::CardResult flash_one(card::ImageSource& image, device::BlockDevice& card,
                                  const card::FlashOptions& options = {}) {
    device::BlockDevice* const cards[] = {&card};
    return card::flash(image, cards, options, {}).value().at(0);
}

}  // namespace rpikit::test
