#include <catch2/catch_test_macros.hpp>

#include "sdk/host/process.hpp"
#include "sdk/image/image_plan.hpp"
#include "sdk/support/sha256.hpp"
#include "tests/image/image_fixture.hpp"
#include "tests/image/program.hpp"
#include "tests/support/test_host.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using archive::FileTree;
using test::mib;
using test::run_tool;

namespace {

/// Images with one f2fs partition, made by the f2fs-tools that are installed.
struct F2fsShop {
    std::unique_ptr<host::ProcessRunner> processes = host::make_process_runner();
    test::TestHost host{*processes, with_system_folders()};
    test::TempDir dir;
    image::ImageRequest request{.seed = "seed", .timestamp = 1'700'000'000};

    F2fsShop() {
        if (!processes->find_program("sload.f2fs", with_system_folders())) SKIP("no f2fs-tools");
        request.layout = {.table = "gpt", .alignment = mib, .partitions = {}};
        request.layout.partitions.push_back({.name = "root", .filesystem = "f2fs", .content = "rootfs"});
    }
    static host::Environment with_system_folders() {
        auto environment = host::Environment::of_this_process();
        environment.set("PATH", environment.get("PATH").value_or("") + ":/usr/sbin:/sbin");
        return environment;
    }
    Result<image::WrittenImage> write(const FileTree& tree, const std::string& name = "disk.img") {
        request.contents = {{.partition = request.layout.partitions[0], .tree = &tree}};
        return image::write_image(host.host(), request, dir / name);
    }
    /// The partition of an image as a file of its own.
    std::string partition(const image::WrittenImage& written, const std::string& name) const {
        const auto copy = (dir / (name + ".f2fs")).string();
        run_tool({"dd", "if=" + (dir / name).string(), "of=" + copy, "bs=1M", "status=none",
                  "skip=" + std::to_string(written.partitions[0].offset / mib),
                  "count=" + std::to_string(written.partitions[0].size / mib)});
        return copy;
    }
};

FileTree example() {
    FileTree tree;
    REQUIRE(tree.add_directory("proc", 0555));
    REQUIRE(tree.add_file("etc/hostname", "board\n"));
    REQUIRE(tree.add_file("bin/su", test::noise(70'000, 1), 04755));
    REQUIRE(tree.add_file("usr/lib/large", test::noise(9 * mib, 2)));
    REQUIRE(tree.add_symlink("sbin", "bin"));
    REQUIRE(tree.add("bin/other", {.hard_link = "bin/su"}));
    REQUIRE(tree.add("dev/console", {.type = archive::FileType::character_device, .device_major = 5}));
    return tree;
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
        ++found;
    return found;
}

}  // namespace

TEST_CASE("an f2fs is sound, the same every time, and its folder of work is gone") {
    F2fsShop shop;
    const auto tree = example();
    const auto first = shop.write(tree, "first.img");
    if (!first) FAIL(render(first.error(), false));
    const auto second = shop.write(tree, "second.img");
    REQUIRE(second);
    CHECK(first->sha256 == second->sha256);
    CHECK(image::check_image(shop.host.host(), shop.dir / "first.img", first->partitions));
    for (const auto& entry : fs::directory_iterator(shop.dir.path()))
        CHECK_FALSE(entry.path().filename().string().starts_with('.'));

    const auto copy = shop.partition(*first, "first.img");
    const auto checked = run_tool({"fsck.f2fs", "--dry-run", copy});
    CHECK(count(checked, "[Ok..]") > 8);
    CHECK_FALSE(checked.contains("[Fail]"));
    CHECK(run_tool({"blkid", "-p", copy}).contains("UUID=\"" + first->partitions[0].uuid));
}

TEST_CASE("an f2fs keeps modes and hard links, and files are hashed for the manifest") {
    F2fsShop shop;
    const auto written = shop.write(example());
    REQUIRE(written);
    const auto copy = shop.partition(*written, "disk.img");
    bool found = false;
    for (int inode = 4; inode < 20 && !found; ++inode) {
        // It offers to save the file, and fails when nobody answers.
        const auto dump = run_tool(
            {"sh", "-c", "dump.f2fs -i " + std::to_string(inode) + " " + copy + " </dev/null || true"});
        if (!dump.contains("[su]") && !dump.contains("[other]")) continue;
        found = true;
        CHECK(dump.contains("89ed"));  // S_IFREG | 04755
        const auto links = dump.substr(dump.find("i_links"));
        CHECK(links.substr(0, links.find('\n')).contains(": 2]"));
    }
    CHECK(found);
    for (const auto& file : written->files) {
        if (file.path == "etc/hostname") CHECK(file.sha256 == sha256("board\n"));
    }
}

TEST_CASE("what f2fs-tools cannot keep is refused or told") {
    F2fsShop shop;
    auto tree = example();
    auto entry = *tree.find("etc/hostname");
    entry.uid = 1000;
    REQUIRE(tree.add("home/me", entry));
    REQUIRE(shop.write(tree));
    REQUIRE(shop.host.warnings.size() == 1);
    CHECK(shop.host.warnings[0].contains("1 files"));
    CHECK(shop.host.warnings[0].contains("no owners"));

    REQUIRE(tree.add("run/pipe", {.type = archive::FileType::fifo}));
    const auto pipe = shop.write(tree);
    REQUIRE_FALSE(pipe);
    CHECK(render(pipe.error(), false).contains("run/pipe"));
}

TEST_CASE("an f2fs that is too small is refused before its programs run") {
    F2fsShop shop;
    shop.request.layout.partitions[0].size = 32 * mib;
    const auto tree = example();
    const auto small = shop.write(tree);
    REQUIRE_FALSE(small);
    CHECK(render(small.error(), false).contains("too small by"));
    CHECK_FALSE(fs::exists(shop.dir / "disk.img"));
}

TEST_CASE("a plan that no program can be run for makes no f2fs") {
    image::ImageRequest request{.seed = "seed"};
    request.layout = {.table = "mbr", .alignment = mib, .partitions = {}};
    request.layout.partitions.push_back({.name = "root", .filesystem = "f2fs", .content = "rootfs"});
    request.contents.push_back({.partition = request.layout.partitions[0]});
    CHECK_FALSE(image::plan_image(request, image::built_in_types()));
}
