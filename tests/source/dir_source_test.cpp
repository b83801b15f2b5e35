#include <chrono>
#include <fstream>

#include "sdk/source/tree_scan.hpp"
#include "tests/source/fixture.hpp"

using namespace rpikit;
using test::SourceFixture;
namespace fs = std::filesystem;

namespace {

struct DirFixture : SourceFixture {
    fs::path tree = host.directory / "my linux";
    source::Request mine = request("dir:" + tree.string() + "/");
    DirFixture() {
        board.kernel.sources = {{.name = "pi", .provider = "git", .defconfig = "bcm2711_defconfig"}};
        test::write_kernel_tree(tree);
    }
    std::string identity() { return resolve(mine)->ready->identity; }
};

}  // namespace

TEST_CASE("a user's own tree is used where it lies and never written to") {
    DirFixture fixture;
    const auto before = source::scan_tree(fixture.tree).value();
    const auto found = fixture.fetch(fixture.mine);
    REQUIRE(found);
    CHECK(found->root == fs::canonical(fixture.tree));
    CHECK(found->mutable_tree);
    CHECK(found->version == "6.12.1");
    CHECK(found->source.defconfig == "bcm2711_defconfig");
    CHECK(source::scan_tree(fixture.tree).value() == before);
    CHECK(fixture.stored().empty());
    CHECK_FALSE(fs::exists(fixture.work / "rpi-kit.lock"));
}

TEST_CASE("every change of a user's tree changes its identity, and git's own files do not") {
    DirFixture fixture;
    auto last = fixture.identity();
    CHECK(fixture.identity() == last);
    const auto changed = [&] {
        const auto now = fixture.identity();
        const bool different = now != last;
        last = now;
        return different;
    };
    const auto file = fixture.tree / "fs/open.c";
    fs::last_write_time(file, fs::last_write_time(file) + std::chrono::nanoseconds(1));
    CHECK(changed());
    std::ofstream(file, std::ios::app) << "more";
    CHECK(changed());
    fs::permissions(file, fs::perms::owner_exec, fs::perm_options::add);
    CHECK(changed());
    fs::rename(file, fixture.tree / "fs/close.c");
    CHECK(changed());
    fs::create_directory(fixture.tree / "empty");
    CHECK(changed());
    fs::remove(fixture.tree / "scripts/run.sh");
    CHECK(changed());
    fs::create_directory(fixture.tree / ".git");
    std::ofstream(fixture.tree / ".git/index") << "x";
    CHECK_FALSE(changed());
}

TEST_CASE("a tree that was built in is refused with the cure") {
    DirFixture fixture;
    for (const auto* trace : {".config", "include/config", "arch/arm64/include/generated"}) {
        CAPTURE(trace);
        fs::create_directories(fixture.tree / trace);
        const auto found = fixture.fetch(fixture.mine);
        REQUIRE_FALSE(found);
        CHECK(found.error().hint.contains("ARCH=arm64 mrproper"));
        CHECK(render(found.error(), false).contains(trace));
        fs::remove_all(fixture.tree / trace);
    }
    fs::create_directories(fixture.tree / "arch/x86/include/generated");
    CHECK(fixture.fetch(fixture.mine));
}

TEST_CASE("a folder that holds no kernel is an error") {
    DirFixture fixture;
    const auto said = [&](const std::string& wanted) {
        const auto found = fixture.fetch(fixture.request(wanted));
        return found ? "" : render(found.error(), false);
    };
    CHECK(said("dir:" + fixture.work.string()).contains("holds no kernel tree"));
    CHECK(said("dir:/nonexistent").contains("/nonexistent is no folder"));
    fixture.host.directory.write("my linux/Makefile", "all:\n\techo\n");
    CHECK(said("dir:" + fixture.tree.string()).contains("gives no VERSION"));
    const auto unknown = fixture.fetch(fixture.request("raspi"));
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().kind == ErrorKind::usage);
    CHECK(fixture.fetch(fixture.request("pl")).error().hint.contains("'pi'"));
}

TEST_CASE("patches are not applied to a user's own tree, and that is said") {
    DirFixture fixture;
    fixture.board.kernel.patches = {fixture.host.directory.write("a.patch", "")};
    REQUIRE(fixture.fetch(fixture.mine));
    REQUIRE(fixture.host.warnings.size() == 1);
    CHECK(fixture.host.warnings.front().contains("not applied"));
}

TEST_CASE("auto passes over a folder that is not there, and keeps to the one it took") {
    DirFixture fixture;
    fixture.board.kernel.sources = {
        {.name = "mine", .provider = "dir", .path = fixture.host.directory / "none"},
        {.name = "other", .provider = "dir", .path = fixture.tree}};
    CHECK(fixture.fetch(fixture.request()).value().source.name == "other");
    CHECK(fixture.noted("'mine' is not to be had"));
    fs::rename(fixture.tree, fixture.host.directory / "none");
    // The choice is in the lock: another source does not slip in unnoticed.
    CHECK_FALSE(fixture.fetch(fixture.request()));
    auto update = fixture.request();
    update.update = true;
    CHECK(fixture.fetch(update).value().source.name == "mine");
}
