#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "sdk/image/fat_geometry.hpp"
#include "sdk/image/fat_names.hpp"
#include "sdk/image/image_reader.hpp"
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

namespace {

std::string short_text(const image::FatName& name) {
    return {name.short_name.begin(), name.short_name.end()};
}

/// One FAT partition, cut out of its image and found sound by fsck.fat.
struct FatImage {
    test::TempDir dir;
    fs::path part;

    explicit FatImage(const archive::FileTree& tree, std::optional<std::uint64_t> size = {},
                      std::uint64_t free = 0) {
        image::ImageRequest request{.seed = "seed", .timestamp = 1'700'000'000};
        request.layout = {.table = "mbr", .alignment = mib, .partitions = {}};
        request.layout.partitions.push_back(
            {.name = "boot", .filesystem = "vfat", .content = "boot", .size = size, .free = free});
        request.contents.push_back({.partition = request.layout.partitions[0], .tree = &tree});
        test::FakeProcessRunner runner;
        test::TestHost host(runner);
        const auto written = image::write_image(host.host(), request, dir / "disk.img");
        if (!written) FAIL(render(written.error(), false));
        part = dir / "part.img";
        run_tool({"dd", "status=none", "bs=1M", "skip=1", "conv=sparse", "if=" + (dir / "disk.img").string(),
                  "of=" + part.string()});
        run_tool({"fsck.fat", "-n", part.string()});
    }
};

}  // namespace

TEST_CASE("short names, case flags and long names") {
    const std::vector<std::string_view> names = {
        "CONFIG.TXT",         "config.txt2",        "kernel8.img",   "Image.gz", "a b",
        "long name one.dtbo", "long name two.dtbo", "LONGNA~1.DTB",  ".hidden",  "README",
        "start4.elf",         "tar.gz.xz",          "\u00fcber.txt", "noext."};
    const auto made = image::make_fat_names(names);
    const auto name = [&](std::string_view wanted) {
        return made[static_cast<std::size_t>(std::ranges::find(names, wanted) - names.begin())];
    };
    CHECK(short_text(name("CONFIG.TXT")) == "CONFIG  TXT");
    CHECK(name("CONFIG.TXT").long_name.empty());
    CHECK(name("CONFIG.TXT").case_flags == 0);
    CHECK(short_text(name("config.txt2")) == "CONFIG~1TXT");
    CHECK(short_text(name("kernel8.img")) == "KERNEL8 IMG");
    CHECK(name("kernel8.img").case_flags == 0x18);
    CHECK(short_text(name("Image.gz")) == "IMAGE~1 GZ ");
    CHECK(name("Image.gz").long_name == u"Image.gz");
    CHECK(short_text(name("a b")) == "AB~1       ");
    CHECK(short_text(name("LONGNA~1.DTB")) == "LONGNA~1DTB");
    CHECK(short_text(name("long name one.dtbo")) == "LONGNA~2DTB");
    CHECK(short_text(name("long name two.dtbo")) == "LONGNA~3DTB");
    CHECK(name(".hidden").long_name == u".hidden");
    CHECK(short_text(name("README")) == "README     ");
    CHECK(short_text(name("\u00fcber.txt")) == "_BER~1  TXT");
}

TEST_CASE("many alike names stay different") {
    std::vector<std::string> storage;
    storage.reserve(2000);
    for (int i = 0; i < 2000; ++i)
        storage.push_back(fmt::format("a long common name {}.dtbo", i));
    std::set<std::string> seen;
    for (const auto& made : image::make_fat_names({storage.begin(), storage.end()}))
        CHECK(seen.insert(short_text(made)).second);
}

TEST_CASE("names that FAT cannot hold are told apart from those it can") {
    for (const std::string& good :
         std::vector<std::string>{"a", "a b", " leading", "\u00fc", "a.b.c", "+,;=[]", std::string(255, 'x')})
        CHECK(image::check_fat_name(good));
    for (const std::string& bad : std::vector{
             std::string(), std::string("a:b"), std::string("a\\b"), std::string("a\tb"), std::string("end."),
             std::string("end "), std::string("\xff"), std::string("\xc0\x80"), std::string(256, 'x')})
        CHECK_FALSE(image::check_fat_name(bad));
    CHECK(image::fold_fat_name("\u00dcBER.Txt") == image::fold_fat_name("\u00fcber.tXT"));
    CHECK(image::fold_fat_name("a") != image::fold_fat_name("b"));
}

TEST_CASE("every size has a geometry inside the bounds of its type") {
    for (std::uint64_t size = image::smallest_fat; size < std::uint64_t{64} << 30; size += size / 50 + 512) {
        CAPTURE(size);
        const auto geometry = image::fat_geometry(size, 512);
        REQUIRE(geometry);
        CHECK(geometry->bits == (size < 128 * mib ? 16U : 32U));
        if (geometry->bits == 16) CHECK((geometry->clusters >= 4085 && geometry->clusters < 65525));
        if (geometry->bits == 32) CHECK(geometry->clusters >= 65525);
        const auto entries = std::uint64_t{geometry->fat_sectors} * 512 * 8 / geometry->bits;
        CHECK(entries >= geometry->clusters + 2);
        const auto end =
            geometry->data_sector() + std::uint64_t{geometry->clusters} * geometry->cluster_sectors;
        CHECK(end <= geometry->total_sectors);
        CHECK(geometry->data_sector() % 8 == 0);
    }
    CHECK_FALSE(image::fat_geometry(mib, 512));
}

TEST_CASE("trees come out of FAT16 and FAT32 as they went in, by mtools and by our reader") {
    archive::FileTree tree;
    for (int i = 0; i < 700; ++i)  // more than FAT16's usual root directory holds
        REQUIRE(tree.add_file(fmt::format("File number {}.txt", i),
                              noise(static_cast<std::size_t>(i % 50) * 100, static_cast<unsigned>(i))));
    for (int i = 0; i < 300; ++i)
        REQUIRE(tree.add_file(fmt::format("overlays/deep/er/vc4-kms-{}.dtbo", i),
                              noise(700, static_cast<unsigned>(i))));
    REQUIRE(tree.add_file("\u00dcml\u00e4ut \u4e2d\U0001f600.txt", "unicode"));
    REQUIRE(tree.add_directory("empty folder"));
    REQUIRE(tree.add_file("kernel8.img", noise(3'000'000, 5)));
    for (const std::uint64_t size : {12 * mib, 129 * mib}) {
        CAPTURE(size);
        const FatImage image(tree, size);
        const fs::path out = image.dir / "out";
        fs::create_directory(out);
        run_tool({"mcopy", "-s", "-n", "-m", "-i", image.part.string(), "::", out.string()});
        std::vector<std::string> paths;
        for (const auto& [path, entry] : tree.entries()) {
            if (entry.type != archive::FileType::regular) continue;
            paths.push_back(path);
            const auto& content = std::get<std::string>(entry.content);
            if (path.find('\xf0') == std::string::npos) CHECK(slurp(out / path) == content);
            if (paths.size() % 40 == 1) CHECK(image::read_fat_file(image.part, 0, path).value() == content);
        }
        CHECK(fs::is_directory(out / "empty folder"));
        std::ranges::sort(paths);
        CHECK(image::list_fat_files(image.part, 0).value() == paths);
    }
}

TEST_CASE("label, volume id and times are stored") {
    archive::FileTree tree;
    REQUIRE(tree.add("stamp", {.mtime = 1'234'567'890, .content = std::string("x")}));
    REQUIRE(tree.add("old", {.mtime = 0, .content = std::string("x")}));
    const FatImage image(tree);
    const auto listing = run_tool({"mdir", "-i", image.part.string(), "::"});
    INFO(listing);
    CHECK(listing.find("Volume in drive : is BOOT") != std::string::npos);
    CHECK(listing.find("2009-02-13  23:31") != std::string::npos);
    CHECK(listing.find("1980-01-01   0:00") != std::string::npos);
}

TEST_CASE("a partition sized from its content has the free room that was asked for") {
    archive::FileTree tree;
    REQUIRE(tree.add_file("file", noise(1'000'000, 1)));
    for (const std::uint64_t free : {0UL, 20 * mib, 126 * mib, 127 * mib, 200 * mib}) {
        CAPTURE(free);
        const FatImage image(tree, {}, free);
        CHECK(fs::file_size(image.part) < free + 8 * mib);
        const auto listing = run_tool({"mdir", "-i", image.part.string(), "::"});
        auto text = listing.substr(listing.rfind('\n', listing.rfind(" bytes free")));
        std::erase_if(text, [](char c) { return c < '0' || c > '9'; });
        CHECK(std::stoull(text) >= free);
    }
}
