#include <fstream>

#include "tests/source/fixture.hpp"
#include "tests/support/local_mirror.hpp"

using namespace rpikit;
using test::SourceFixture;
namespace fs = std::filesystem;

namespace {

/// The content of a linux-source package: a compressed kernel tree in miniature.
std::string packed_tree(int sublevel) {
    const test::TempDir folder;
    test::write_kernel_tree(folder / "linux-source", sublevel);
    test::run({"tar", "-C", folder.path().string(), "-cJf", (folder / "t").string(), "linux-source"});
    std::ifstream stream(folder / "t", std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

test::MirrorPackage kernel_package(const std::string& name, int sublevel) {
    return {.name = name,
            .version = "6.12." + std::to_string(sublevel) + "-1",
            .architecture = "all",
            .files = {{"usr/src/" + name + ".tar.xz", packed_tree(sublevel)}}};
}

/// A mirror with one kernel, and a board that takes it from there.
struct DistroFixture {
    test::LocalMirror mirror;
    test::MirrorPackage package = kernel_package("linux-source-6.12", 1);
    std::optional<SourceFixture> made;

    SourceFixture& start() {
        mirror.publish();
        if (!made) made.emplace(mirror.environment(mirror.sources()));
        made->board.kernel.sources = {{.name = "distro",
                                       .provider = "distro",
                                       .package = "linux-source-6.12",
                                       .alternatives = {"linux-source-6.1"}}};
        return *made;
    }
};

}  // namespace

TEST_CASE(
    "the distribution's kernel source is pinned by version and hash, and unpacked from inside its package") {
    DistroFixture distro;
    distro.mirror.add("", distro.package);
    auto& fixture = distro.start();
    const auto tree = fixture.fetch(fixture.request());
    INFO((tree ? "" : render(tree.error(), false)));
    REQUIRE(tree);
    CHECK(tree->version == "6.12.1");
    CHECK(tree->pin == "package:linux-source-6.12=6.12.1-1");
    CHECK(fs::exists(tree->root / "arch/arm64/configs/defconfig"));
    const auto lock = source::Lock::load(fixture.work / "rpi-kit.lock");
    REQUIRE(lock);
    CHECK("sha256-" + lock->find("test", "distro")->sha256 == tree->identity);

    // The mirror moves on; what is pinned stays as long as it can be had.
    distro.mirror.add("", kernel_package("linux-source-6.12", 2));
    distro.start();
    fixture.empty_cache();
    CHECK(fixture.fetch(fixture.request()).value().version == "6.12.1");

    fs::remove(distro.mirror.folder() / distro.mirror.path_of(distro.package).substr(1));
    CHECK(fixture.fetch(fixture.request()).value().version == "6.12.1");
    fixture.empty_cache();
    const auto gone = fixture.fetch(fixture.request());
    REQUIRE_FALSE(gone);
    CHECK(render(gone.error(), false).contains("cannot get linux-source-6.12 6.12.1-1"));
    CHECK(render(gone.error(), false).contains("has 6.12.2-1 now"));
    CHECK(gone.error().hint.contains("--update"));
    auto update = fixture.request();
    update.update = true;
    CHECK(fixture.fetch(update).value().version == "6.12.2");
}

TEST_CASE("an update asks the mirror itself, not the index of this morning") {
    DistroFixture distro;
    distro.mirror.add("", distro.package);
    auto& fixture = distro.start();
    REQUIRE(fixture.fetch(fixture.request()).value().version == "6.12.1");
    distro.mirror.add("", kernel_package("linux-source-6.12", 2));
    distro.start();
    CHECK(fixture.fetch(fixture.request()).value().version == "6.12.1");
    auto update = fixture.request();
    update.update = true;
    CHECK(fixture.fetch(update).value().version == "6.12.2");
}

TEST_CASE("an alternative is taken where the distribution lacks the package, and that is said") {
    DistroFixture distro;
    distro.mirror.add("", kernel_package("linux-source-6.1", 7));
    auto& fixture = distro.start();
    const auto tree = fixture.fetch(fixture.request());
    REQUIRE(tree);
    CHECK(tree->pin == "package:linux-source-6.1=6.12.7-1");
    CHECK(fixture.noted("linux-source-6.1 in place of linux-source-6.12"));
    fixture.board.kernel.sources[0].alternatives.clear();
    auto update = fixture.request();
    update.update = true;
    CHECK(render(fixture.fetch(update).error(), false).contains("has no package linux-source-6.12"));
}

TEST_CASE("a package in the cache serves offline, a spoilt pin is explained") {
    DistroFixture distro;
    distro.mirror.add("", distro.package);
    auto& fixture = distro.start();
    const auto tree = fixture.fetch(fixture.request());
    REQUIRE(tree);
    const auto asked = distro.mirror.server.requests().size();
    const source::Request offline{.wanted = "auto", .offline = true, .work = fixture.work};
    test::run({"chmod", "-R", "u+w", (fixture.host.host().cache / "store").string()});
    fs::remove_all(fixture.host.host().cache / "store");
    CHECK(fixture.fetch(offline).value().identity == tree->identity);
    CHECK(distro.mirror.server.requests().size() == asked);

    std::ofstream(fixture.work / "rpi-kit.lock")
        << "[[pin]]\nboard = 'test'\nsource = 'distro'\nvalue = 'what'\nsha256 = 'aa'\n";
    CHECK(fixture.fetch(offline).error().hint.contains("--update"));
}

TEST_CASE("a mirror that cannot be reached makes auto take the next source") {
    DistroFixture distro;
    distro.mirror.add("", distro.package);
    auto& fixture = distro.start();
    distro.mirror.server.set_fault("/dists/" + distro.mirror.codename() + "/Release", {.status = 503});
    distro.mirror.server.set_fault("/dists/" + distro.mirror.codename() + "/InRelease", {.status = 503});
    CHECK_FALSE(fixture.fetch(fixture.request()));
    const auto archive = fixture.make_archive(9);
    fixture.board.kernel.sources.push_back(
        fixture.archive_source(archive, test::run({"sha256sum", archive.string()}).substr(0, 64)));
    CHECK(fixture.fetch(fixture.request()).value().version == "6.12.9");
    CHECK(fixture.noted("'distro' is not to be had"));
}
