#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "flasher/card/read_card.hpp"
#include "flasher/card/shrink.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/bytes.hpp"
#include "tests/flasher/card/card_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using test::FakeBlockDevice;
using test::mib;
using test::run_shell;

namespace {

void put(FakeBlockDevice& card, std::size_t offset, const std::string& bytes) {
    std::memcpy(card.memory().data() + offset, bytes.data(), bytes.size());
}

/// A card as sfdisk lays it out, with noise in its first partition.
void lay_out(FakeBlockDevice& card, const test::TempDir& folder, const std::string& script) {
    const auto file = folder / "layout.img";
    run_shell("rm -f " + file.string() + " && truncate -s " + std::to_string(card.size_bytes()) + " " +
              file.string() + " && printf '" + script + "' | sfdisk -q " + file.string());
    put(card, 0, host::read_file(file).value());
    put(card, mib, test::noise(mib, 40));
}

constexpr const char* gpt = "label: gpt\\nstart=2048, size=4096\\nstart=8192, size=2048\\n";
constexpr const char* mbr = "label: dos\\nstart=2048, size=4096, type=c\\nstart=8192, size=2048, type=83\\n";

std::string bytes_of(const FakeBlockDevice& card, std::size_t size) {
    return {reinterpret_cast<const char*>(card.memory().data()), size};
}

/// A change of one field of the card, which no reader may believe.
struct Lie {
    std::size_t offset;
    std::uint32_t value;
};

}  // namespace

TEST_CASE("a card is read into a sparse file, and into a compressed one") {
    const test::TempDir folder;
    FakeBlockDevice card(8 * mib + 512);
    std::ranges::fill(card.memory(), std::byte{0});
    put(card, 10'000, test::noise(mib, 41));
    put(card, 8 * mib + 511, "x");
    for (const char* name : {"card.img", "card.img.xz", "card.img.zst", "card.img.gz"}) {
        INFO(name);
        std::uint64_t last = 0;
        const auto summary =
            card::read_card(card, folder / name, {.progress = [&](auto done, auto) { last = done; }}, {});
        REQUIRE(summary);
        CHECK(summary->size == card.size_bytes());
        CHECK(last == card.size_bytes());
        CHECK(summary->stored < 2 * mib);
    }
    run_shell("cd " + folder.path().string() +
              " && xz -dc card.img.xz | cmp - card.img && zstd -dcq card.img.zst | cmp - card.img && gzip "
              "-dc card.img.gz | cmp - card.img");
    CHECK(host::read_file(folder / "card.img").value() == bytes_of(card, 8 * mib + 512));
    CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 4);
}

TEST_CASE("what cannot be read to its end leaves no file") {
    for (const auto kind :
         {test::DeviceFaultKind::io_error, test::DeviceFaultKind::vanish, test::DeviceFaultKind::no_bytes}) {
        for (std::size_t nth = 0; nth < 4; ++nth) {
            const test::TempDir folder;
            FakeBlockDevice card(4 * mib);
            card.add_fault({.operation = test::DeviceOperation::read, .nth = nth, .kind = kind});
            CHECK_FALSE(card::read_card(card, folder / "card.img.xz", {}, {}));
            CHECK(fs::is_empty(folder.path()));
        }
    }
    const test::TempDir folder;
    FakeBlockDevice card(4 * mib);
    std::stop_source source;
    const auto stopped =
        card::read_card(card, folder / "card.img", {.progress = [&](auto, auto) { source.request_stop(); }},
                        source.get_token());
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().kind == ErrorKind::interrupted);
    CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("a card is cut behind its last partition") {
    const test::TempDir folder;
    for (const char* layout : {gpt, mbr}) {
        INFO(layout);
        FakeBlockDevice card(32 * mib);
        std::ranges::fill(card.memory(), std::byte{0});
        lay_out(card, folder, layout);
        put(card, 5 * mib - 100, test::noise(200, 42));
        const auto summary = card::read_card(card, folder / "card.img", {.shrink = true}, {});
        REQUIRE(summary);
        CHECK(summary->size == (layout == gpt ? 6 * mib : 5 * mib));
        const auto image = host::read_file(folder / "card.img").value();
        CHECK(image.size() == summary->size);
        CHECK(image.substr(mib, 4 * mib) == bytes_of(card, 5 * mib).substr(mib));
        // sfdisk tells a GPT whose backup is missing, damaged or not at the end.
        const auto said = test::run_tool({"sfdisk", "--verify", (folder / "card.img").string()});
        CHECK(said.contains("No errors detected"));
        const auto listed = test::run_tool({"sfdisk", "-d", (folder / "card.img").string()});
        CHECK(listed.contains("start=        8192, size=        2048"));
        CHECK_FALSE(listed.contains("corrupt"));
    }
}

TEST_CASE("a partition table that lies is refused") {
    const test::TempDir folder;
    FakeBlockDevice card(32 * mib);
    lay_out(card, folder, mbr);
    REQUIRE(card::cut_behind_partitions(card));
    // First sector and size of the first partition (UEFI 2.10, table 5.3), its type, the signature.
    for (const auto& [offset, value] :
         {Lie{454, 0xffffffff}, Lie{458, 0xffffffff}, Lie{458, 0}, Lie{454, 0}, Lie{508, 0}}) {
        FakeBlockDevice lying(32 * mib);
        lying.memory() = card.memory();
        store_le<std::uint32_t>(lying.memory(), offset, value);
        INFO(offset);
        CHECK_FALSE(card::cut_behind_partitions(lying));
    }
    lay_out(card, folder, gpt);
    REQUIRE(card::cut_behind_partitions(card));
    // Every byte of the header that counts, and of the first entry.
    for (std::size_t offset = 512; offset < 512 + 92; offset += 4) {
        FakeBlockDevice lying(32 * mib);
        lying.memory() = card.memory();
        lying.memory()[offset] ^= std::byte{0x80};
        INFO(offset);
        CHECK_FALSE(card::cut_behind_partitions(lying));
    }
    FakeBlockDevice lying(32 * mib);
    lying.memory() = card.memory();
    lying.memory()[1024 + 40] ^= std::byte{1};
    CHECK_FALSE(card::cut_behind_partitions(lying));
    // A table that says nothing wrong on a card that is smaller.
    FakeBlockDevice small(4 * mib);
    std::copy_n(card.memory().begin(), 4 * mib, small.memory().begin());
    CHECK_FALSE(card::cut_behind_partitions(small));
    FakeBlockDevice empty(4 * mib);
    CHECK_FALSE(card::cut_behind_partitions(empty));
    // The same table, counted in larger sectors, would end elsewhere.
    FakeBlockDevice larger_sectors(32 * mib, 4096);
    larger_sectors.memory() = card.memory();
    CHECK_FALSE(card::cut_behind_partitions(larger_sectors));
}
