#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include <catch2/catch_test_macros.hpp>

#include "sdk/host/file.hpp"
#include "tests/flasher/card/card_fixture.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/test_host.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using test::FakeBlockDevice;
using test::mib;
using test::run_shell;

namespace {

struct Sources {
    test::TempDir folder;
    test::FakeProcessRunner runner;
    test::TestHost machine{runner};

    Result<std::unique_ptr<card::ImageSource>> open(const std::string& what,
                                                    const card::ImageOptions& options = {}) {
        return card::open_image(machine.host(), what, options);
    }
    /// Opens and writes it. \returns the image's error, or the card's
    Result<card::CardResult> flash(const std::string& what, FakeBlockDevice& card,
                                   const card::ImageOptions& options = {}) {
        TRY_ASSIGN(const auto image, open(what, options));
        device::BlockDevice* const cards[] = {&card};
        TRY_ASSIGN(auto results, card::flash(*image, cards, {}, {}));
        if (results[0].failure) return fail(*results[0].failure);
        return std::move(results[0]);
    }
};

/// Half noise, half what compresses.
std::string an_image() {
    return test::noise(3 * mib, 30) + std::string(2 * mib + 77, 'x') + test::noise(mib, 31);
}

/// Each packs "image.img" into another file of the same folder.
struct Packed {
    const char* file;
    const char* command;
};
constexpr Packed all_packed[] = {
    {"a.xz", "xz -T2 --block-size=1MiB -c image.img > a.xz"},
    {"b.zst", "zstd -q -c image.img > b.zst"},
    {"c.gz", "gzip -c image.img > c.gz"},
    {"d.bz2", "bzip2 -c image.img > d.bz2"},
    {"e.zip", "echo words > README.txt && zip -q e.zip README.txt image.img"},
    // Told by their bytes, not by their names.
    {"f.img", "xz -c image.img > f.img"},
    {"members.gz", "(head -c 1000000 image.img | gzip; tail -c +1000001 image.img | gzip) > members.gz"},
};

void pack(const test::TempDir& folder, const Packed& packed) {
    run_shell("cd " + folder.path().string() + " && " + packed.command);
}

void cut_file(const fs::path& file, std::uint64_t bytes) {
    fs::resize_file(file, fs::file_size(file) - bytes);
}

void change_byte(const fs::path& file, std::uint64_t from_end) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(-static_cast<std::streamoff>(from_end), std::ios::end);
    const auto at = stream.tellg();
    const char byte = static_cast<char>(stream.get() ^ 1);
    stream.seekp(at);
    stream.put(byte);
}

}  // namespace

TEST_CASE("every compression gives the same card") {
    Sources sources;
    const auto content = an_image();
    sources.folder.write("image.img", content);
    for (const auto& packed : all_packed) {
        INFO(packed.file);
        pack(sources.folder, packed);
        FakeBlockDevice card(8 * mib);
        const auto result = sources.flash((sources.folder / packed.file).string(), card);
        REQUIRE(result);
        CHECK(result->verified);
        CHECK(result->written == content.size());
        CHECK(test::holds(card, content));
        // A wrong byte is written again from a second pass over the same file.
        FakeBlockDevice wrong(8 * mib);
        wrong.add_fault({.nth = 4, .kind = test::DeviceFaultKind::wrong_byte});
        const auto mended = sources.flash((sources.folder / packed.file).string(), wrong);
        REQUIRE(mended);
        CHECK(mended->rewritten == mib);
        CHECK(test::holds(wrong, content));
    }
    CHECK(sources.open((sources.folder / "a.xz").string()).value()->size_bytes() == content.size());
}

TEST_CASE("a compressed image that is truncated or damaged leaves no card finished") {
    for (const auto& packed : all_packed) {
        for (const bool truncated : {true, false}) {
            INFO(packed.file << (truncated ? " truncated" : " damaged"));
            Sources sources;
            sources.folder.write("image.img", an_image());
            pack(sources.folder, packed);
            const auto file = sources.folder / packed.file;
            if (truncated) {
                cut_file(file, fs::file_size(file) / 3);
            } else {
                // In the middle; and gzip's checksum, which stands alone before the size at the end.
                change_byte(file, std::string(packed.file) == "c.gz" ? 8 : fs::file_size(file) / 2);
            }
            FakeBlockDevice card(8 * mib);
            CHECK_FALSE(sources.flash(file.string(), card));
            CHECK_FALSE(test::holds(card, an_image(), 0, 512));
        }
    }
}

