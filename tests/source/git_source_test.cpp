#include <fstream>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"
#include "tests/source/fixture.hpp"
#include "tests/source/git_server.hpp"
#include "tests/support/fake_process.hpp"

using namespace rpikit;
using test::SourceFixture;
namespace fs = std::filesystem;

namespace {

/// A repository with a kernel tree on branch rpi-6.12.y, served, and a board that takes it.
struct GitFixture : SourceFixture {
    fs::path repository = host.directory / "served/linux";
    test::GitServer server;

    GitFixture() : server(make_repository(host.directory / "served/linux")) {
        board.kernel.sources = {{.name = "raspberrypi",
                                 .provider = "git",
                                 .url = server.url("linux"),
                                 .branch = "rpi-6.12.y",
                                 .defconfig = "bcm2711_defconfig"}};
    }

    static fs::path make_repository(const fs::path& folder) {
        test::write_kernel_tree(folder);
        test::run({"git", "init", "-q", "-b", "rpi-6.12.y"}, folder);
        commit_all(folder);
        return folder.parent_path();
    }
    static void commit_all(const fs::path& folder) {
        test::run({"git", "add", "-A"}, folder);
        test::run({"git", "commit", "-q", "-m", "a commit"}, folder);
    }
    std::string head() const {
        return std::string(trim(test::run({"git", "rev-parse", "HEAD"}, repository)));
    }
    /// The bare repository in the cache.
    fs::path mirror() {
        for (const auto& entry : fs::directory_iterator(host.host().cache / "git")) {
            if (entry.path().extension() == ".git") return entry.path();
        }
        FAIL("there is no mirror");
        return {};
    }
    /// Moves the branch on by one commit.
    void advance() const {
        std::ofstream(repository / "fs/open.c", std::ios::app) << "ten\n";
        commit_all(repository);
    }
};

}  // namespace

TEST_CASE("a branch of a git server is cloned, pinned, and rebuilt from the lock") {
    GitFixture fixture;
    const auto first = fixture.head();
    const auto tree = fixture.fetch(fixture.request());
    REQUIRE(tree);
    CHECK(tree->pin == "commit:" + first);
    CHECK(tree->version == "6.12.1");
    CHECK(fs::exists(tree->root / "arch/arm64/configs/bcm2711_defconfig"));
    CHECK(fs::read_symlink(tree->root / "scripts/fs") == "../fs");
    CHECK((fs::status(tree->root / "scripts/run.sh").permissions() & fs::perms::mask) == fs::perms(0555));
    CHECK_FALSE(fs::exists(tree->root / ".git"));

    fixture.advance();
    CHECK(fixture.resolve(fixture.request())->ready->identity == tree->identity);
    fixture.empty_cache();
    CHECK_FALSE(fixture.resolve(fixture.request())->ready);
    const auto again = fixture.fetch(fixture.request());
    REQUIRE(again);
    CHECK(again->pin == "commit:" + first);
    CHECK(again->identity == tree->identity);

    auto update = fixture.request();
    update.update = true;
    const auto newer = fixture.fetch(update);
    REQUIRE(newer);
    CHECK(newer->pin == "commit:" + fixture.head());
    CHECK(newer->identity != tree->identity);
    CHECK(fixture.resolve(fixture.request())->ready->pin == newer->pin);
    // Without history: the mirror holds the two commits fetched, not what lies between or before.
    CHECK(fixture.stored().size() == 2);
}

TEST_CASE("the tree is the commit's, whatever git is told by the repository's and the user's settings") {
    GitFixture fixture;
    fixture.host.directory.write("served/linux/.gitattributes",
                                 "fs/open.c text eol=crlf\nMakefile export-ignore\n");
    GitFixture::commit_all(fixture.repository);
    fixture.host.directory.write(
        "home/.gitconfig", "[core]\n\tautocrlf = true\n[tar]\n\tumask = user\n[fetch]\n\tprune = true\n");
    host::Environment environment = host::Environment::of_this_process().only({"PATH"});
    environment.set("HOME", (fixture.host.directory / "home").string());
    const host::Host host{.processes = fixture.host.host().processes,
                          .clock = fixture.host.clock,
                          .environment = environment,
                          .cache = fixture.host.host().cache,
                          .note = [](std::string_view) {},
                          .warn = [](std::string_view) {}};
    const auto tree = source::fetch(host, fixture.board, fixture.request());
    REQUIRE(tree);
    CHECK(fs::file_size(tree->root / "fs/open.c") == fs::file_size(fixture.repository / "fs/open.c"));
}

TEST_CASE("what a git that was killed left behind does not stop the next one") {
    GitFixture fixture;
    REQUIRE(fixture.fetch(fixture.request()));
    const auto folder = fixture.mirror();
    std::ofstream(folder / "shallow.lock") << "x";
    std::ofstream(folder / "objects/pack/tmp_pack_x") << "x";
    fixture.advance();
    auto update = fixture.request();
    update.update = true;
    REQUIRE(fixture.fetch(update));
    CHECK_FALSE(fs::exists(folder / "objects/pack/tmp_pack_x"));
}

