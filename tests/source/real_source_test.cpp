// Needs the distribution's linux-source package, from /usr/src or the mirror: run with `test_source
// "[real]"`.
#include <chrono>
#include <iostream>

#include "sdk/host/file.hpp"
#include "sdk/source/tree_scan.hpp"
#include "tests/source/fixture.hpp"
#include "tests/source/git_server.hpp"

using namespace rpikit;
using test::SourceFixture;
namespace fs = std::filesystem;

namespace {

double seconds(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::size_t count_entries(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::recursive_directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("the distribution's kernel source unpacks into the store as tar unpacks it", "[.][real]") {
    const fs::path archive = "/usr/src/linux-source-6.12.tar.xz";
    if (!fs::exists(archive)) SKIP("linux-source-6.12 is not installed");
    SourceFixture fixture;
    fixture.board.kernel.sources = {{.name = "a", .provider = "git", .defconfig = "defconfig"}};
    const auto folder = fixture.host.directory / "by tar";
    fs::create_directories(folder);
    const double tar = seconds([&] { test::run({"tar", "-C", folder.string(), "-xf", archive.string()}); });
    Result<source::SourceTree> tree;
    const double ours =
        seconds([&] { tree = fixture.fetch(fixture.request("archive:" + archive.string())); });
    REQUIRE(tree);
    const double scanned = seconds([&] { REQUIRE(source::scan_tree(tree->root)); });
    const double scanned_again = seconds([&] { REQUIRE(source::scan_tree(tree->root)); });
    std::cout << "tar xf: " << tar << " s, into the store: " << ours << " s, scan of "
              << count_entries(tree->root) << " entries: " << scanned << " s, again: " << scanned_again
              << " s\n";
    CHECK(tree->version.starts_with("6.12."));
    test::run(
        {"diff", "-r", "--no-dereference", (folder / "linux-source-6.12").string(), tree->root.string()});
}

TEST_CASE("the real package is found and pinned and unpacks", "[.][real]") {
    SourceFixture fixture;
    fixture.board.kernel.sources = {{.name = "distro",
                                     .provider = "distro",
                                     .package = "linux-source-9.99",
                                     .alternatives = {"linux-source-6.12", "linux-source-6.1"}}};
    Result<source::SourceTree> tree;
    const double fetched = seconds([&] { tree = fixture.fetch(fixture.request()); });
    INFO((tree ? "" : render(tree.error(), false)));
    REQUIRE(tree);
    std::cout << tree->pin << ": " << fetched << " s\n";
    CHECK(tree->pin.starts_with("package:linux-source-6."));
    CHECK(fixture.noted("in place of linux-source-9.99"));
    CHECK(fixture.resolve(fixture.request())->ready);
}

// Without the drivers and what is not built, a quarter of the files: git packs all of them three times.
// Whole folders are left out: git keeps no empty ones, and the trees are compared.
TEST_CASE("a git server with a kernel's tree is cloned, pinned and rebuilt from the lock", "[.][real]") {
    const fs::path archive = "/usr/src/linux-source-6.12.tar.xz";
    if (!fs::exists(archive)) SKIP("linux-source-6.12 is not installed");
    SourceFixture fixture;
    const auto repository = fixture.host.directory / "served/linux";
    fs::create_directories(repository);
    std::vector<std::string> unpack = {
        "tar", "-C", repository.string(), "--strip-components=1", "-xf", archive.string()};
    for (const auto* folder : {"drivers", "sound", "tools", "Documentation"})
        unpack.push_back(std::string("--exclude=linux-source-6.12/") + folder);
    test::run(unpack);
    fs::copy_file(repository / "arch/arm64/configs/defconfig",
                  repository / "arch/arm64/configs/bcm2711_defconfig");
    test::run({"git", "init", "-q", "-b", "rpi-6.12.y"}, repository);
    test::run({"git", "config", "gc.auto", "0"}, repository);
    test::run({"git", "-c", "core.compression=1", "add", "-A", "--force"}, repository);
    test::run({"git", "commit", "-q", "-m", "a kernel"}, repository);
    const test::GitServer server(repository.parent_path());
    fixture.board.kernel.sources = {{.name = "raspberrypi",
                                     .provider = "git",
                                     .url = server.url("linux"),
                                     .branch = "rpi-6.12.y",
                                     .defconfig = "bcm2711_defconfig"}};
    Result<source::SourceTree> tree;
    const double cloned = seconds([&] { tree = fixture.fetch(fixture.request()); });
    INFO((tree ? "" : render(tree.error(), false)));
    REQUIRE(tree);
    CHECK(fs::exists(tree->root / "arch/arm64/configs/bcm2711_defconfig"));
    test::run({"diff", "-r", "--no-dereference", "--exclude=.git", repository.string(), tree->root.string()});
    const auto commit = tree->pin;
    REQUIRE(host::remove_tree(fixture.host.host().cache / "store"));
    const double again = seconds([&] { tree = fixture.fetch(fixture.request()); });
    REQUIRE(tree);
    CHECK(tree->pin == commit);
    std::cout << commit << ": " << cloned << " s, unpacked again from the lock: " << again << " s\n";
}
