#include "sdk/archive/file_tree.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace rpikit::archive;

TEST_CASE("a file tree makes missing parents and stays sorted") {
    FileTree tree;
    REQUIRE(tree.add_file("usr/bin/tool", "x", 0755));
    REQUIRE(tree.add_symlink("bin", "usr/bin"));
    REQUIRE(tree.find("usr/bin") != nullptr);
    CHECK(tree.find("usr/bin")->type == FileType::directory);
    CHECK(tree.find("usr/bin")->mode == 0755);
    CHECK(tree.find("usr/bin/tool")->mode == 0755);
    CHECK(tree.find("usr/lib") == nullptr);
    CHECK(tree.entries().begin()->first == "bin");
}

TEST_CASE("paths that lead out of a file tree are refused") {
    FileTree tree;
    for (const auto* path : {"/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "a/.", ".."}) {
        CAPTURE(path);
        CHECK_FALSE(tree.add_file(path, ""));
        CHECK_FALSE(check_tree_path(path));
        CHECK_FALSE(tree.add("copy", {.hard_link = path}));
    }
    CHECK_FALSE(check_tree_path(std::string("a\0b", 3)));
    CHECK(tree.empty());
    CHECK(check_tree_path("a/..b/.c"));
}

TEST_CASE("a file cannot hold files, nor take the place of a folder that does") {
    FileTree tree;
    REQUIRE(tree.add_file("a/b", ""));
    const auto below_file = tree.add_file("a/b/c", "");
    REQUIRE_FALSE(below_file);
    CHECK(below_file.error().message.contains("'/a/b' is not a folder"));
    CHECK_FALSE(tree.add_symlink("a", "elsewhere"));
    CHECK_FALSE(tree.add_file("", ""));
    REQUIRE(tree.add_directory("a", 0700));
    CHECK(tree.find("a")->mode == 0700);
    CHECK(tree.find("a/b") != nullptr);
}

TEST_CASE("merging puts a tree below a prefix and follows its hard links") {
    FileTree inner;
    REQUIRE(inner.add_file("x", "12345"));
    REQUIRE(inner.add("y", {.hard_link = "x"}));
    FileTree tree;
    REQUIRE(tree.add_file("etc/x", "old"));
    REQUIRE(tree.merge(inner, "etc"));
    CHECK(tree.find("etc/y")->hard_link == "etc/x");
    CHECK(read_content(*tree.find("etc/x")).value() == "12345");
    CHECK(tree.total_size() == 5);
}

TEST_CASE("a slice is read from its place, and one that is gone or shrunk is an error") {
    const test::TempDir folder;
    const auto file = folder.write("data", "0123456789");
    CHECK(read_content({.content = FileSlice{file, 2, 3}}).value() == "234");
    CHECK(content_size({.content = FileSlice{file, 2, 3}}) == 3);
    CHECK_FALSE(read_content({.content = FileSlice{file, 8, 3}}));
    const auto missing = read_content({.content = FileSlice{folder / "none", 0, 1}});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message.contains("none"));
}

TEST_CASE("no entry stays younger than the limit, older ones keep their time") {
    FileTree tree;
    REQUIRE(tree.add("old", {.mtime = 100}));
    REQUIRE(tree.add("new", {.mtime = 2000}));
    tree.limit_times(1000);
    CHECK(tree.find("old")->mtime == 100);
    CHECK(tree.find("new")->mtime == 1000);
}
