#include "sdk/host/packages.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fstream>

#include "sdk/host/file.hpp"
#include "sdk/support/sha256.hpp"
#include "tests/support/local_mirror.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

/// A host that uses the local mirror; its configuration is made from `sources` when first asked for.
struct Fixture {
    std::unique_ptr<host::ProcessRunner> processes = host::make_process_runner();
    test::LocalMirror mirror;
    std::optional<test::TestHost> machine;

    host::Host& host(const std::vector<std::string>& suites = {""}) {
        if (!machine) machine.emplace(*processes, mirror.environment(mirror.sources(suites)));
        return machine->host();
    }
    host::PackageRepository open(bool offline = false) {
        auto repository = host::PackageRepository::open(host(), "arm64", offline);
        if (!repository) FAIL(render(repository.error(), false));
        return *std::move(repository);
    }
    std::size_t requests_for(const std::string& path) const {
        return static_cast<std::size_t>(std::ranges::count(mirror.server.requests(), path));
    }
};

const test::MirrorPackage busybox{.name = "busybox-static",
                                  .version = "1:1.35.0-4+b1",
                                  .files = {{"bin/busybox", std::string(100'000, 'b')}}};

}  // namespace

TEST_CASE_METHOD(Fixture, "the newest version of the host's own suites wins over backports") {
    mirror.add("", {.name = "linux-source", .version = "6.1"});
    mirror.add("-security", {.name = "linux-source", .version = "6.3"});
    mirror.add("-security", {.name = "linux-source", .version = "6.2"});
    mirror.add("-backports", {.name = "linux-source", .version = "6.12"});
    mirror.publish();
    host({"", "-security"});
    const auto package = open().find("linux-source");
    REQUIRE(package);
    CHECK(package->version == "6.3");
    CHECK(package->suite == mirror.codename() + "-security");
    CHECK(package->architecture == "arm64");
    CHECK(package->sha256.size() == 64);
    CHECK(package->size > 0);
}

TEST_CASE_METHOD(Fixture, "backports and firmware are found though the host's sources lack them") {
    mirror.add("", {.name = "base", .version = "1"});
    mirror.add("-backports", {.name = "linux-source", .version = "6.12~bpo12+1", .architecture = "all"});
    mirror.add("", {.name = "raspi-firmware", .version = "1.2022", .architecture = "all"},
               "non-free-firmware");
    mirror.publish();
    auto repository = open();
    const auto source = repository.find("linux-source");
    REQUIRE(source);
    CHECK(source->suite == mirror.codename() + "-backports");
    const auto firmware = repository.find("raspi-firmware");
    REQUIRE(firmware);
    CHECK(firmware->suite == mirror.codename());
    CHECK(firmware->architecture == "all");
}

TEST_CASE_METHOD(Fixture, "a suite whose index is not the signed one is not silently gone without") {
    mirror.add("", busybox);
    mirror.add("-security", {.name = "linux-source", .version = "6.3"});
    mirror.add("-backports", {.name = "linux-source", .version = "6.12"});
    mirror.publish();
    const auto garble = [&](const std::string& suite) {
        for (const auto& entry :
             fs::recursive_directory_iterator(mirror.folder() / "dists" / (mirror.codename() + suite))) {
            if (!entry.path().filename().string().starts_with("Packages")) continue;
            std::ofstream(entry.path(), std::ios::app) << "more than the release file knows of\n";
        }
    };
    SECTION("one of the host's own") {
        garble("-security");
        host({"", "-security"});
        const auto repository = host::PackageRepository::open(machine->host(), "arm64");
        REQUIRE_FALSE(repository);
        CHECK_THAT(render(repository.error(), false), ContainsSubstring("in the middle of an update"));
        CHECK(repository.error().hint.ends_with("export RPI_KIT_WITHOUT_SUITES=" + mirror.codename() +
                                                "-security"));
    }
    SECTION("one of the host's own, another is left out already") {
        garble("-security");
        auto environment = mirror.environment(mirror.sources({"", "-security"}));
        environment.set("RPI_KIT_WITHOUT_SUITES", "other");
        machine.emplace(*processes, environment);
        const auto repository = host::PackageRepository::open(machine->host(), "arm64");
        REQUIRE_FALSE(repository);
        CHECK(repository.error().hint.ends_with("='other " + mirror.codename() + "-security'"));
    }
    SECTION("one that the user does without") {
        garble("-security");
        auto environment = mirror.environment(mirror.sources({"", "-security"}));
        environment.set("RPI_KIT_WITHOUT_SUITES", mirror.codename() + "-security");
        machine.emplace(*processes, environment);
        CHECK(open().find("busybox-static"));
    }
    SECTION("backports, which the host does not ask for") {
        garble("-backports");
        host({"", "-security"});
        auto repository = open();
        CHECK(repository.find("busybox-static"));
        REQUIRE(repository.find("linux-source"));
        CHECK(repository.find("linux-source")->version == "6.3");
        REQUIRE_FALSE(machine->notes.empty());
        CHECK_THAT(machine->notes.front(), ContainsSubstring("no usable backports"));
    }
}

TEST_CASE_METHOD(Fixture, "a mirror without backports is used without them") {
    mirror.add("", busybox);
    mirror.publish();
    CHECK(open().find("busybox-static"));
    CHECK_THAT(machine->notes.back(), ContainsSubstring("no usable backports"));
}

TEST_CASE_METHOD(Fixture, "the one-line format works as well") {
    mirror.add("", busybox);
    mirror.publish();
    machine.emplace(*processes, mirror.environment("# the mirror\ndeb [arch=amd64 trusted=yes] " +
                                                       mirror.server.url("/") + " " + mirror.codename() +
                                                       " main contrib # no more\n",
                                                   "test.list"));
    CHECK(open().find("busybox-static"));
}

TEST_CASE_METHOD(Fixture, "a package is fetched once, checked, and found again without the network") {
    mirror.add("", busybox);
    mirror.publish();
    auto repository = open();
    const auto package = repository.find("busybox-static");
    REQUIRE(package);
    std::uint64_t done = 0;
    const auto file = repository.fetch(*package, [&](std::uint64_t d, std::uint64_t) { done = d; });
    REQUIRE(file);
    CHECK(file->filename() == "busybox-static_1%3a1.35.0-4+b1_arm64.deb");
    CHECK(sha256_file(*file) == package->sha256);
    CHECK(done == package->size);

    const auto before = mirror.server.requests().size();
    auto later = open(true);
    CHECK(later.find("busybox-static")->version == busybox.version);
    CHECK(later.fetch(*package) == *file);
    CHECK(open().fetch(*package) == *file);
    CHECK(mirror.server.requests().size() == before);
}

TEST_CASE_METHOD(Fixture, "a damaged file in the cache is fetched anew") {
    mirror.add("", busybox);
    mirror.publish();
    auto repository = open();
    const auto package = repository.find("busybox-static");
    REQUIRE(package);
    const auto file = repository.fetch(*package);
    REQUIRE(file);
    REQUIRE(host::write_file(*file, std::string(package->size, 'x')));
    REQUIRE(repository.fetch(*package));
    CHECK(sha256_file(*file) == package->sha256);
    CHECK(requests_for(mirror.path_of(busybox)) == 2);
}

TEST_CASE_METHOD(Fixture, "what a killed run left behind is cleared away") {
    mirror.add("", busybox);
    mirror.publish();
    auto repository = open();
    const auto package = repository.find("busybox-static");
    REQUIRE(package);
    const fs::path left = host().cache / "apt/arm64/download/busybox-static_1%3a1.35.0-4+b1_arm64.deb";
    REQUIRE(host::make_directories(left.parent_path()));
    REQUIRE(host::write_file(left, "half"));
    REQUIRE(repository.fetch(*package));
    CHECK_FALSE(fs::exists(left.parent_path()));
}

TEST_CASE_METHOD(Fixture, "wrong bytes and truncated files are refused, and nothing is kept") {
    mirror.add("", busybox);
    mirror.publish();
    auto repository = open();
    const auto package = repository.find("busybox-static");
    REQUIRE(package);
    test::HttpFault fault;
    SECTION("wrong bytes") {
        fault.corrupt = true;
    }
    SECTION("truncated") {
        fault.truncate_at = 5000;
    }
    SECTION("gone") {
        fault.status = 404;
    }
    mirror.server.set_fault(mirror.path_of(busybox), fault);
    const auto file = repository.fetch(*package);
    REQUIRE_FALSE(file);
    CHECK_THAT(render(file.error(), false), ContainsSubstring("busybox-static 1:1.35.0-4+b1"));
    CHECK_FALSE(file.error().hint.empty());
    CHECK(fs::is_empty(host().cache / "apt/packages"));

    mirror.server.clear_faults();
    CHECK(repository.fetch(*package));
}

TEST_CASE_METHOD(Fixture, "a sha256 that the index does not have is refused") {
    mirror.add("", busybox);
    mirror.publish();
    auto repository = open();
    auto package = repository.find("busybox-static");
    REQUIRE(package);
    package->sha256 = sha256("something else");
    const auto file = repository.fetch(*package);
    REQUIRE_FALSE(file);
    CHECK_THAT(render(file.error(), false), ContainsSubstring(package->sha256));
    CHECK(fs::is_empty(host().cache / "apt/packages"));
}

TEST_CASE_METHOD(Fixture, "a version that left the mirror is an error that names --update") {
    mirror.add("", busybox);
    mirror.publish();
    auto repository = open();
    auto package = repository.find("busybox-static");
    REQUIRE(package);
    package->version = "1:1.30";
    const auto file = repository.fetch(*package);
    REQUIRE_FALSE(file);
    CHECK_THAT(render(file.error(), false), ContainsSubstring("1:1.30") && ContainsSubstring("--update"));
}

TEST_CASE_METHOD(Fixture, "a package's name cannot lead out of the cache") {
    mirror.add("", busybox);
    mirror.publish();
    auto repository = open();
    for (const std::string name : {"../../evil", "", "-o", "a b"}) {
        const auto file = repository.fetch({.name = name, .version = "1", .architecture = "arm64"});
        REQUIRE_FALSE(file);
        CHECK_THAT(file.error().message, ContainsSubstring("does not name a package"));
    }
}

TEST_CASE_METHOD(Fixture, "a closure holds everything depended on, sorted, and nothing else") {
    mirror.add("", {.name = "gcc-cross", .version = "12", .depends = "binutils-cross (>= 2), libgmp"});
    mirror.add("", {.name = "binutils-cross", .version = "2.40", .depends = "libz | libz-ng"});
    mirror.add("-security", {.name = "libz", .version = "1.3"});
    mirror.add("", {.name = "libz", .version = "1.2"});
    mirror.add("", {.name = "libgmp", .version = "6", .architecture = "all"});
    mirror.add("", {.name = "unrelated", .version = "1"});
    mirror.publish();
    host({"", "-security"});
    auto repository = open();
    const auto packages = repository.closure({"gcc-cross"});
    REQUIRE(packages);
    std::vector<std::string> names;
    for (const auto& package : *packages)
        names.push_back(package.name + " " + package.version + " " +
                        package.suite.substr(mirror.codename().size()));
    CHECK(names == std::vector<std::string>{"binutils-cross 2.40 ", "gcc-cross 12 ", "libgmp 6 ",
                                            "libz 1.3 -security"});
    for (const auto& package : *packages)
        CHECK(repository.fetch(package));
}

TEST_CASE_METHOD(Fixture, "a dependency that cannot be met is named") {
    mirror.add("", {.name = "gcc-cross", .version = "12", .depends = "binutils-cross"});
    mirror.publish();
    const auto packages = open().closure({"gcc-cross"});
    REQUIRE_FALSE(packages);
    CHECK_THAT(render(packages.error(), false), ContainsSubstring("gcc-cross"));
}

TEST_CASE_METHOD(Fixture, "an unknown package makes the index fetched anew once") {
    mirror.add("", busybox);
    mirror.publish();
    (void)open();
    mirror.add("", {.name = "new-package", .version = "1"});
    mirror.publish();
    auto repository = open();
    CHECK(repository.find("new-package"));

    auto again = open();
    const auto before = requests_for("/dists/" + mirror.codename() + "/InRelease");
    const auto none = again.find("no-such-package");
    REQUIRE_FALSE(none);
    CHECK_THAT(none.error().message, ContainsSubstring("no-such-package"));
    CHECK_FALSE(again.find("no-such-package"));
    CHECK(requests_for("/dists/" + mirror.codename() + "/InRelease") > before);
}

TEST_CASE_METHOD(Fixture, "the index is not fetched again within a day, and is after it") {
    mirror.add("", busybox);
    mirror.add("-backports", {.name = "other", .version = "1"});
    mirror.publish();
    (void)open();
    const auto before = mirror.server.requests().size();
    (void)open();
    CHECK(mirror.server.requests().size() == before);

    const fs::path stamp = host().cache / "apt/arm64/stamp";
    const auto text = host::read_file(stamp);
    REQUIRE(text);
    REQUIRE(host::write_file(stamp, "1000000000" + text->substr(text->find(' '))));
    (void)open();
    CHECK(mirror.server.requests().size() > before);
}

TEST_CASE_METHOD(Fixture, "offline nothing is asked of the network, and what is missing is said") {
    mirror.add("", busybox);
    mirror.publish();
    auto repository = open(true);
    const auto package = repository.find("busybox-static");
    REQUIRE_FALSE(package);
    CHECK_THAT(package.error().hint, ContainsSubstring("without --offline"));
    const auto closure = repository.closure({"busybox-static"});
    REQUIRE_FALSE(closure);
    CHECK_THAT(closure.error().hint, ContainsSubstring("without --offline"));
    CHECK(mirror.server.requests().empty());
}

TEST_CASE_METHOD(Fixture,
                 "a mirror that cannot be reached: an old index is used with a warning, none is an error") {
    mirror.add("", busybox);
    mirror.add("-backports", {.name = "other", .version = "1"});
    mirror.publish();
    (void)open();
    const fs::path stamp = host().cache / "apt/arm64/stamp";
    const auto text = host::read_file(stamp);
    REQUIRE(text);
    REQUIRE(host::write_file(stamp, "1000000000" + text->substr(text->find(' '))));
    for (const std::string suite : {"", "-backports"}) {
        for (const std::string file : {"InRelease", "Release"})
            mirror.server.set_fault("/dists/" + mirror.codename() + suite + "/" + file, {.status = 503});
    }
    CHECK(open().find("busybox-static"));
    REQUIRE(machine->warnings.size() == 1);
    CHECK_THAT(machine->warnings.front(), ContainsSubstring("an older one is used"));

    fs::remove_all(host().cache);
    const auto repository = host::PackageRepository::open(host(), "arm64");
    REQUIRE_FALSE(repository);
    CHECK_FALSE(repository.error().hint.empty());
}

TEST_CASE_METHOD(Fixture, "a cache with blanks and accents in its path works") {
    mirror.add("", busybox);
    mirror.publish();
    host::Host& used = host();
    used.cache = machine->directory / "Müllers Ordner";
    auto repository = open();
    const auto package = repository.find("busybox-static");
    REQUIRE(package);
    CHECK(repository.fetch(*package));
}

TEST_CASE("the host's own mirror has busybox for arm64", "[real]") {
    const auto processes = host::make_process_runner();
    test::TestHost machine(*processes, host::Environment::of_this_process());
    auto repository = host::PackageRepository::open(machine.host(), "arm64");
    if (!repository) SKIP(render(repository.error(), false));
    const auto package = repository->find("busybox-static");
    REQUIRE(package);
    CHECK(package->architecture == "arm64");
    CHECK(package->size > 100'000);
    const auto file = repository->fetch(*package);
    REQUIRE(file);
    CHECK(sha256_file(*file) == package->sha256);
    REQUIRE(repository->find("raspi-firmware"));
    const auto closure = repository->closure({"kmod"});
    REQUIRE(closure);
    CHECK(std::ranges::any_of(*closure, [](const auto& each) { return each.name == "libc6"; }));
}
