#include <archive.h>
#include <archive_entry.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <map>

#include "sdk/archive/archive.hpp"
#include "tests/archive/make_archive.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace rpikit::archive;

namespace {

FileTree sample() {
    FileTree tree;
    REQUIRE(tree.add("init", {.mode = 0755, .mtime = 1'700'000'000, .content = "#!/bin/sh\n"}));
    REQUIRE(tree.add("a-link", {.hard_link = "init"}));
    REQUIRE(tree.add_symlink("sbin", "usr/sbin"));
    REQUIRE(tree.add_file("etc/größe", "x"));
    REQUIRE(tree.add(
        "dev/console",
        {.type = FileType::character_device, .mode = 0600, .uid = 3, .device_major = 5, .device_minor = 1}));
    return tree;
}

struct Found {
    unsigned mode;
    std::int64_t inode;
    unsigned names;
    std::int64_t mtime;
    std::string content;
    unsigned device;
};

/// What libarchive's reader makes of a cpio.
std::map<std::string, Found> read_back(const std::filesystem::path& file) {
    std::map<std::string, Found> found;
    ::archive* handle = archive_read_new();
    archive_read_support_filter_all(handle);
    archive_read_support_format_cpio(handle);
    REQUIRE(archive_read_open_filename(handle, file.c_str(), 65536) == ARCHIVE_OK);
    archive_entry* entry = nullptr;
    while (archive_read_next_header(handle, &entry) == ARCHIVE_OK) {
        std::string content(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
        archive_read_data(handle, content.data(), content.size());
        const char* link = archive_entry_symlink(entry);
        found[archive_entry_pathname(entry)] = {
            archive_entry_mode(entry),
            archive_entry_ino64(entry),
            archive_entry_nlink(entry),
            archive_entry_mtime(entry),
            link != nullptr ? link : content,
            static_cast<unsigned>(archive_entry_rdevmajor(entry) * 256 + archive_entry_rdevminor(entry))};
    }
    archive_read_free(handle);
    return found;
}

}  // namespace

TEST_CASE("a cpio holds what the tree holds, in every compression") {
    const auto [compression, magic] =
        GENERATE(std::pair{Compression::none, "070701"}, std::pair{Compression::gzip, "\x1f\x8b"},
                 std::pair{Compression::xz,
                           "\xfd"
                           "7zXZ"},
                 std::pair{Compression::zstd, "\x28\xb5\x2f\xfd"});
    const test::TempDir directory;
    const auto file = directory / "initramfs";
    REQUIRE(write_cpio(sample(), file, compression));
    CHECK(test::read_whole(file).starts_with(magic));
    auto found = read_back(file);
    CHECK(found.size() == 7);
    CHECK(found["init"].mode == (AE_IFREG | 0755U));
    CHECK(found["init"].content == "#!/bin/sh\n");
    CHECK(found["init"].mtime == 1'700'000'000);
    CHECK(found["init"].names == 2);
    CHECK(found["a-link"].inode == found["init"].inode);
    CHECK(found["a-link"].content.empty());
    CHECK(found["sbin"].content == "usr/sbin");
    CHECK(found["etc/größe"].content == "x");
    CHECK(found["dev/console"].device == 5 * 256 + 1);
    CHECK(found["etc"].inode != found["dev"].inode);
}

TEST_CASE("the same tree gives the same cpio, and xz is what the kernel reads") {
    const test::TempDir directory;
    for (const auto compression :
         {Compression::none, Compression::gzip, Compression::xz, Compression::zstd}) {
        REQUIRE(write_cpio(sample(), directory / "one", compression));
        REQUIRE(write_cpio(sample(), directory / "two", compression));
        CHECK(test::read_whole(directory / "one") == test::read_whole(directory / "two"));
    }
    REQUIRE(write_cpio(sample(), directory / "one", Compression::gzip));
    // RFC 1952: no flags (no name), modification time 0.
    CHECK(test::read_whole(directory / "one").substr(3, 5) == std::string(5, '\0'));
    REQUIRE(write_cpio(sample(), directory / "one", Compression::xz));
    CHECK(test::read_whole(directory / "one").substr(6, 2) == std::string("\0\1", 2));  // check: CRC32
}

TEST_CASE("a cpio that cannot be written leaves the old one") {
    const test::TempDir directory;
    const auto file = directory.write("initramfs", "old");
    FileTree tree = sample();
    REQUIRE(tree.add("z", {.content = FileSlice{directory / "gone", 0, 1}}));
    CHECK_FALSE(write_cpio(tree, file, Compression::none));
    CHECK(test::read_whole(file) == "old");
    CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 1);
    FileTree dangling;
    REQUIRE(dangling.add("x", {.hard_link = "nothing"}));
    CHECK_FALSE(write_cpio(dangling, file, Compression::none));
    CHECK_FALSE(write_cpio(sample(), directory / "no/such/folder", Compression::none));
}
