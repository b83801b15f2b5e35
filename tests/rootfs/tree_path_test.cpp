#include "sdk/rootfs/tree_path.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace rpikit;

namespace {

archive::FileTree merged_usr() {
    archive::FileTree tree;
    REQUIRE(tree.add_file("usr/bin/busybox", "x", 0755));
    REQUIRE(tree.add_symlink("usr/bin/sh", "busybox"));
    REQUIRE(tree.add_symlink("bin", "usr/bin"));
    REQUIRE(tree.add_symlink("sbin", "/usr/sbin"));
    REQUIRE(tree.add_symlink("usr/sbin", "bin"));
    return tree;
}

}  // namespace

TEST_CASE("links are followed inside the tree", "[rootfs]") {
    const auto tree = merged_usr();
    CHECK(rootfs::resolve(tree, "/bin/sh") == "usr/bin/busybox");
    CHECK(rootfs::resolve(tree, "sbin/../sbin//sh") == "usr/bin/busybox");
    CHECK(rootfs::resolve(tree, "/../../bin") == "usr/bin");
    CHECK_FALSE(rootfs::resolve(tree, "/bin/init"));
    CHECK_FALSE(rootfs::resolve(tree, "/bin/sh/further"));
}

TEST_CASE("links that go round in a circle lead nowhere", "[rootfs]") {
    archive::FileTree tree;
    REQUIRE(tree.add_symlink("a", "b"));
    REQUIRE(tree.add_symlink("b", "/a"));
    CHECK_FALSE(rootfs::resolve(tree, "/a"));
}
