#include <catch2/catch_test_macros.hpp>
#include <cstring>

#include "sdk/image/image_plan.hpp"
#include "tests/image/image_fixture.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using test::ImageFixture;
using test::mib;

namespace {

struct Loaders {
    ImageFixture fixture;
    archive::FileTree files;
    test::TempDir folder;
    test::FakeProcessRunner processes;
    test::TestHost host{processes};

    explicit Loaders(const std::string& table = "mbr") : fixture(table) {}

    void add(const std::string& name, std::uint64_t offset, std::size_t size) {
        REQUIRE(files.add_file(name, test::noise(size, 7)));
        fixture.request.raw.push_back({.name = name,
                                       .offset = offset,
                                       .entry = files.find(name),
                                       .where = {.file = "board.toml", .line = 9, .column = 1}});
    }
    Result<image::WrittenImage> write() {
        return image::write_image(host.host(), fixture.request, folder / "disk.img");
    }
    Error refusal() {
        const auto written = write();
        REQUIRE_FALSE(written);
        REQUIRE(written.error().where);
        CHECK(written.error().where->line == 9);
        CHECK_FALSE(std::filesystem::exists(folder / "disk.img"));
        return written.error();
    }
};

}  // namespace

TEST_CASE("boot loaders lie where the ROM reads them, and the table stays whole") {
    Loaders disk;
    disk.add("spl.bin", 8192, 100'001);
    disk.add("u-boot.itb", 2 * mib, 2 * mib);  // up to the first partition's first byte
    const auto written = disk.write();
    INFO((written ? "" : render(written.error(), false)));
    REQUIRE(written);
    const auto image = test::slurp(disk.folder / "disk.img");
    CHECK(image.substr(8192, 100'001) == test::noise(100'001, 7));
    CHECK(image.substr(2 * mib, 2 * mib) == test::noise(2 * mib, 7));
    CHECK(image.substr(510, 2) == "\x55\xaa");
    CHECK(written->partitions.front().offset == 4 * mib);
    // What is written to a card is what the block map has.
    CHECK(written->mapped >= 100'001 + 2 * mib);
}

TEST_CASE("a boot loader in the partition table is refused") {
    Loaders mbr;
    mbr.add("spl.bin", 0, 512);
    CHECK(mbr.refusal().message.contains("overlaps the MBR"));

    Loaders gpt("gpt");
    gpt.add("spl.bin", 8192, 512);
    const auto error = gpt.refusal();
    CHECK(error.message.contains("overlaps the entries of the GPT"));
    CHECK(error.hint.contains("mbr"));

    Loaders behind("gpt");
    behind.add("spl.bin", 17'408, 512);  // 34 sectors: protective MBR, header, 128 entries
    CHECK(behind.write());
}

TEST_CASE("a boot loader in the first partition, in another one or off a sector's start is refused") {
    Loaders large;
    large.add("u-boot.itb", 2 * mib, 2 * mib + 1);
    const auto error = large.refusal();
    CHECK(error.message.contains("overlaps the first partition"));
    CHECK(error.hint.contains("alignment = \"8M\""));

    Loaders two;
    two.add("u-boot.itb", 16384, 512);
    two.add("spl.bin", 8192, 8193);
    CHECK(two.refusal().message.contains("'u-boot.itb' overlaps 'spl.bin'"));

    Loaders odd;
    odd.add("spl.bin", 8193, 512);
    CHECK(odd.refusal().message.contains("not a multiple of 512"));
}

TEST_CASE("a boot loader at an offset past every disk is refused, although its end wraps to 0") {
    Loaders disk;
    disk.add("u-boot.itb", 16384, 512);
    disk.add("spl.bin", 18'446'744'073'709'551'104U, 512);  // 512 bytes before 2^64
    const auto error = disk.refusal();
    CHECK(error.message.contains("'spl.bin' overlaps the first partition"));
    CHECK(error.hint == "correct its offset");
}
