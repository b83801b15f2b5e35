#include <catch2/catch_test_macros.hpp>

#include "sdk/host/file.hpp"
#include "sdk/host/lock_file.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/toolchain/store.hpp"
#include "sdk/toolchain/toolchain.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;

namespace fs = std::filesystem;

namespace {

/// A toolchain whose compiler is a script, packed as its makers would; and the file that describes it.
struct Release {
    std::unique_ptr<host::ProcessRunner> runner = host::make_process_runner();
    test::TestHost host{*runner, host::Environment::of_this_process()};
    fs::path archive = host.directory / "x-1.0.tar.gz";

    explicit Release(const std::string& tar_options = "") {
        for (const char* name : {"x-gcc", "x-ld"}) {
            const auto file = host.directory.write(std::string("x-1.0/bin/") + name,
                                                   "#!/bin/sh\necho 'x-gcc (Made up) 13.3.0'\n");
            fs::permissions(file, fs::perms(0755));
        }
        const std::string command =
            "tar -czf '" + archive.string() + "' -C '" + host.directory.path().string() + "' " + tar_options;
        REQUIRE(runner->run({.argv = {"sh", "-c", command + " x-1.0"}}, {})->success());
    }

    toolchain::Description describe(const std::string& hash) const {
        host.directory.write("toolchains/x.toml",
                             "description = \"x\"\ncross_compile = \"x-\"\n"
                             "compilers = [\"x-gcc\"]\ntools = [\"ld\"]\n"
                             "[tarball]\nurl = \"file://" +
                                 archive.string() + "\"\nstrip = 1\n[tarball.sha256]\n" + "x86_64 = \"" +
                                 hash + "\"\naarch64 = \"" + hash + "\"\n");
        auto description = toolchain::load("x", host.directory / "toolchains");
        INFO((description ? "" : render(description.error(), false)));
        REQUIRE(description);
        return *description;
    }
    fs::path store() { return toolchain::store_folder(host.host(), "x"); }
    auto install(const std::string& hash) {
        return toolchain::install(host.host(), describe(hash), false, false);
    }
    std::string hash() const { return sha256_file(archive).value(); }
};

}  // namespace

TEST_CASE("a pinned tarball is installed into the store and found there") {
    Release release;
    const auto installed = release.install(release.hash());
    INFO((installed ? "" : render(installed.error(), false)));
    REQUIRE(installed);
    CHECK(installed->origin == "tarball");
    CHECK(installed->version == "13.3.0");
    CHECK(installed->compiler.string().starts_with(release.store().string()));
    CHECK(installed->in_use != nullptr);

    // From the cache, though the archive is gone.
    const auto hash = release.hash();
    const auto description = release.describe(hash);
    fs::remove(release.archive);
    REQUIRE(host::remove_tree(release.store()));
    CHECK(toolchain::install_tarball(release.host.host(), description, true));
}

TEST_CASE("a tarball with the wrong hash is refused, and nothing of it stays") {
    Release release;
    const auto installed = release.install(std::string(64, 'a'));
    REQUIRE_FALSE(installed);
    const auto text = render(installed.error(), false);
    CHECK(text.contains("cannot install the toolchain x"));
    CHECK(text.contains(std::string(64, 'a')));
    CHECK(text.contains(release.hash()));
    CHECK_FALSE(toolchain::current_installation(release.host.host(), "x"));
    CHECK(toolchain::installations(release.host.host(), "x")->empty());
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(release.host.host().cache, ignored))
        CHECK_FALSE(entry.path().string().contains("tarballs/"));
}

TEST_CASE("a tarball that wants to write elsewhere is refused, and nothing of it stays") {
    Release release("-P --transform 's,x-1.0/bin/x-ld,x-1.0/../../../../evil,'");
    const auto installed = release.install(release.hash());
    REQUIRE_FALSE(installed);
    CHECK(render(installed.error(), false).contains("evil"));
    CHECK(toolchain::installations(release.host.host(), "x")->empty());
    for (const auto& entry : fs::recursive_directory_iterator(release.host.directory.path()))
        CHECK(entry.path().filename() != "evil");
}

