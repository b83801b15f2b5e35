#include "sdk/archive/block_map.hpp"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>

#include "sdk/support/hash.hpp"
#include "sdk/support/sha256.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;

namespace {

/// The text with its own checksum put where there are as many zeros.
std::string sealed(std::string xml, const std::string& type) {
    auto hash = *Hash::of(type);
    hash.update(std::as_bytes(std::span(xml)));
    const auto digest = hash.finish();
    const std::string zeros(digest.size(), '0');
    if (xml.find(zeros) != std::string::npos) xml.replace(xml.find(zeros), zeros.size(), digest);
    return xml;
}

struct Text {
    std::string version = "2.0";
    std::string size = "10000";
    std::string block = "4096";
    std::string blocks = "3";
    std::string mapped = "2";
    std::string ranges = "<Range>0</Range><Range> 2 </Range>";
    std::string extra = {};
    std::string type = "sha256";
};

std::string xml_of(const Text& text) {
    const std::string zeros(text.type == "sha1" ? 40 : text.type == "sha512" ? 128 : 64, '0');
    return sealed(fmt::format("{}<bmap version=\"{}\"><ImageSize> {} </ImageSize><BlockSize>{}</BlockSize>"
                              "<BlocksCount>{}</BlocksCount><MappedBlocksCount>{}</MappedBlocksCount>"
                              "<ChecksumType>{}</ChecksumType><BmapFileChecksum>{}</BmapFileChecksum>"
                              "<BlockMap>{}</BlockMap></bmap>",
                              text.extra, text.version, text.size, text.block, text.blocks, text.mapped,
                              text.type, zeros, text.ranges),
                  Hash::of(text.type) ? text.type : "sha256");
}

}  // namespace

TEST_CASE("a block map that we write is read again") {
    const std::string hash = sha256("x");
    const archive::BlockMap map{
        .image_size = 1'000'000,
        .block_size = 4096,
        .ranges = {{.first = 0, .last = 7, .checksum = hash}, {.first = 244, .last = 244, .checksum = hash}}};
    const auto again = archive::parse_block_map(map.text(), "a.bmap").value();
    CHECK(again.image_size == 1'000'000);
    CHECK(again.mapped_bytes() == map.mapped_bytes());
    REQUIRE(again.ranges.size() == 2);
    CHECK(again.ranges[1].first == 244);
    CHECK(again.ranges[1].checksum == hash);
}

TEST_CASE("block maps of formats 1.2, 1.3, 1.4 and 2.0 are read") {
    CHECK(archive::parse_block_map(xml_of({}), "a").value().ranges.size() == 2);
    CHECK(archive::parse_block_map(xml_of({.version = "1.4", .type = "sha512"}), "a").value().checksum_type ==
          "sha512");
    CHECK(archive::parse_block_map(xml_of({.version = "2.1"}), "a"));

    const std::string old =
        "<?xml version=\"1.0\" ?>\n<!-- words -->\n<bmap version=\"1.3\">\n<ImageSize> 8192 </ImageSize>"
        "<BlockSize> 4096 </BlockSize><BlocksCount> 2 </BlocksCount><MappedBlocksCount> 2 "
        "</MappedBlocksCount>"
        "<BmapFileSHA1> 0000000000000000000000000000000000000000 </BmapFileSHA1><BlockMap>"
        "<Range sha1=\"0BEEC7B5EA3F0FDBC95D0DD47F3C5BC275DA8A33\"> 0-1 </Range></BlockMap></bmap>";
    const auto map = archive::parse_block_map(sealed(old, "sha1"), "a").value();
    CHECK(map.checksum_type == "sha1");
    CHECK(map.ranges[0].checksum == "0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33");
    CHECK_FALSE(archive::parse_block_map(old, "a"));

    const std::string oldest =
        "<bmap version=\"1.2\"><ImageSize>4096</ImageSize><BlockSize>4096</BlockSize><BlocksCount>1"
        "</BlocksCount><MappedBlocksCount>1</MappedBlocksCount><BlockMap><Range>0-0</Range></BlockMap></"
        "bmap>";
    CHECK(archive::parse_block_map(oldest, "a").value().ranges[0].checksum.empty());
}

