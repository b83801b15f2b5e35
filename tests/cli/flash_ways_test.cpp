// The ways an image comes, and the options of flash, on real loop devices.

#include <sys/mount.h>

#include <catch2/catch_test_macros.hpp>

#include "sdk/archive/block_map.hpp"
#include "sdk/support/sha256.hpp"
#include "tests/cli/flash_bench.hpp"
#include "tests/support/http_server.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace {

using test::mebibyte;

/// A mount point that does not stay mounted.
struct Mount {
    explicit Mount(const fs::path& folder) : where(folder) { fs::create_directories(folder); }
    ~Mount() { ::umount2(where.c_str(), MNT_DETACH); }
    Mount(const Mount&) = delete;
    Mount& operator=(const Mount&) = delete;

    bool mount(const fs::path& device) const {
        return ::mount(device.c_str(), where.c_str(), "ext4", 0, nullptr) == 0;
    }
    fs::path where;
};

/// Maps the first and the fifth MiB of an image of six.
archive::BlockMap map_of(const std::string& bytes) {
    archive::BlockMap map{.image_size = bytes.size(), .block_size = 4096, .ranges = {}};
    constexpr std::uint64_t blocks = mebibyte / 4096;
    for (const std::uint64_t first : {std::uint64_t{0}, 4 * blocks}) {
        map.ranges.push_back({.first = first,
                              .last = first + blocks - 1,
                              .checksum = sha256(std::string_view(bytes).substr(first * 4096, mebibyte))});
    }
    return map;
}

struct Bench : test::FlashBench {
    test::ProgramRun flash(const std::string& what, std::vector<std::string> more = {}) const {
        more.insert(more.begin(), {"flash", what, device(), "--yes", "--allow-fixed"});
        return run(more);
    }
    /// Whether the card has this MiB of the image; otherwise it is as it came, zero.
    bool has(std::size_t number) const {
        const auto card_content = host::read_file(card.file()).value();
        return card_content.compare(number * mebibyte, mebibyte, bytes, number * mebibyte, mebibyte) == 0;
    }
    void clear_card() const { shell("dd if=/dev/zero of=" + device() + " bs=1M count=16 conv=fsync"); }
    void shell(const std::string& script) const {
        const auto done = test::run_program({"/bin/sh", "-c", script},
                                            {.directory = folder.path(), .home = folder / "home"});
        INFO(script << '\n' << done.err);
        REQUIRE(done.code == 0);
    }
};

}  // namespace

TEST_CASE("a mounted card is refused, and unmounted when that is asked for") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    bench.shell("PATH=$PATH:/usr/sbin:/sbin mkfs.ext4 -q " + bench.device());
    const Mount mount(bench.folder / "mounted here");
    if (!mount.mount(bench.card.path())) SKIP("cannot mount");
    const auto refused = bench.flash("x.img");
    CHECK(refused.code == 1);
    CHECK(refused.err.contains("mounted here"));
    CHECK(refused.err.contains("--unmount"));
    CHECK_FALSE(bench.holds_image(bench.card));
    const auto run = bench.flash("x.img", {"--unmount"});
    INFO(run.err);
    CHECK(run.code == 0);
    CHECK(bench.holds_image(bench.card));
    const auto again = bench.flash("x.img");
    INFO(again.err);
    CHECK(again.code == 0);  // nothing is mounted any more
}

TEST_CASE("a block map that is named is the one that is used") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    auto map = map_of(bench.bytes);
    bench.folder.write("other name.bmap", map.text());
    const auto run = bench.flash("x.img", {"--bmap", "other name.bmap"});
    INFO(run.err);
    CHECK(run.code == 0);
    CHECK(run.out.contains("written and verified: 2.0 MiB"));
    for (const std::size_t number : {0U, 4U})
        CHECK(bench.has(number));
    for (const std::size_t number : {1U, 2U, 3U, 5U})
        CHECK_FALSE(bench.has(number));
    const auto both = bench.flash("x.img", {"--bmap", "other name.bmap", "--whole"});
    CHECK(both.code == 2);
    map.image_size += 4096;
    bench.folder.write("larger.bmap", map.text());
    const auto other = bench.flash("x.img", {"--bmap", "larger.bmap"});
    CHECK(other.code == 1);
    CHECK(other.err.contains("the block map is not the one of x.img"));
}

TEST_CASE("a block map whose checksums are wrong is not passed over when nothing is read back") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    auto map = map_of(bench.bytes);
    map.ranges[1].checksum = sha256("something else");
    bench.folder.write("x.img.bmap", map.text());
    for (const auto& more : {std::vector<std::string>{"--no-verify"}, {}}) {
        const auto run = bench.flash("x.img", more);
        INFO(run.out << run.err);
        CHECK(run.code == 1);
        CHECK(run.err.contains("differs from its block map"));
        CHECK(bench.has_note(bench.card));
    }
    CHECK(bench.flash("x.img", {"--whole", "--no-verify"}).code == 0);
    CHECK(bench.holds_image(bench.card));
}

