#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "sdk/rootfs/rootfs.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace {

archive::FileTree root_tree() {
    archive::FileTree root;
    REQUIRE(root.add_directory("usr/lib"));
    REQUIRE(root.add_symlink("lib", "usr/lib"));
    REQUIRE(root.add_directory("tmp", 01777));
    REQUIRE(root.add_file("etc/motd", "old"));
    REQUIRE(root.add_file("etc/kept", "kept"));
    return root;
}

}  // namespace

TEST_CASE("a folder is laid over a root file system", "[rootfs]") {
    const test::TempDir folder;
    folder.write("etc/motd", "new");
    fs::permissions(folder.write("usr/bin/tool", "#!/bin/sh\n"), fs::perms(0755));
    folder.write("lib/firmware/chip.bin", "firmware");
    folder.write("tmp/note", "");
    fs::create_symlink("motd", folder / "etc/issue");
    if (::geteuid() == 0) REQUIRE(::chown((folder / "etc/motd").c_str(), 1234, 1234) == 0);
    auto root = root_tree();
    REQUIRE(rootfs::add_overlay(root, folder.path()));
    CHECK(archive::read_content(*root.find("etc/motd")).value() == "new");
    CHECK(root.find("etc/motd")->uid == 0);
    CHECK(archive::read_content(*root.find("etc/kept")).value() == "kept");
    CHECK(root.find("usr/bin/tool")->mode == 0755);
    CHECK(root.find("etc/issue")->target == "motd");
    // Through the link, which stays one; the folder keeps its rights.
    CHECK(root.find("lib")->type == archive::FileType::symlink);
    CHECK(root.find("usr/lib/firmware/chip.bin") != nullptr);
    CHECK(root.find("tmp")->mode == 01777);
}

TEST_CASE("a file does not take the place of a folder", "[rootfs]") {
    const test::TempDir folder;
    folder.write("etc", "a file");
    auto root = root_tree();
    const auto laid = rootfs::add_overlay(root, folder.path());
    REQUIRE_FALSE(laid);
    CHECK(laid.error().message.contains((folder / "etc").string()));
    CHECK_FALSE(rootfs::add_overlay(root, folder / "nowhere"));
}