TEST_CASE("a toolchain that nothing brings, and a tarball without an address, are mistakes of the file") {
    const test::TempDir folder;
    const std::string common = "description = \"x\"\ncompilers = [\"x-gcc\"]\ntools = []\n";
    const auto message = [&](const std::string& more) {
        folder.write("x.toml", common + more);
        const auto loaded = toolchain::load("x", folder.path());
        return loaded ? std::string() : render(loaded.error(), false);
    };
    CHECK(message("packages = [\"gcc-x\"]\n").empty());
    CHECK(message("").contains("neither 'packages' nor 'tarball'"));
    CHECK(message("[tarball]\nstrip = 1\n[tarball.sha256]\n").contains("url"));
    CHECK(message("[tarball]\nurl = \"git://x/y\"\n[tarball.sha256]\n").contains("https, http or file"));
    CHECK(
        message("[tarball]\nurl = \"https://x/y\"\nstrip = 99\n[tarball.sha256]\n").contains("from 0 to 8"));
    CHECK(message("[tarball]\nurl = \"https://x/y\"\n[tarball.sha256]\nx86_64 = \"short\"\n")
              .contains("SHA-256"));
    CHECK(message("[tarball]\nurl = \"https://x/{host}.tar\"\n[tarball.sha256]\n").empty());
}

TEST_CASE("the address of a tarball names the machine we run on") {
    const test::TempDir folder;
    const std::string hash(64, '0');
    folder.write("x.toml",
                 "description = \"x\"\ncompilers = [\"x-gcc\"]\ntools = []\n[tarball]\n"
                 "url = \"https://example.org/{host}/x-{host}.tar.xz\"\n[tarball.sha256]\n"
                 "x86_64 = \"" +
                     hash + "\"\naarch64 = \"" + hash + "\"\n");
    const auto loaded = toolchain::load("x", folder.path());
    REQUIRE(loaded);
    REQUIRE(loaded->tarball);
    const auto triplet = toolchain::host_architecture().triplet;
    const auto machine = triplet.substr(0, triplet.find('-'));
    CHECK(loaded->tarball->url == "https://example.org/" + machine + "/x-" + machine + ".tar.xz");
    // Without a word of it: makers pack a folder that has the release's name.
    CHECK(loaded->tarball->strip == 1);
}

TEST_CASE("without a tarball the error says what to write where") {
    test::FakeProcessRunner runner;
    test::TestHost host{runner};
    const auto file = host.directory.write("x.toml",
                                           "description = \"x\"\ncompilers = [\"x-gcc\"]\ntools = []\n"
                                           "packages = [\"gcc-x\"]\n");
    const auto description = toolchain::load("x", host.directory.path());
    REQUIRE(description);
    CHECK_FALSE(description->tarball);
    const auto failed = toolchain::install_tarball(host.host(), *description, true);
    REQUIRE_FALSE(failed);
    const auto shown = render(failed.error(), false);
    CHECK(shown.contains(file.string()));
    CHECK(shown.contains("[tarball] with `url`, and [tarball.sha256]"));
    CHECK(shown.contains("docs/adding-a-toolchain.md"));
    CHECK(shown.contains("rpi-kit toolchain install x --store"));
}

TEST_CASE("what the store holds is told, removed, and kept while somebody works with it") {
    Release release;
    auto& host = release.host.host();
    REQUIRE(release.install(release.hash()));
    const auto all = toolchain::installations(host, "x");
    REQUIRE(all);
    REQUIRE(all->size() == 1);
    CHECK(all->front().current);
    CHECK(all->front().bytes > 50);
    CHECK(toolchain::stored_names(host) == std::vector<std::string>{"x"});

    const auto planned = toolchain::uninstall(host, "x", true);
    REQUIRE(planned);
    CHECK(planned->size() == 1);
    {
        const auto user = toolchain::find(host, release.describe(release.hash()));
        REQUIRE(user);
        const auto refused = toolchain::uninstall(host, "x", false);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.contains("in use"));
        CHECK(fs::exists(user->compiler));
    }
    const auto removed = toolchain::uninstall(host, "x", false);
    REQUIRE(removed);
    CHECK(removed->size() == 1);
    CHECK_FALSE(fs::exists(release.store()));
    CHECK(toolchain::uninstall(host, "x", false)->empty());
    CHECK_FALSE(toolchain::uninstall(host, "../x", false));
}