TEST_CASE("a delta by a block map writes what differs of the mapped blocks") {
    NEEDS_LOOP_DEVICES();
    Bench bench;
    bench.folder.write("x.img.bmap", map_of(bench.bytes).text());
    REQUIRE(bench.flash("x.img").code == 0);
    const auto same = bench.flash("x.img", {"--delta"});
    INFO(same.out << same.err);
    CHECK(same.code == 0);
    CHECK(same.out.contains("written and verified: 0 B, 2.0 MiB was there already"));
    bench.bytes[4 * mebibyte + 7] ^= 1;
    bench.bytes[5 * mebibyte + 7] ^= 1;  // not mapped
    bench.folder.write("x.img", bench.bytes);
    bench.folder.write("x.img.bmap", map_of(bench.bytes).text());
    const auto changed = bench.flash("x.img", {"--delta"});
    CHECK(changed.code == 0);
    CHECK(changed.out.contains("written and verified: 2.0 MiB, in "));
    CHECK(bench.has(0));
    CHECK(bench.has(4));
    CHECK_FALSE(bench.has(5));
}

TEST_CASE("an image comes from an address") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    SECTION("of a server") {
        bench.shell("zstd -q x.img");
        test::HttpServer server(bench.folder.path());
        const auto run = bench.flash(server.url("/x.img.zst"));
        INFO(run.err);
        CHECK(run.code == 0);
        CHECK(bench.holds_image(bench.card));
        const auto missing = bench.flash(server.url("/y.img"));
        CHECK(missing.code == 1);
        CHECK(missing.err.contains("404"));
        server.set_fault("/x.img.zst", {.truncate_at = 3 * mebibyte});
        CHECK(bench.flash(server.url("/x.img.zst")).code == 1);
        CHECK(bench.has_note(bench.card));
    }
    SECTION("of a file, however it is written") {
        fs::rename(bench.image, bench.folder / "my image.img");
        const auto path = (bench.folder / "my%20image.img").string();
        for (const char* start : {"file://", "file://localhost", "file:"}) {
            const auto run = bench.flash(start + path, {"--delta"});
            INFO(start << '\n' << run.err);
            CHECK(run.code == 0);
            CHECK(bench.holds_image(bench.card));
        }
        const auto missing = bench.flash("file:///no%20image");
        CHECK(missing.code == 1);
        CHECK(missing.err.contains("there is no image /no image\n"));
    }
    SECTION("of a file on the card itself, which is refused") {
        const auto run = bench.flash("file://" + bench.card.file().string());
        CHECK(run.code == 1);
        CHECK(bench.untouched());
    }
}

TEST_CASE(
    "an image that is larger than the card by what is known of it is refused before anything is written") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    bench.shell(
        "cat x.img x.img x.img > large; zstd -q large; xz -1 -c large > large.xz; "
        "head -c 1000000 large.xz > half.xz");
    for (const char* image : {"large", "large.zst", "large.xz"}) {
        const auto run = bench.flash(image);
        INFO(image << '\n' << run.out << run.err);
        CHECK(run.code == 1);
        CHECK(run.err.contains("is too small: it has 16777216 bytes (16.0 MiB), the image 18874368"));
        const auto input = test::run_program(
            {"/bin/sh", "-c",
             "exec " RPIKIT_PROGRAM " flash - " + bench.device() + " --yes --allow-fixed < " + image},
            {.directory = bench.folder.path(), .home = bench.folder / "home"});
        CHECK(input.code == 1);
        // Of the input the end cannot be looked at first.
        CHECK(bench.untouched() == (image != std::string("large.xz")));
        bench.clear_card();
    }
    const auto half = bench.flash("half.xz");
    CHECK(half.code == 1);
    CHECK(half.err.contains("error: half.xz is damaged, or not whole"));
    CHECK(half.err.contains("xz --test half.xz"));
    CHECK(bench.untouched());
}

TEST_CASE("an image whose size is known at its end only, and that is larger than the card") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    bench.shell("(cat x.img x.img x.img) > large");
    for (const char* pack : {"zstd -q -c", "gzip -c", "bzip2 -c"}) {
        bench.shell(std::string("cat large | ") + pack + " > packed.img");
        const auto run = bench.flash("packed.img");
        INFO(pack << '\n' << run.out << run.err);
        CHECK(run.code == 1);
        CHECK(run.err.contains("a card may prove too small"));
        CHECK(run.out.contains("FAILED: packed.img is larger than " + bench.device()));
        CHECK(run.out.contains("the card has 16.0 MiB, and the image goes on behind its end"));
        CHECK(run.out.contains("nothing takes it for a finished card"));
        CHECK(run.err.contains("hint: take a larger card"));
        CHECK(bench.has_note(bench.card));
    }
}
