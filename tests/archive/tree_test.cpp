#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "sdk/archive/archive.hpp"
#include "tests/archive/make_archive.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace rpikit::archive;
namespace fs = std::filesystem;

TEST_CASE("the tree of a folder has its modes, links and contents, owned by root") {
    const test::TempDir directory;
    const fs::path root = directory / "a root";
    directory.write("a root/etc/größe", "12345");
    fs::permissions(root / "etc/größe", fs::perms(0640));
    fs::create_symlink("/etc", root / "link");
    fs::create_hard_link(root / "etc/größe", root / "etc/same");
    REQUIRE(mkfifo((root / "pipe").c_str(), 0600) == 0);
    const auto tree = tree_from_directory(root);
    REQUIRE(tree);
    REQUIRE(tree->find("") != nullptr);
    const auto* first = tree->find("etc/größe");
    const auto* second = tree->find("etc/same");
    REQUIRE((first != nullptr && second != nullptr));
    CHECK(first->mode == 0640);
    CHECK(first->uid == 0);
    CHECK((first->hard_link.empty() != second->hard_link.empty()));
    CHECK(tree->total_size() == 5);
    CHECK(tree->find("link")->target == "/etc");
    CHECK(tree->find("pipe")->type == FileType::fifo);
    CHECK_FALSE(tree_from_directory(root / "etc/same"));
    CHECK(tree_from_directory(root.string() + "/").value().entries().size() == tree->entries().size());
}

TEST_CASE("extended attributes of a folder's files are kept") {
    const test::TempDir directory;
    const auto file = directory.write("root/x", "x");
    if (setxattr(file.c_str(), "user.note", "v\0w", 3, 0) != 0) SKIP("no extended attributes here");
    const auto tree = tree_from_directory(directory / "root");
    REQUIRE(tree);
    CHECK(tree->find("x")->xattrs.at("user.note") == std::string("v\0w", 3));
}

TEST_CASE("the tree of an archive has owners, devices, links and attributes, made on no disk") {
    const test::TempDir directory;
    test::make_tar(directory / "r.tar",
                   {test::directory("./", 0711),
                    {.path = "./bin/su",
                     .content = "first",
                     .mode = 04755,
                     .uid = 7,
                     .xattrs = {{"security.capability", std::string("\1\0\2", 3)}}},
                    {.path = "./bin/also", .content = "second!"},
                    {.path = "./bin/hard", .hard_link = "./bin/su"},
                    {.path = "./bin/harder", .hard_link = "./bin/hard"},
                    test::symlink("./sbin", "/usr/../../bin"),
                    {.path = "./dev/null", .type = FileType::character_device, .mode = 0666}},
                   "zstd");
    const auto tree = tree_from_archive(directory / "r.tar", directory / "spool");
    REQUIRE(tree);
    CHECK(tree->find("")->mode == 0711);
    const auto* su = tree->find("bin/su");
    REQUIRE(su != nullptr);
    CHECK(su->mode == 04755);
    CHECK(su->uid == 7);
    CHECK(su->xattrs.at("security.capability") == std::string("\1\0\2", 3));
    CHECK(read_content(*su).value() == "first");
    CHECK(read_content(*tree->find("bin/also")).value() == "second!");
    CHECK(tree->find("bin/hard")->hard_link == "bin/su");
    CHECK(tree->find("bin/harder")->hard_link == "bin/su");
    CHECK(tree->find("dev/null")->device_major == 1);
    CHECK(tree->find("dev/null")->device_minor == 3);
    CHECK(fs::file_size(directory / "spool") == 12);
}

TEST_CASE("a hostile archive gives no tree") {
    const test::TempDir directory;
    const auto said = [&](const std::vector<test::Item>& items, const UnpackOptions& options = {}) {
        test::make_tar(directory / "r.tar", items);
        const auto tree = tree_from_archive(directory / "r.tar", directory / "spool", options);
        return tree ? "" : render(tree.error(), false);
    };
    CHECK(said({{.path = "../x"}}).contains("leads out"));
    CHECK(said({{.path = "/x"}}).contains("absolute"));
    CHECK(said({{.path = "x", .hard_link = "y"}}).contains("not there"));
    CHECK(said({test::symlink("l", "/etc"), {.path = "l/x"}}).contains("not a folder"));
    CHECK(said({{.path = "x", .content = "12345"}}, {.limits = {.bytes = 4}}).contains("more than"));
    CHECK(said({{.path = "x"}, {.path = "y"}}, {.limits = {.entries = 1}}).contains("more than"));
}

TEST_CASE("a full disk is named when an archive's contents do not fit") {
    const test::TempDir directory;
    test::make_tar(directory / "r.tar", {{.path = "x", .content = "12345"}});
    const auto tree = tree_from_archive(directory / "r.tar", "/dev/full");
    REQUIRE_FALSE(tree);
    CHECK(render(tree.error(), false).contains("No space left on device"));
}

TEST_CASE("the tree of a package is that of its data archive") {
    const test::TempDir directory;
    test::make_tar(directory / "data", {{.path = "./bin/busybox", .content = "elf"}}, "xz");
    test::make_deb(directory / "b.deb", directory / "data", "data.tar.xz");
    const auto tree = tree_from_archive(directory / "b.deb", directory / "spool");
    REQUIRE(tree);
    CHECK(read_content(*tree->find("bin/busybox")).value() == "elf");
}
