#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>

#include "sdk/archive/block_map.hpp"
#include "sdk/image/image_reader.hpp"
#include "sdk/support/sha256.hpp"
#include "tests/image/image_fixture.hpp"
#include "tests/image/program.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using test::mib;
using test::noise;
using test::run_tool;
using test::slurp;

TEST_CASE("a block map counts blocks and hashes itself") {
    const archive::BlockMap map{
        .image_size = 10'000,
        .block_size = 4096,
        .ranges = {{.first = 0, .last = 0, .checksum = "aa"}, {.first = 2, .last = 2, .checksum = "bb"}}};
    CHECK(map.mapped_blocks() == 2);
    CHECK(map.mapped_bytes() == 4096 + 10'000 - 8192);
    std::string text = map.text();
    CHECK(text.find("<BlocksCount>3</BlocksCount>") != std::string::npos);
    CHECK(text.find("<Range chksum=\"bb\">2</Range>") != std::string::npos);
    const auto at = text.find("<BmapFileChecksum>") + 18;
    const std::string hash = text.substr(at, 64);
    text.replace(at, 64, std::string(64, '0'));
    CHECK(sha256(text) == hash);
}

TEST_CASE("bmaptool writes from the map what we wrote, over a card full of old data") {
    const test::TempDir dir;
    test::FakeProcessRunner runner;
    test::TestHost host(runner);
    test::ImageFixture fixture("gpt");
    fixture.request.layout.partitions[1].free = 30 * mib;
    fixture.update();
    REQUIRE(fixture.boot.add_file("Image.gz", noise(20'000'000, 1)));
    for (int i = 0; i < 200; ++i)
        REQUIRE(fixture.root.add_file(fmt::format("etc/{}", i), noise(static_cast<std::size_t>(i) * 37, 2)));
    const auto image = dir / "sdcard.img";
    const auto written = image::write_image(host.host(), fixture.request, image).value();
    CHECK(written.mapped < 30 * mib);
    CHECK(fs::file_size(image) > 50 * mib);

    // Old data instead of zeros in the holes: everything that matters must be mapped.
    const auto card = dir.write("card", std::string(written.size, '\xa5'));
    run_tool({"bmaptool", "copy", image.string(), card.string()});
    const auto partitions = image::read_partitions(card).value();
    CHECK(image::read_fat_file(card, partitions[0].offset, "Image.gz").value() == noise(20'000'000, 1));
    run_tool({"e2fsck", "-fn", card.string() + "?offset=" + std::to_string(partitions[1].offset)});
    run_tool({"sh", "-c",
              "dd status=none bs=1M skip=\"$1\" count=\"$2\" if=\"$3\" of=\"$4\" && fsck.fat -n \"$4\"", "sh",
              std::to_string(partitions[0].offset / mib), std::to_string(partitions[0].size / mib),
              card.string(), (dir / "fat").string()});
    const auto out = dir / "out";
    fs::create_directory(out);
    run_tool({"debugfs", "-R", "rdump / " + out.string(),
              card.string() + "?offset=" + std::to_string(partitions[1].offset)});
    for (const auto& [path, entry] : fixture.root.entries()) {
        if (entry.type == archive::FileType::regular)
            CHECK(slurp(out / path) == std::get<std::string>(entry.content));
    }

    // bmaptool checks the hash of every range: one wrong byte must be found.
    std::fstream stream(image, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(partitions[0].offset));
    stream << 'x';
    stream.close();
    const auto said = run_tool(
        {"sh", "-c", "bmaptool copy \"$1\" \"$2\" 2>&1 || true", "sh", image.string(), card.string()});
    CHECK(said.find("checksum mismatch") != std::string::npos);
}
