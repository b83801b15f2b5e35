#include "sdk/image/image_reader.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <random>

#include "tests/image/program.hpp"
#include "tests/support/temp_dir.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using rpikit::test::run_tool;

namespace {

/// A FAT made by dosfstools and filled by mtools, `offset` bytes into the file.
fs::path make_fat(const test::TempDir& dir, const std::string& bits, std::uint64_t kib,
                  std::uint64_t offset = 0) {
    const fs::path image = dir / ("fat" + bits + ".img");
    std::ofstream(image).close();
    fs::resize_file(image, offset + kib * 1024);
    run_tool({"mkfs.fat", "-F", bits, "--offset", std::to_string(offset / 512), image.string(),
              std::to_string(kib)});
    return image;
}

void copy_in(const fs::path& image, std::uint64_t offset, const fs::path& file, const std::string& name) {
    run_tool({"mcopy", "-i", image.string() + "@@" + std::to_string(offset), file.string(), "::" + name});
}

void patch(const fs::path& image, std::uint64_t offset, std::string_view bytes) {
    std::fstream stream(image, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(offset));
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string slurp(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::string noise(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::string bytes(size, '\0');
    std::ranges::generate(bytes, [&] { return static_cast<char>(random()); });
    return bytes;
}

}  // namespace

TEST_CASE("files of FAT12, FAT16 and FAT32 are read back whole") {
    const test::TempDir dir;
    const std::uint64_t offset = 1 << 20;
    const std::string content = noise(300'001, 7);
    const auto file = dir.write("source", content);
    for (const auto& [bits, kib] :
         {std::pair{"12", 2000}, std::pair{"16", 20'000}, std::pair{"32", 40'000}}) {
        CAPTURE(bits);
        const auto image = make_fat(dir, bits, static_cast<std::uint64_t>(kib), offset);
        run_tool({"mmd", "-i", image.string() + "@@1048576", "::overlays"});
        copy_in(image, offset, file, "overlays/vc4-kms-v3d-pi4.dtbo");
        copy_in(image, offset, file, "KERNEL8.IMG");
        copy_in(image, offset, dir.write("empty", ""), "empty");
        CHECK(image::read_fat_file(image, offset, "Overlays/VC4-kms-v3d-pi4.DTBO").value() == content);
        CHECK(image::read_fat_file(image, offset, "kernel8.img").value() == content);
        CHECK(image::read_fat_file(image, offset, "empty").value().empty());
        CHECK(image::list_fat_files(image, offset).value() ==
              std::vector<std::string>{"KERNEL8.IMG", "empty", "overlays/vc4-kms-v3d-pi4.dtbo"});

        const auto missing = image::read_fat_file(image, offset, "overlays/nothing");
        REQUIRE_FALSE(missing);
        CHECK(missing.error().message.find("overlays/nothing") != std::string::npos);
        CHECK_FALSE(image::read_fat_file(image, offset, "overlays"));
        CHECK_FALSE(image::read_fat_file(image, offset, "kernel8.img/x"));
        CHECK_FALSE(image::read_fat_file(image, offset, "kernel8.img", 300'000));
    }
}

TEST_CASE("a chain of clusters that loops or leads out is an error") {
    const test::TempDir dir;
    const auto image = make_fat(dir, "16", 20'000);
    copy_in(image, 0, dir.write("source", noise(100'000, 1)), "big");
    const std::string boot = slurp(image).substr(0, 512);
    const auto reserved = static_cast<std::uint8_t>(boot[14]) + 256U * static_cast<std::uint8_t>(boot[15]);
    const std::uint64_t entry_3 = std::uint64_t{reserved} * 512 + 6;

    SECTION("loop") {
        patch(image, entry_3, std::string_view("\x02\x00", 2));
    }
    SECTION("outside") {
        patch(image, entry_3, "\xf0\xfe");
    }
    SECTION("free") {
        patch(image, entry_3, std::string_view("\x00\x00", 2));
    }
    SECTION("ends early") {
        patch(image, entry_3, "\xff\xff");
    }
    CHECK_FALSE(image::read_fat_file(image, 0, "big"));
}

TEST_CASE("folders that contain themselves are an error") {
    const test::TempDir dir;
    const auto image = make_fat(dir, "16", 20'000);
    run_tool({"mmd", "-i", image.string(), "::a", "::a/b"});
    const std::string bytes = slurp(image);
    const auto at = bytes.find("B          \x10");
    REQUIRE(at != std::string::npos);
    patch(image, at + 26, std::string_view("\x02\x00", 2));  // cluster of "b": that of "a"
    CHECK_FALSE(image::list_fat_files(image, 0));
}

TEST_CASE("random damage to a FAT never does worse than an error") {
    const test::TempDir dir;
    const auto image = make_fat(dir, "16", 9'000);
    run_tool({"mmd", "-i", image.string(), "::overlays"});
    copy_in(image, 0, dir.write("source", noise(50'000, 1)), "overlays/a long name.dtbo");
    const std::string good = slurp(image);
    std::mt19937 random(42);
    for (int round = 0; round < 300; ++round) {
        std::vector<std::size_t> damaged(8);
        const std::size_t where = round % 3 == 0 ? 64 : 60'000;  // the boot sector, or all tables
        for (std::size_t& at : damaged)
            at = random() % where;
        for (const std::size_t at : damaged)
            patch(image, at, std::string(1, static_cast<char>(random())));
        const auto paths = image::list_fat_files(image, 0);
        const auto content = image::read_fat_file(image, 0, "overlays/a long name.dtbo");
        CHECK((!content || content->size() < 9'216'000));
        if (paths) {
            for (const auto& path : *paths)
                CHECK(path.find("..") == std::string::npos);
        }
        for (const std::size_t at : damaged)
            patch(image, at, good.substr(at, 1));
    }
}

TEST_CASE("what is no file system, or is cut off, is refused") {
    const test::TempDir dir;
    CHECK_FALSE(image::list_fat_files(dir / "missing", 0));
    CHECK_FALSE(image::list_fat_files(dir.write("short", "abc"), 0));
    CHECK_FALSE(image::list_fat_files(dir.write("zeros", std::string(4096, '\0')), 0));
    CHECK_FALSE(image::list_fat_files(dir.write("zeros", std::string(4096, '\0')), ~std::uint64_t{0} - 100));
    const auto image = make_fat(dir, "16", 20'000);
    fs::resize_file(image, 5'000'000);
    CHECK_FALSE(image::list_fat_files(image, 0));
}

TEST_CASE("primary partitions of a master boot record are read") {
    const test::TempDir dir;
    const auto image = dir / "disk.img";
    std::ofstream(image).close();
    fs::resize_file(image, 64 << 20);
    const auto script = dir.write("script",
                                  "label: dos\nlabel-id: 0x1234abcd\n"
                                  "start=8192, size=16384, type=c, bootable\nstart=32768, type=83\n");
    run_tool({"sh", "-c", "sfdisk -q \"$1\" < \"$2\"", "sh", image.string(), script.string()});
    const auto partitions = image::read_partitions(image).value();
    REQUIRE(partitions.size() == 2);
    CHECK(partitions[0].number == 1);
    CHECK(partitions[0].offset == 4 << 20);
    CHECK(partitions[0].size == 8 << 20);
    CHECK(partitions[0].type == "0x0c");
    CHECK(partitions[1].partuuid == "1234abcd-02");
    CHECK(partitions[1].offset + partitions[1].size == 64 << 20);

    SECTION("a partition beyond the end is refused") {
        fs::resize_file(image, 60 << 20);
        CHECK_FALSE(image::read_partitions(image));
    }
    SECTION("partitions that overlap are refused") {
        patch(image, 446 + 16 + 8, std::string_view("\x00\x21\x00\x00", 4));
        CHECK_FALSE(image::read_partitions(image));
    }
    SECTION("no signature, no table") {
        patch(image, 510, std::string_view("\x00\x00", 2));
        CHECK_FALSE(image::read_partitions(image));
    }
}

TEST_CASE("a GPT is read, from its backup when the primary is damaged") {
    const test::TempDir dir;
    const auto image = dir / "disk.img";
    std::ofstream(image).close();
    fs::resize_file(image, 64 << 20);
    const auto script = dir.write(
        "script",
        "label: gpt\nstart=2048, size=4096, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=\"b\u00f6ot\", "
        "uuid=01234567-89AB-CDEF-0123-456789ABCDEF\n");
    run_tool({"sh", "-c", "sfdisk -q \"$1\" < \"$2\"", "sh", image.string(), script.string()});
    const auto check = [&] {
        const auto partitions = image::read_partitions(image);
        REQUIRE(partitions);
        REQUIRE(partitions->size() == 1);
        CHECK(partitions->front().offset == 1 << 20);
        CHECK(partitions->front().size == 2 << 20);
        CHECK(partitions->front().type == "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
        CHECK(partitions->front().partuuid == "01234567-89ab-cdef-0123-456789abcdef");
        CHECK(partitions->front().name == "b\u00f6ot");
    };
    SECTION("whole") {
        check();
    }
    SECTION("damaged header") {
        patch(image, 512 + 40, "x");
        check();
    }
    SECTION("damaged list") {
        patch(image, 1024 + 40, "x");
        check();
    }
    SECTION("both damaged") {
        patch(image, 512 + 40, "x");
        patch(image, (64 << 20) - 512 + 40, "x");
        CHECK_FALSE(image::read_partitions(image));
    }
}