TEST_CASE("a mirror that lost its objects is fetched again, one that was damaged is named") {
    GitFixture fixture;
    const auto first = fixture.fetch(fixture.request());
    REQUIRE(first);
    const auto store = fixture.host.host().cache / "store";
    const auto objects = fixture.mirror() / "objects";
    REQUIRE(host::remove_tree(store));
    REQUIRE(host::remove_tree(objects));
    fs::create_directories(objects);
    CHECK(fixture.fetch(fixture.request()).value().identity == first->identity);

    REQUIRE(host::remove_tree(store));
    // The tree that the commit names is gone, the commit itself is there.
    const auto tree = test::run(
        {"git", "--git-dir", fixture.mirror().string(), "rev-parse", first->pin.substr(7) + "^{tree}"});
    REQUIRE(fs::remove(objects / tree.substr(0, 2) / tree.substr(2, 38)));
    const auto damaged = fixture.fetch(fixture.request());
    REQUIRE_FALSE(damaged);
    CHECK(damaged.error().message.contains("cannot read the commit " + first->pin.substr(7)));
    CHECK(damaged.error().hint.contains("rm -rf"));
    CHECK(fixture.stored().empty());
}

TEST_CASE("a pinned commit that the server has lost is named, with the way on") {
    GitFixture fixture;
    const auto lost = fixture.head();
    REQUIRE(fixture.fetch(fixture.request()));
    fixture.empty_cache();
    test::run({"git", "commit", "-q", "--amend", "-m", "another"}, fixture.repository);
    test::run({"git", "reflog", "expire", "--expire=now", "--all"}, fixture.repository);
    test::run({"git", "gc", "-q", "--prune=now"}, fixture.repository);
    const auto tree = fixture.fetch(fixture.request());
    REQUIRE_FALSE(tree);
    CHECK(tree.error().message.contains(lost));
    CHECK(tree.error().hint.contains("--update"));
    CHECK(fixture.stored().empty());
    auto update = fixture.request();
    update.update = true;
    CHECK(fixture.fetch(update).value().pin == "commit:" + fixture.head());
}

TEST_CASE("a branch or server that is not there is an error, and auto takes the next source") {
    GitFixture fixture;
    fixture.board.kernel.sources[0].branch = "none";
    auto tree = fixture.fetch(fixture.request());
    REQUIRE_FALSE(tree);
    CHECK(render(tree.error(), false).contains("has no branch 'none'"));

    fixture.board.kernel.sources[0].branch = "rpi-6.12.y";
    fixture.server.stop();
    tree = fixture.fetch(fixture.request("raspberrypi"));
    REQUIRE_FALSE(tree);
    CHECK(render(tree.error(), false).contains("cannot reach git://127.0.0.1"));

    const auto archive = fixture.make_archive(9);
    fixture.board.kernel.sources.push_back(
        fixture.archive_source(archive, test::run({"sha256sum", archive.string()}).substr(0, 64)));
    tree = fixture.fetch(fixture.request());
    REQUIRE(tree);
    CHECK(tree->source.name == "tarball");
    CHECK(fixture.noted("'raspberrypi' is not to be had: cannot reach"));
    CHECK(fixture.noted("'tarball' is taken because 'raspberrypi' is not to be had"));
    // The choice stands, so the next run needs no network to know it.
    CHECK(fixture.resolve(fixture.request())->ready->source.name == "tarball");
}

TEST_CASE("offline nothing is asked for over the network") {
    GitFixture fixture;
    auto offline = fixture.request();
    offline.offline = true;
    auto tree = fixture.fetch(offline);
    REQUIRE_FALSE(tree);
    CHECK(tree.error().hint.contains("without --offline"));
    const auto online = fixture.fetch(fixture.request());
    REQUIRE(online);
    fixture.advance();
    fixture.server.stop();
    tree = fixture.fetch(offline);
    REQUIRE(tree);
    CHECK(tree->identity == online->identity);
    // The store lost its tree, the mirror has the commit.
    REQUIRE(host::remove_tree(fixture.host.host().cache / "store"));
    CHECK(fixture.fetch(offline).value().identity == online->identity);
    fixture.empty_cache();
    tree = fixture.fetch(offline);
    REQUIRE_FALSE(tree);
    CHECK(render(tree.error(), false).contains("is not in the cache"));
}

TEST_CASE("protocols that run programs, and addresses that look like options, are refused") {
    GitFixture fixture;
    fixture.board.kernel.sources[0].url = "ext::sh -c touch% " + (fixture.host.directory / "ran").string();
    CHECK_FALSE(fixture.fetch(fixture.request()));
    CHECK_FALSE(fs::exists(fixture.host.directory / "ran"));
    fixture.board.kernel.sources[0].url = "--upload-pack=touch " + (fixture.host.directory / "ran").string();
    CHECK_FALSE(fixture.fetch(fixture.request()));
    CHECK_FALSE(fs::exists(fixture.host.directory / "ran"));
}

TEST_CASE("a git server that never answers is given up, and that is said") {
    test::FakeProcessRunner processes;
    processes.answer("ls-remote", host::Exit{.timed_out = true});
    test::TestHost machine(processes);
    board::Board board;
    board.name = "test";
    board.kernel.sources = {
        {.name = "pi", .provider = "git", .url = "https://example.org/linux.git", .branch = "b"}};
    const auto tree = source::fetch(machine.host(), board, {.work = machine.directory.path()});
    REQUIRE_FALSE(tree);
    CHECK(tree.error().message == "https://example.org/linux.git does not answer within 10 s");
    REQUIRE(processes.commands.size() == 1);
    const auto& environment = *processes.commands[0].environment;
    CHECK(environment.get("GIT_TERMINAL_PROMPT") == "0");
    CHECK(environment.get("GIT_ALLOW_PROTOCOL") == "https:http:git:file:ssh");
}
