#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <random>

#include "sdk/archive/archive.hpp"
#include "sdk/host/file.hpp"
#include "tests/archive/make_archive.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace rpikit::archive;
using test::Item;
namespace fs = std::filesystem;

namespace {

/// A folder to unpack to inside one of its own, so that what leads out is found.
struct Place {
    test::TempDir directory;
    fs::path archive = directory / "archive";
    fs::path folder = directory / "outside" / "inside";
    Place() { fs::create_directories(folder); }

    /// Unpacks `items`; says what was refused, "" when nothing was.
    std::string unpack(const std::vector<Item>& items, const UnpackOptions& options = {}) const {
        test::make_tar(archive, items);
        return unpack_file(options);
    }
    std::string unpack_file(const UnpackOptions& options = {}) const {
        const auto result = archive::unpack(archive, folder, options);
        return result ? "" : render(result.error(), false);
    }
    /// What lies beside the folder: nothing, unless something got out.
    std::size_t escaped() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder.parent_path()), fs::directory_iterator()) - 1);
    }
};

/// Makes the checksum of a tar header right again (POSIX.1-2017, pax, "ustar Interchange Format").
void set_checksum(std::string& bytes, std::size_t block) {
    if (bytes.substr(block + 257, 5) != "ustar") return;
    bytes.replace(block + 148, 8, 8, ' ');
    unsigned sum = 0;
    for (std::size_t i = 0; i < 512; ++i)
        sum += static_cast<unsigned char>(bytes[block + i]);
    for (std::size_t i = 6; i-- > 0; sum >>= 3U)
        bytes[block + 148 + i] = static_cast<char>('0' + (sum & 7U));
    bytes[block + 154] = '\0';
}

struct stat status_of(const fs::path& file) {
    struct stat status{};
    REQUIRE(lstat(file.c_str(), &status) == 0);
    return status;
}

}  // namespace

