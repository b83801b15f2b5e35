#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "sdk/host/file.hpp"
#include "sdk/support/sha256.hpp"
#include "tests/source/fixture.hpp"
#include "tests/support/http_server.hpp"

using namespace rpikit;
using test::SourceFixture;
namespace fs = std::filesystem;

namespace {

/// A fixture whose board has one archive as its source.
struct ArchiveFixture : SourceFixture {
    fs::path archive = make_archive();
    std::string sha256 = sha256_file(archive).value();
    ArchiveFixture() { board.kernel.sources = {archive_source(archive, sha256)}; }
};

}  // namespace

TEST_CASE("an archive becomes a read-only tree in the store, pinned in the lock") {
    ArchiveFixture fixture;
    CHECK_FALSE(fixture.resolve(fixture.request())->ready);
    const auto tree = fixture.fetch(fixture.request());
    REQUIRE(tree);
    CHECK(tree->version == "6.12.1");
    CHECK(tree->pin == "sha256:" + fixture.sha256);
    CHECK(tree->identity == "sha256-" + fixture.sha256);
    CHECK(tree->source.name == "tarball");
    CHECK_FALSE(tree->mutable_tree);
    struct stat status{};
    REQUIRE(stat((tree->root / "scripts/run.sh").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0555);
    REQUIRE(stat(tree->root.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0555);

    const auto resolution = fixture.resolve(fixture.request());
    REQUIRE(resolution);
    REQUIRE(resolution->ready);
    CHECK(resolution->ready->root == tree->root);
    CHECK(resolution->ready->identity == tree->identity);
    CHECK(resolution->ready->version == "6.12.1");
    // What is in the store needs the archive no more.
    fs::remove(fixture.archive);
    CHECK(fixture.fetch({.wanted = "auto", .offline = true, .work = fixture.work}));
}

TEST_CASE("a wrong sha256 stops before anything is unpacked") {
    ArchiveFixture fixture;
    fixture.board.kernel.sources = {fixture.archive_source(fixture.archive, std::string(64, 'a'))};
    const auto tree = fixture.fetch(fixture.request());
    REQUIRE_FALSE(tree);
    const auto said = render(tree.error(), false);
    CHECK(said.contains("expected sha256 aaaa"));
    CHECK(said.contains(fixture.sha256));
    CHECK(said.contains("board.toml:7"));
    CHECK(fixture.stored().empty());
    CHECK_FALSE(fs::exists(fixture.work / "rpi-kit.lock"));
}

TEST_CASE("a truncated, corrupted or foreign archive leaves nothing in the store") {
    ArchiveFixture fixture;
    std::ifstream stream(fixture.archive, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    auto damaged = bytes;
    damaged[bytes.size() / 2] = static_cast<char>(damaged[bytes.size() / 2] ^ 1);
    const auto other = fixture.host.directory.write("other/x/readme", "no kernel");
    test::run({"tar", "-C", other.parent_path().parent_path().string(), "-cf",
               (fixture.host.directory / "other.tar").string(), "x"});
    const std::vector<std::pair<fs::path, std::string>> cases = {
        {fixture.host.directory.write("cut", bytes.substr(0, bytes.size() / 2)), "truncated"},
        {fixture.host.directory.write("damaged", damaged), "damaged"},
        {fixture.host.directory.write("text", "no archive"), "cannot unpack"},
        {fixture.host.directory / "other.tar", "holds no kernel tree"},
        {fixture.host.directory / "missing", "No such file"}};
    for (const auto& [file, message] : cases) {
        CAPTURE(file);
        const auto tree = fixture.fetch(fixture.request("archive:" + file.string()));
        REQUIRE_FALSE(tree);
        CHECK(render(tree.error(), false).contains(message));
        CHECK(fixture.stored().empty());
    }
}

TEST_CASE("an archive of the command line is configured like the board's source it resembles") {
    ArchiveFixture fixture;
    fixture.board.kernel.sources = {{.name = "vendor", .provider = "git", .defconfig = "none_defconfig"},
                                    {.name = "pi",
                                     .provider = "git",
                                     .defconfig = "bcm2711_defconfig",
                                     .profile = "vendor",
                                     .cmdline = "console=x"}};
    const auto request = fixture.request("archive:" + fixture.archive.string());
    const auto tree = fixture.fetch(request);
    REQUIRE(tree);
    CHECK(tree->source.defconfig == "bcm2711_defconfig");
    CHECK(tree->source.profile == "vendor");
    CHECK(tree->source.cmdline == "console=x");
    REQUIRE(fixture.resolve(request)->ready);
    CHECK(fixture.resolve(request)->source.profile == "vendor");
    // Asked for by name, it is not what "auto" takes from now on.
    const auto lock = source::Lock::load(fixture.work / "rpi-kit.lock");
    REQUIRE(lock);
    CHECK_FALSE(lock->chosen_source("test"));

    fs::rename(fixture.make_archive(2), fixture.archive);
    CHECK_FALSE(fixture.resolve(request)->ready);
    const auto changed = fixture.fetch(request);
    REQUIRE_FALSE(changed);
    CHECK(render(changed.error(), false).contains("--update"));
    auto update = request;
    update.update = true;
    CHECK(fixture.fetch(update).value().version == "6.12.2");
}

TEST_CASE("killed while it unpacks, the next run cleans up and ends with the whole tree") {
    ArchiveFixture fixture;
    const int status = test::in_child([&] {
        bool first = true;
        return source::fetch(fixture.host.host(), fixture.board, fixture.request(),
                             [&](std::uint64_t, std::uint64_t) {
                                 if (!std::exchange(first, false)) raise(SIGKILL);
                             })
            .has_value();
    });
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGKILL);
    REQUIRE(fixture.stored().size() == 1);
    CHECK(fixture.stored().front().starts_with("."));
    CHECK_FALSE(fixture.resolve(fixture.request())->ready);

    const auto tree = fixture.fetch(fixture.request());
    REQUIRE(tree);
    CHECK(fixture.stored() == std::vector{tree->identity});
    CHECK(fs::exists(tree->root / "arch/arm64/configs/bcm2711_defconfig"));
}

TEST_CASE("interrupted while it unpacks, nothing is left in the store") {
    ArchiveFixture fixture;
    std::stop_source stop;
    fixture.host.host().stop = stop.get_token();
    const auto tree = source::fetch(fixture.host.host(), fixture.board, fixture.request(),
                                    [&](std::uint64_t, std::uint64_t) { stop.request_stop(); });
    REQUIRE_FALSE(tree);
    CHECK(tree.error().kind == ErrorKind::interrupted);
    CHECK(fixture.stored().empty());
    fixture.host.host().stop = {};
    CHECK(fixture.fetch(fixture.request()));
}

TEST_CASE("an archive is downloaded once, checked, and kept") {
    ArchiveFixture fixture;
    const test::HttpServer server(fixture.archive.parent_path());
    fs::copy_file(fixture.archive, fixture.host.directory / "linux.tar.xz");
    auto& source = fixture.board.kernel.sources[0];
    source.path.clear();
    source.url = server.url("/linux.tar.xz");
    const auto tree = fixture.fetch(fixture.request());
    REQUIRE(tree);
    CHECK(tree->identity == "sha256-" + fixture.sha256);
    REQUIRE(host::remove_tree(fixture.host.host().cache / "store"));
    CHECK(fixture.fetch({.wanted = "auto", .offline = true, .work = fixture.work}));
    CHECK(server.requests().size() == 1);

    fixture.empty_cache();
    CHECK_FALSE(fixture.fetch({.wanted = "auto", .offline = true, .work = fixture.work}));
    source.sha256 = std::string(64, 'b');
    auto update = fixture.request();
    update.update = true;
    const auto wrong = fixture.fetch(update);
    REQUIRE_FALSE(wrong);
    CHECK(render(wrong.error(), false).contains(fixture.sha256));
    CHECK(fixture.stored().empty());
}

TEST_CASE("an archive named by its address is pinned by what it was the first time") {
    ArchiveFixture fixture;
    const test::HttpServer server(fixture.archive.parent_path());
    const auto served = fixture.host.directory / "linux.tar.xz";
    fs::copy_file(fixture.archive, served);
    const auto request = fixture.request("archive:" + server.url("/linux.tar.xz"));
    REQUIRE(fixture.fetch(request));
    REQUIRE(fixture.resolve(request)->ready);
    fs::rename(fixture.make_archive(2), served);
    fixture.empty_cache();
    CHECK_FALSE(fixture.fetch(request));
    auto update = request;
    update.update = true;
    CHECK(fixture.fetch(update).value().version == "6.12.2");
}

TEST_CASE("builds of several boards at once keep each other's pins") {
    ArchiveFixture fixture;
    std::vector<pid_t> children;
    for (const auto* name : {"one", "two", "three", "four"}) {
        const pid_t child = fork();
        if (child == 0) {
            fixture.board.name = name;
            _exit(fixture.fetch(fixture.request()) ? 0 : 1);
        }
        children.push_back(child);
    }
    for (const auto child : children) {
        int status = -1;
        REQUIRE(waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    const auto lock = source::Lock::load(fixture.work / "rpi-kit.lock");
    REQUIRE(lock);
    for (const auto* name : {"one", "two", "three", "four"})
        CHECK(lock->find(name, "tarball"));
    CHECK(fixture.stored().size() == 1);
}

TEST_CASE("a full disk is named, and leaves nothing behind") {
    ArchiveFixture fixture;
    const auto folder = fixture.host.directory / "small disk";
    fs::create_directories(folder);
    if (mount("none", folder.c_str(), "tmpfs", 0, "size=64k") != 0) SKIP("mounting a small disk needs root");
    struct Unmount {
        fs::path folder;
        ~Unmount() { umount2(folder.c_str(), MNT_DETACH); }
    } const unmount{folder};
    std::string noise(200'000, '\0');
    for (std::size_t i = 0; i < noise.size(); ++i)
        noise[i] = static_cast<char>(i * i >> 5U);
    std::ofstream(fixture.host.directory / "to pack/linux/large", std::ios::binary) << noise;
    const auto archive = fixture.host.directory / "large.tar";
    test::run({"tar", "-C", (fixture.host.directory / "to pack").string(), "-cf", archive.string(), "linux"});
    fixture.host.host().cache = folder;
    const auto tree = fixture.fetch(fixture.request("archive:" + archive.string()));
    REQUIRE_FALSE(tree);
    CHECK(render(tree.error(), false).contains("No space left on device"));
    CHECK_FALSE(tree.error().hint.empty());
    for (const auto& entry : fs::directory_iterator(folder / "store/sources")) {
        CHECK(entry.path().extension() == ".lock");
    }
}

TEST_CASE("a patched tree is its own, and its base stays as it was") {
    ArchiveFixture fixture;
    const auto base = fixture.fetch(fixture.request());
    REQUIRE(base);
    const auto first = fixture.host.directory.write(
        "0001 first.patch",
        "--- a/fs/open.c\n+++ b/fs/open.c\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n"
        "--- /dev/null\n+++ b/fs/new.c\n@@ -0,0 +1 @@\n+new\n");
    const auto second = fixture.host.directory.write(
        "0002.patch", "--- a/fs/open.c\n+++ b/fs/open.c\n@@ -1,3 +1,3 @@\n one\n-TWO\n+2\n three\n");
    fixture.board.kernel.patches = {first, second};
    CHECK_FALSE(fixture.resolve(fixture.request())->ready);
    const auto patched = fixture.fetch(fixture.request());
    REQUIRE(patched);
    CHECK(patched->identity != base->identity);
    const auto text = [](const fs::path& file) {
        std::ifstream stream(file);
        return std::string{std::istreambuf_iterator<char>(stream), {}};
    };
    CHECK(text(patched->root / "fs/open.c").starts_with("one\n2\nthree\n"));
    CHECK(text(patched->root / "fs/new.c") == "new\n");
    CHECK(text(base->root / "fs/open.c").starts_with("one\ntwo\nthree\n"));
    CHECK_FALSE(fs::exists(base->root / "fs/new.c"));
    CHECK(fs::hard_link_count(patched->root / "Makefile") == 2);
    CHECK(fs::is_symlink(patched->root / "scripts/fs"));
    const auto writable = fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write;
    for (const auto& entry : fs::recursive_directory_iterator(patched->root)) {
        CAPTURE(entry.path());
        if (!entry.is_symlink()) CHECK((entry.status().permissions() & writable) == fs::perms::none);
    }
    CHECK(fixture.resolve(fixture.request())->ready->identity == patched->identity);
    fixture.board.kernel.patches = {first};
    CHECK_FALSE(fixture.resolve(fixture.request())->ready);
}

TEST_CASE("a hunk that fails names the patch and the file") {
    ArchiveFixture fixture;
    const auto patch = fixture.host.directory.write(
        "0003-wrong.patch", "--- a/fs/open.c\n+++ b/fs/open.c\n@@ -1,3 +1,3 @@\n uno\n-due\n+DUE\n tre\n");
    fixture.board.kernel.patches = {patch};
    const auto tree = fixture.fetch(fixture.request());
    REQUIRE_FALSE(tree);
    const auto said = render(tree.error(), false);
    CHECK(said.contains("0003-wrong.patch does not apply"));
    CHECK(said.contains("fs/open.c: Hunk #1 FAILED"));
    CHECK(fixture.stored() == std::vector{"sha256-" + fixture.sha256});

    const auto absent =
        fixture.host.directory.write("0004.patch", "--- a/fs/none.c\n+++ b/fs/none.c\n@@ -1 +1 @@\n-a\n+b\n");
    fixture.board.kernel.patches = {absent};
    CHECK(render(fixture.fetch(fixture.request()).error(), false).contains("0004.patch does not apply"));
    fixture.board.kernel.patches = {fixture.host.directory / "missing.patch"};
    CHECK(render(fixture.fetch(fixture.request()).error(), false).contains("missing.patch"));
}