TEST_CASE("a wrong block map is refused with what is wrong") {
    const struct {
        Text text;
        const char* says;
    } cases[] = {
        {{.version = "3.0"}, "version is 3.0"},
        {{.version = "0.9"}, "version is 0.9"},
        {{.version = "two"}, "version is \"two\""},
        {{.size = "0"}, "sizes"},
        {{.size = "-1"}, "no ImageSize"},
        {{.size = "18446744073709551616"}, "no ImageSize"},
        {{.size = "18446744073709551615"}, "sizes"},
        {{.size = "9223372036854775807", .block = "4096", .blocks = "3"}, "sizes"},
        {{.block = "0"}, "sizes"},
        {{.block = "18446744073709551615", .blocks = "1"}, "sizes"},
        {{.block = "ten"}, "no BlockSize"},
        {{.blocks = "4"}, "BlocksCount is 4"},
        {{.mapped = "3"}, "MappedBlocksCount is 3"},
        {{.ranges = "<Range>2-1</Range>"}, "ends before it starts"},
        {{.ranges = "<Range>0-1</Range><Range>1-2</Range>"}, "does not lie behind"},
        {{.ranges = "<Range>2</Range><Range>0</Range>"}, "does not lie behind"},
        {{.ranges = "<Range>2-3</Range>"}, "ends behind the image"},
        {{.ranges = "<Range>18446744073709551615</Range>"}, "ends behind the image"},
        {{.ranges = "<Range>one</Range>"}, "no range"},
        {{.ranges = "<Range>0-1-2</Range>"}, "no range"},
        {{.ranges = "<Range>-1</Range>"}, "no range"},
        {{.ranges = "<Range chksum=\"abc\">0-1</Range>"}, "wrong length"},
        {{.extra = "<!DOCTYPE bmap [<!ENTITY a \"aaaa\">]>"}, "document type"},
        {{.type = "md5"}, "type \"md5\""},
        {{.type = ""}, "type \"\""},
    };
    for (const auto& [text, says] : cases) {
        const auto map = archive::parse_block_map(xml_of(text), "a.bmap");
        INFO(says);
        REQUIRE_FALSE(map);
        REQUIRE_FALSE(map.error().causes.empty());
        INFO(map.error().causes[0]);
        CHECK(map.error().causes[0].contains(says));
        CHECK(map.error().message.contains("a.bmap"));
    }
    CHECK_FALSE(archive::parse_block_map("", "a"));
    CHECK_FALSE(archive::parse_block_map("<bmap version=\"2.0\">", "a"));
    CHECK_FALSE(archive::parse_block_map("<other/>", "a"));
}

TEST_CASE("one changed byte of a block map is noticed, wherever it is") {
    const auto xml = xml_of({});
    for (std::size_t i = 0; i < xml.size(); ++i) {
        auto changed = xml;
        changed[i] = changed[i] == '1' ? '2' : '1';
        INFO(i);
        CHECK_FALSE(archive::parse_block_map(changed, "a"));
    }
}

TEST_CASE("a block map is bounded in size and in ranges") {
    std::string ranges;
    for (int i = 0; i < 250'001; ++i)
        ranges += fmt::format("<Range>{}</Range>", i * 2);
    const auto many = archive::parse_block_map(
        xml_of({.size = "4096000000", .blocks = "1000000", .mapped = "250001", .ranges = ranges}), "a");
    REQUIRE_FALSE(many);
    CHECK(many.error().causes[0].contains("more than 250000 ranges"));
    const test::TempDir folder;
    const auto large = folder.write("large.bmap", xml_of({.ranges = std::string(17 << 20, ' ')}));
    CHECK_FALSE(archive::read_block_map(large));
    // Deep nesting of what is not looked at.
    std::string deep;
    for (int i = 0; i < 200'000; ++i)
        deep += "<a>";
    CHECK_FALSE(archive::parse_block_map(xml_of({.ranges = deep}), "a"));
}

TEST_CASE("the block map of an image is looked for with one ending after the other stripped") {
    const test::TempDir folder;
    const auto image = folder / "sd.card.img.xz";
    CHECK_FALSE(archive::find_block_map(image));
    for (const char* name : {"sd.bmap", "sd.card.bmap", "sd.card.img.bmap", "sd.card.img.xz.bmap"}) {
        folder.write(name, "");
        CHECK(archive::find_block_map(image) == folder / name);
    }
}