TEST_CASE("a tar of every compression unpacks with contents, modes, links and times") {
    const auto* filter = GENERATE("", "xz", "gzip", "zstd", "bzip2", "lz4");
    CAPTURE(filter);
    const Place place;
    const std::string large(700'000, 'x');
    test::make_tar(place.archive,
                   {test::directory("top", 0750),
                    {.path = "top/large", .content = large, .mode = 04755},
                    {.path = "top/sub/ä ö.txt", .content = "text"},
                    test::symlink("top/sub/link", "../large"),
                    {.path = "top/again", .hard_link = "top/large"}},
                   filter);
    const mode_t before = umask(077);
    CHECK(place.unpack_file() == "");
    umask(before);
    CHECK(test::read_whole(place.folder / "top/large") == large);
    CHECK(test::read_whole(place.folder / "top/sub/ä ö.txt") == "text");
    CHECK(fs::read_symlink(place.folder / "top/sub/link") == "../large");
    const auto status = status_of(place.folder / "top/large");
    CHECK((status.st_mode & 07777U) == 0755);  // set-id dropped, umask without effect
    CHECK(status.st_nlink == 2);
    CHECK(status.st_mtime == 1'600'000'000);
    CHECK((status_of(place.folder / "top").st_mode & 07777U) == 0750);
    CHECK(status_of(place.folder / "top").st_mtime == 1'600'000'000);
}

TEST_CASE("leading parts of names are dropped, of hard links too") {
    const Place place;
    const std::vector<Item> items{test::directory("linux-6.12"),
                                  {.path = "linux-6.12/Makefile", .content = "VERSION = 6"},
                                  {.path = "linux-6.12/again", .hard_link = "linux-6.12/Makefile"}};
    CHECK(place.unpack(items, {.strip_components = 1}) == "");
    CHECK(test::read_whole(place.folder / "again") == "VERSION = 6");
    CHECK_FALSE(fs::exists(place.folder / "linux-6.12"));
}

TEST_CASE("a read-only tree cannot be written to") {
    const Place place;
    CHECK(place.unpack({test::directory("a"), {.path = "a/run", .mode = 0755}, {.path = "a/x/y"}},
                       {.read_only = true}) == "");
    CHECK((status_of(place.folder / "a").st_mode & 0777U) == 0555);
    CHECK((status_of(place.folder / "a/x").st_mode & 0777U) == 0555);
    CHECK((status_of(place.folder / "a/run").st_mode & 0777U) == 0555);
    CHECK((status_of(place.folder / "a/x/y").st_mode & 0777U) == 0444);
}

TEST_CASE("the later of two entries of one name counts, also in the place of a link") {
    const Place place;
    CHECK(place.unpack({{.path = "victim", .content = "kept"},
                        test::symlink("file", "victim"),
                        {.path = "file", .content = "new"}}) == "");
    CHECK(test::read_whole(place.folder / "victim") == "kept");
    CHECK(test::read_whole(place.folder / "file") == "new");
}

TEST_CASE("names that lead out are refused") {
    const Place place;
    for (const auto* name : {"../x", "a/../../x", "/tmp/rpi-kit-escaped", "a/../x", ".."}) {
        CAPTURE(name);
        CHECK(place.unpack({{.path = name, .content = "out"}}).contains("refused"));
    }
    CHECK(place.escaped() == 0);
    CHECK_FALSE(fs::exists("/tmp/rpi-kit-escaped"));
}

TEST_CASE("links that lead out are refused") {
    const Place place;
    CHECK(place.unpack({test::symlink("l", "/etc")}).contains("refused"));
    CHECK(place.unpack({test::symlink("l", "..")}).contains("refused"));
    CHECK(place.unpack({test::symlink("a/l", "../../x")}).contains("refused"));
    // Climbs out of what another link points to, though each name counted by itself stays inside.
    CHECK(place
              .unpack({test::directory("p/q"), test::symlink("p/q/s", "."),
                       test::symlink("out", "p/q/s/../../..")})
              .contains("refused"));
    test::make_tar(place.directory / "secret", {{.path = "x"}});
    for (const auto* target : {"../../secret", "/etc/passwd", "a/../../../secret"}) {
        CAPTURE(target);
        CHECK(place.unpack({{.path = "hard", .hard_link = target}}).contains("refused"));
    }
    CHECK(place
              .unpack({test::directory("d/e"),
                       test::symlink("d/e/deep", "../.."),
                       {.path = "shallow", .hard_link = "d/e/deep"}})
              .contains("refused"));
    CHECK(place.escaped() == 0);
}

TEST_CASE("nothing is written through a link, not even one that stays inside") {
    const Place place;
    const auto said = place.unpack(
        {test::directory("real"), test::symlink("door", "real"), {.path = "door/file", .content = "x"}});
    CHECK(said.contains("refused: 'door' is no folder"));
    CHECK_FALSE(fs::exists(place.folder / "real/file"));
}

TEST_CASE("devices and pipes are refused") {
    const Place place;
    CHECK(place.unpack({{.path = "null", .type = FileType::character_device}}).contains("device"));
    CHECK(place.unpack({{.path = "disk", .type = FileType::block_device}}).contains("device"));
    CHECK(place.unpack({{.path = "pipe", .type = FileType::fifo}}).contains("device"));
    CHECK(fs::is_empty(place.folder));
}

TEST_CASE("an archive that unpacks to more than the limits is refused") {
    const Place place;
    test::make_tar(place.archive, {{.path = "zeros", .content = std::string(8 << 20, '\0')}}, "xz");
    REQUIRE(fs::file_size(place.archive) < 10'000);
    CHECK(place.unpack_file({.limits = {.bytes = 1 << 20}}).contains("more than 1.0 MiB"));
    CHECK(fs::file_size(place.folder / "zeros") <= (1 << 20));
    CHECK(place.unpack({{.path = "a"}, {.path = "b"}, {.path = "c"}}, {.limits = {.entries = 2}})
              .contains("more than 2 entries"));
}

TEST_CASE("a truncated archive is an error wherever it ends") {
    const auto* filter = GENERATE("", "xz", "gzip", "zstd");
    CAPTURE(filter);
    const Place place;
    std::string noise(100'000, '\0');
    for (std::size_t i = 0; i < noise.size(); ++i)
        noise[i] = static_cast<char>(i * i >> 7U);
    test::make_tar(place.archive, {{.path = "a", .content = noise}, {.path = "b", .content = noise}}, filter);
    const auto whole = test::read_whole(place.archive);
    for (const double part : {0.0, 0.1, 0.5, 0.9}) {
        CAPTURE(part);
        place.directory.write(
            "archive", whole.substr(0, static_cast<std::size_t>(static_cast<double>(whole.size()) * part)));
        CHECK(place.unpack_file().contains("cannot unpack"));
    }
    if (*filter != '\0') {
        place.directory.write("archive", whole.substr(0, whole.size() - 3));
        CHECK(place.unpack_file().contains("cannot unpack"));
    }
}

TEST_CASE("a plain tar cut between two entries is an error") {
    const Place place;
    test::make_tar(place.archive, {{.path = "a", .content = std::string(512, 'a')}, {.path = "b"}});
    place.directory.write("archive", test::read_whole(place.archive).substr(0, 1024));
    CHECK(place.unpack_file().contains("truncated"));
}

TEST_CASE("a corrupted archive is an error") {
    const Place place;
    test::make_tar(place.archive, {{.path = "a", .content = std::string(50'000, 'a') + "tail"}}, "xz");
    auto bytes = test::read_whole(place.archive);
    for (const std::size_t position : {std::size_t{20}, bytes.size() / 2, bytes.size() - 20}) {
        CAPTURE(position);
        auto damaged = bytes;
        damaged[position] = static_cast<char>(damaged[position] ^ 0x40);
        place.directory.write("archive", damaged);
        CHECK(place.unpack_file().contains("damaged"));
    }
    place.directory.write("archive", "this is no archive at all, whatever its name says\n");
    CHECK(place.unpack_file().contains("cannot unpack"));
    fs::remove(place.archive);
    CHECK(place.unpack_file().contains("No such file"));
}

TEST_CASE("no change of an archive's bytes makes anything appear outside of the folder") {
    const Place place;
    test::make_tar(place.archive, {test::directory("a"),
                                   {.path = "a/file", .content = std::string(600, 'f')},
                                   test::symlink("a/link", "../a/file"),
                                   {.path = "a/hard", .hard_link = "a/file"},
                                   test::directory("b"),
                                   test::symlink("b/up", ".."),
                                   {.path = "b/x", .content = "x"}});
    const auto whole = test::read_whole(place.archive);
    std::mt19937 random(1);  // the same changes in each run
    std::size_t refused = 0;
    for (int round = 0; round < 400; ++round) {
        auto bytes = whole;
        for (int i = 0; i < 3; ++i) {
            const auto block = random() % (bytes.size() / 512) * 512;
            // Names, sizes, kinds and link targets: the fields before the magic of a header.
            bytes[block + random() % 257] = "./\0a0127"[random() % 8];
            set_checksum(bytes, block);
        }
        place.directory.write("archive", bytes);
        if (!place.unpack_file({.limits = {.bytes = 1 << 20}}).empty()) ++refused;
        REQUIRE(place.escaped() == 0);
        REQUIRE(host::remove_tree(place.folder));
        fs::create_directories(place.folder);
    }
    CHECK(refused > 50);
    CHECK(refused < 400);
}

TEST_CASE("unpacking stops when it is asked to") {
    const Place place;
    test::make_tar(place.archive, {{.path = "a"}});
    std::stop_source stop;
    stop.request_stop();
    const auto result = archive::unpack(place.archive, place.folder, {.stop = stop.get_token()});
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::interrupted);
}

TEST_CASE("progress counts the compressed bytes up to all of them") {
    const Place place;
    test::make_tar(place.archive, {{.path = "a", .content = std::string(1 << 20, 'a')}});
    std::uint64_t last = 0;
    std::uint64_t total = 0;
    CHECK(place.unpack_file({.progress = [&](std::uint64_t done, std::uint64_t all) {
        CHECK(done >= last);
        last = done;
        total = all;
    }}) == "");
    CHECK(last == fs::file_size(place.archive));
    CHECK(total == last);
}