TEST_CASE("an .xz file or a zip that is not whole is refused before anything is written") {
    for (const auto& packed : {all_packed[0], all_packed[4], all_packed[5]}) {
        INFO(packed.file);
        Sources sources;
        sources.folder.write("image.img", an_image());
        pack(sources.folder, packed);
        const auto file = sources.folder / packed.file;
        cut_file(file, 1000);
        const auto image = sources.open(file.string());
        REQUIRE_FALSE(image);
        CHECK_FALSE(image.error().hint.empty());
    }
}

TEST_CASE("what a zstd frame says of its content is the least that a card must have") {
    Sources sources;
    for (const std::size_t size : {std::size_t{1}, std::size_t{255}, std::size_t{256}, std::size_t{65'791},
                                   std::size_t{65'792}, 6 * mib + 1}) {
        INFO(size);
        sources.folder.write("image.img", test::noise(size, 33));
        run_shell("cd " + sources.folder.path().string() +
                  " && zstd -q -f image.img && zstd -q -c < image.img > second.zst"
                  " && cat image.img | zstd -q -c > piped.zst && cat image.img.zst second.zst > both.zst");
        const auto image = sources.open((sources.folder / "image.img.zst").string()).value();
        CHECK(image->least_bytes() == size);
        CHECK_FALSE(image->size_bytes());
        CHECK(sources.open((sources.folder / "both.zst").string()).value()->least_bytes() == size);
        CHECK(sources.open((sources.folder / "piped.zst").string()).value()->least_bytes() == 0);
    }
    FakeBlockDevice small(4 * mib);
    const auto refused = sources.flash((sources.folder / "image.img.zst").string(), small);
    REQUIRE_FALSE(refused);
    CHECK(small.written == 0);
    CHECK(refused.error().message.contains("is larger than"));
    FakeBlockDevice card(8 * mib);
    CHECK_FALSE(sources.flash((sources.folder / "both.zst").string(), card));
}

TEST_CASE("how far a packed image is tells how much of it will be written") {
    Sources sources;
    const auto content = an_image();
    sources.folder.write("image.img", content);
    for (const auto& packed : all_packed) {
        INFO(packed.file);
        pack(sources.folder, packed);
        FakeBlockDevice card(8 * mib);
        device::BlockDevice* const cards[] = {&card};
        const auto image = sources.open((sources.folder / packed.file).string()).value();
        std::vector<card::CardProgress> seen;
        REQUIRE(card::flash(*image, cards,
                            {.progress =
                                 [&](const card::CardProgress& at) {
                                     if (at.phase == card::Phase::write) seen.push_back(at);
                                 }},
                            {}));
        REQUIRE(seen.size() == 7);
        for (const auto& at : seen) {
            CHECK(at.guessed != image->size_bytes().has_value());
            CHECK(at.total >= at.done);
        }
        CHECK((seen[3].total > 3 * mib && seen[3].total < 8 * mib));
        CHECK(seen.back().total == content.size());
    }
}

TEST_CASE("a zip without one image is refused before anything is written") {
    Sources sources;
    sources.folder.write("one.img", an_image());
    sources.folder.write("two.img", an_image());
    sources.folder.write("words.txt", "words");
    run_shell("cd " + sources.folder.path().string() +
              " && zip -q both.zip one.img two.img && zip -q none.zip words.txt");
    const auto both = sources.open((sources.folder / "both.zip").string());
    REQUIRE_FALSE(both);
    CHECK(both.error().message.contains("more than one image"));
    const auto none = sources.open((sources.folder / "none.zip").string());
    REQUIRE_FALSE(none);
    CHECK(none.error().message.contains("no image"));
}

TEST_CASE("holes of a sparse file are written as zeros, or left out when that is asked for") {
    Sources sources;
    const auto file = sources.folder / "sparse.img";
    const auto content = test::noise(mib, 32);
    std::ofstream stream(file, std::ios::binary);
    stream << content;
    stream.seekp(4 * mib);
    stream << content;
    stream.close();
    fs::resize_file(file, 7 * mib);
    FakeBlockDevice whole(8 * mib);
    REQUIRE(sources.flash(file.string(), whole));
    CHECK(whole.memory()[2 * mib] == std::byte{0});
    CHECK(whole.memory()[7 * mib - 1] == std::byte{0});
    CHECK(whole.memory()[7 * mib] == std::byte{0xa5});

    const auto image = sources.open(file.string(), {.skip_holes = true}).value();
    if (image->mapped_bytes() == 7 * mib) SKIP("the file system knows no holes");
    CHECK(image->mapped_bytes() == 2 * mib);
    FakeBlockDevice card(8 * mib);
    REQUIRE(sources.flash(file.string(), card, {.skip_holes = true}));
    CHECK(test::holds(card, content));
    CHECK(card.memory()[2 * mib] == std::byte{0xa5});
    CHECK(std::memcmp(card.memory().data() + 4 * mib, content.data(), mib) == 0);
}

TEST_CASE("an image of no bytes touches no card") {
    Sources sources;
    sources.folder.write("empty", "");
    sources.folder.write("image.img", "");
    for (const char* command : {"xz -c empty > e.xz", "gzip -c empty > e.gz", "zstd -q -c empty > e.zst"})
        run_shell("cd " + sources.folder.path().string() + " && " + command);
    for (const char* name : {"empty", "e.xz", "e.gz", "e.zst"}) {
        INFO(name);
        FakeBlockDevice card(8 * mib);
        CHECK_FALSE(sources.flash((sources.folder / name).string(), card));
    }
    const auto fifo = sources.folder / "nothing";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    std::jthread writer([&] { std::ofstream{fifo}; });
    const auto nothing = sources.open(fifo.string());
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().message.contains("empty"));
}

TEST_CASE("a block map is found beside the image, or given; a foreign one is refused") {
    Sources sources;
    const auto content = an_image();
    const auto map = test::map_of(content, 4096, {{0, 255}, {700, 900}});
    sources.folder.write("image.img", content);
    pack(sources.folder, all_packed[0]);
    fs::rename(sources.folder / "a.xz", sources.folder / "image.img.xz");
    sources.folder.write("image.bmap", map.text());
    for (const char* name : {"image.img", "image.img.xz"}) {
        const auto image = sources.open((sources.folder / name).string()).value();
        REQUIRE(image->block_map() != nullptr);
        CHECK(image->mapped_bytes() == (256 + 201) * 4096);
        FakeBlockDevice card(8 * mib);
        REQUIRE(sources.flash((sources.folder / name).string(), card));
        CHECK(test::holds(card, content, 700 * 4096, 901 * 4096));
        CHECK(card.memory()[mib + 1] == std::byte{0xa5});
        CHECK(sources.open((sources.folder / name).string(), {.whole = true}).value()->block_map() ==
              nullptr);
    }
    const auto other = sources.folder.write("other.img", content + "more");
    const auto given = sources.open(other.string(), {.block_map = sources.folder / "image.bmap"});
    REQUIRE_FALSE(given);
    CHECK(given.error().message.contains("is not the one of"));
    run_shell("cd " + sources.folder.path().string() + " && gzip -k other.img");
    FakeBlockDevice card(8 * mib);
    const auto longer = sources.flash((sources.folder / "other.img.gz").string(), card,
                                      {.block_map = sources.folder / "image.bmap"});
    REQUIRE_FALSE(longer);
    CHECK_FALSE(test::holds(card, content, 0, 512));
}

TEST_CASE("an image comes from the network without being stored") {
    Sources sources;
    const auto content = an_image();
    sources.folder.write("image.img", content);
    for (const auto& packed : all_packed)
        pack(sources.folder, packed);
    test::HttpServer server(sources.folder.path());
    server.set_fault("/moved.xz", {.location = server.url("/a.xz")});
    for (const char* path : {"/image.img", "/a.xz", "/b.zst", "/c.gz", "/e.zip", "/moved.xz"}) {
        INFO(path);
        FakeBlockDevice card(8 * mib);
        const auto result = sources.flash(server.url(path), card);
        REQUIRE(result);
        CHECK(test::holds(card, content));
    }
    CHECK(sources.open(server.url("/image.img")).value()->size_bytes() == content.size());
    for (const char* start : {"file://", "file://localhost", "file:"}) {
        FakeBlockDevice local(8 * mib);
        CHECK(sources.flash(start + (sources.folder.path() / "%61.xz").string(), local));
    }

    server.set_fault("/image.img", {.truncate_at = 4 * mib});
    server.set_fault("/a.xz", {.truncate_at = 2 * mib});
    server.set_fault("/b.zst", {.status = 500});
    server.set_fault("/c.gz", {.truncate_at = mib, .no_length = true});
    for (const char* path : {"/image.img", "/a.xz", "/b.zst", "/c.gz", "/missing.img"}) {
        INFO(path);
        FakeBlockDevice card(8 * mib);
        CHECK_FALSE(sources.flash(server.url(path), card));
        CHECK_FALSE(test::holds(card, content, 0, 512));
    }
}

TEST_CASE("a download whose end cannot be known is refused, unless a block map or its compression tells it") {
    Sources sources;
    const auto content = an_image();
    sources.folder.write("image.img", content);
    pack(sources.folder, all_packed[0]);
    test::HttpServer server(sources.folder.path());
    for (const char* path : {"/image.img", "/a.xz"})
        server.set_fault(path, {.no_length = true});
    const auto raw = sources.open(server.url("/image.img"));
    REQUIRE_FALSE(raw);
    CHECK(raw.error().message.contains("does not say how large"));
    FakeBlockDevice card(8 * mib);
    CHECK(sources.flash(server.url("/a.xz"), card));
    CHECK(test::holds(card, content));
}

TEST_CASE("an image comes through a pipe") {
    Sources sources;
    const auto content = an_image();
    sources.folder.write("image.img", content);
    const auto fifo = sources.folder / "pipe";
    for (const char* command :
         {"cat image.img", "xz -c image.img", "(head -c 1 image.img; sleep 0.1; tail -c +2 image.img)"}) {
        INFO(command);
        run_shell("rm -f " + fifo.string() + " && mkfifo " + fifo.string());
        run_shell("cd " + sources.folder.path().string() + " && (" + command + " > pipe) > said 2>&1 &");
        FakeBlockDevice card(8 * mib);
        const auto result = sources.flash(fifo.string(), card);
        REQUIRE(result);
        CHECK(test::holds(card, content));
    }
}

TEST_CASE("the path in a file: address") {
    for (const char* address : {"file:/a/b%20c", "file:///a/b%20c", "file://localhost/a/b%20c"}) {
        INFO(address);
        CHECK(card::file_of_address(address) == "/a/b c");
    }
    CHECK(card::file_of_address("file:///100%") == "/100%");
    CHECK(card::file_of_address("file:///%2") == "/%2");
    CHECK(card::file_of_address("file:///%zz%C3%A4") == "/%zz\xc3\xa4");
    for (const char* other : {"/a/b", "http://localhost/a", "files:/a", "-", ""})
        CHECK_FALSE(card::file_of_address(other));
}

TEST_CASE("what is no image is refused") {
    Sources sources;
    sources.folder.write("empty.img", "");
    CHECK_FALSE(sources.open((sources.folder / "empty.img").string()));
    CHECK_FALSE(sources.open((sources.folder / "missing.img").string()));
    CHECK_FALSE(sources.open(sources.folder.path().string()));
}

TEST_CASE("bmaptool and we read each other's block maps, and write the same bytes") {
    Sources sources;
    const auto file = sources.folder / "image.img";
    const auto folder = sources.folder.path().string();
    std::ofstream stream(file, std::ios::binary);
    for (const std::size_t at : {std::size_t{0}, 3 * mib + 4096, 5 * mib}) {
        stream.seekp(static_cast<std::streamoff>(at));
        stream << test::noise(400'000, static_cast<unsigned>(at));
    }
    stream.close();
    fs::resize_file(file, 7 * mib + 1000);
    test::run_tool({"bmaptool", "create", "-o", (sources.folder / "image.bmap").string(), file.string()});
    const auto theirs = archive::read_block_map(sources.folder / "image.bmap").value();
    CHECK(theirs.image_size == 7 * mib + 1000);
    CHECK_FALSE(theirs.ranges.empty());
    FakeBlockDevice card(8 * mib);
    REQUIRE(sources.flash(file.string(), card));

    // The map as we write it, taken by bmaptool.
    sources.folder.write("ours.bmap", theirs.text());
    const auto copied = sources.folder.write("copied", std::string(8 * mib, '\xa5'));
    test::run_tool({"bmaptool", "copy", "--bmap", folder + "/ours.bmap", file.string(), copied.string()});
    const auto content = host::read_file(copied).value();
    for (const auto& range : theirs.ranges)
        CHECK(test::holds(card, content, range.first * 4096, (range.last + 1) * 4096));
    CHECK(card.memory()[2 * mib] == std::byte{0xa5});
}
