// Every kind of file, cut off at every place and damaged at random: an error or a report, never worse.

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <random>

#include "sdk/inspect/difference.hpp"
#include "sdk/inspect/inspect.hpp"
#include "tests/image/image_fixture.hpp"
#include "tests/inspect/samples.hpp"

using namespace rpikit;

namespace {

namespace fs = std::filesystem;

const inspect::Options small{.limits = {.bytes = 4 << 20, .entries = 2000}, .list = true};

struct Sample {
    std::string name;
    std::string bytes;
    bool has_end;  ///< what is cut off before its end can be told
};

std::vector<Sample> samples() {
    const std::string core = test::kernel_core().substr(4096 + 500);  // without most of the padding
    const auto archive =
        test::cpio({{.name = "init", .content = "#!/bin/sh\n"}, {.name = "bin", .mode = 040755}});
    return {{"Image", test::arm64_image(core), false},
            {"vmlinux", test::elf(3, {{".text", core}}), true},
            {"Image.gz", test::packed(test::arm64_image(core), "gzip"), true},
            {"Image.xz", test::packed(test::arm64_image(core), "xz"), true},
            {"Image.zst", test::packed(test::arm64_image(core), "zstd"), true},
            {"Image.lz4", test::packed(test::arm64_image(core), "lz4"), true},
            {"Image.bz2", test::packed(test::arm64_image(core), "bzip2"), true},
            {"Image.lzma", test::packed(test::arm64_image(core), "lzma"), true},
            {"bzImage", test::bzimage(test::packed_lz4_legacy(test::elf(3, {{".text", core}}))), false},
            {"test.ko", test::module(), true},
            {"signed.ko", test::module("x"), false},
            {"initrd", archive + test::packed(archive, "zstd") + archive, false},
            {"board.dtb", test::device_tree(), true},
            {"acme.deb", test::deb({{.name = "./boot/config-1", .content = test::sample_config}}), false},
            {".config", test::sample_config, false}};
}

/// Everything that can be asked of a file.
bool look(const fs::path& file) {
    const auto report = inspect::inspect(file, small);
    (void)inspect::read_config(file, small);
    (void)inspect::read_inside(file, "init", small);
    return report.has_value();
}

/// Small enough that writing it does not count.
void write(const fs::path& file, std::string_view bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc).write(bytes.data(), std::ssize(bytes));
}

}  // namespace

TEST_CASE("every kind of file, cut off anywhere, is an error or what is left of it") {
    const test::TempDir dir;
    for (const auto& sample : samples()) {
        CAPTURE(sample.name);
        const auto file = dir / sample.name;
        write(file, sample.bytes);
        REQUIRE(look(file));
        const std::size_t step = sample.bytes.size() / 600 + 1;
        for (std::size_t size = 0; size < sample.bytes.size(); size += step) {
            write(file, std::string_view(sample.bytes).substr(0, size));
            const bool good = look(file);
            if (sample.has_end && good) FAIL("cut off at " << size << " it is still taken for whole");
        }
    }
}

TEST_CASE("every kind of file, damaged at random, does no harm") {
    const test::TempDir dir;
    std::mt19937 random(20);
    for (const auto& sample : samples()) {
        CAPTURE(sample.name);
        const auto file = dir / sample.name;
        for (int round = 0; round < 300; ++round) {
            auto bytes = sample.bytes;
            // The first bytes, where kinds and sizes are told, are hit as often as all the others.
            const std::size_t reach =
                round % 2 == 0 ? std::min<std::size_t>(bytes.size(), 128) : bytes.size();
            for (int i = 0; i <= round % 8; ++i)
                bytes[random() % reach] = static_cast<char>(random());
            write(file, bytes);
            look(file);
        }
    }
}

TEST_CASE("random bytes behind every signature do no harm") {
    const test::TempDir dir;
    const auto file = dir / "noise";
    for (const auto& sample : samples()) {
        for (unsigned seed = 0; seed < 60; ++seed) {
            const auto start = std::min<std::size_t>(sample.bytes.size(), 8U << seed % 8U);
            write(file, sample.bytes.substr(0, start) + test::noise(2000, seed));
            look(file);
        }
    }
}

TEST_CASE("an image cut off or damaged anywhere is an error or what is left of it") {
    const test::TempDir dir;
    for (const std::string table : {"mbr", "gpt"}) {
        CAPTURE(table);
        const auto file = test::disk_image(dir, table + ".img", table);
        const auto report = inspect::inspect(file, small);
        if (!report) FAIL(render(report.error(), false));
        const auto size = fs::file_size(file);
        const auto good = test::slurp(file);

        // Where bytes are not zero lie the tables; the image is mostly holes.
        std::vector<std::size_t> sectors;
        for (std::size_t at = 0; at < size; at += 512) {
            if (good.compare(at, 512, std::string(512, '\0')) != 0) sectors.push_back(at);
        }
        std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
        std::mt19937 random(7);
        const auto patch = [&](std::size_t at, char byte) {
            stream.seekp(static_cast<std::streamoff>(at));
            stream.put(byte);
            stream.flush();
        };
        for (int round = 0; round < 400; ++round) {
            std::vector<std::size_t> damaged;
            for (int i = 0; i < 6; ++i) {
                const auto sector = sectors[random() % (round % 3 == 0 ? 4 : sectors.size())];
                damaged.push_back(sector + random() % 512);
            }
            for (const auto at : damaged)
                patch(at, static_cast<char>(random()));
            (void)inspect::inspect(file, small);
            (void)inspect::read_inside(file, "2:/etc/hostname", small);
            for (const auto at : damaged)
                patch(at, good[at]);
        }
        CHECK(inspect::inspect(file, small));
        for (std::uint64_t cut = size / 2; cut > 0; cut = cut * 9 / 10) {
            fs::resize_file(file, cut - 1);
            CHECK_FALSE(inspect::inspect(file, small));
        }
    }
}
