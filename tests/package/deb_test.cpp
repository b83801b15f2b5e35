#include "sdk/package/deb.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/support/fake_machine.hpp"

using namespace rpikit;

namespace {

bool has(const std::vector<std::string>& words, const std::string& word) {
    return std::ranges::find(words, word) != words.end();
}

}  // namespace

TEST_CASE("the programs that make packages are asked for by name") {
    test::FakeMachine machine;
    CHECK(package::require_deb_tools(machine.host.host()));
    test::FakeProcessRunner bare;
    test::TestHost host(bare);
    const auto missing = package::require_deb_tools(host.host());
    REQUIRE_FALSE(missing);
    CHECK(missing.error().causes.size() == 3);
    CHECK(missing.error().causes.at(0).starts_with("dpkg-buildpackage: not found"));
    CHECK(missing.error().hint.contains("debhelper dpkg-dev rsync"));
}

TEST_CASE("a release that no package can be named by is refused") {
    for (const char* release : {"6.12.117", "6.12.117-tiny", "6.6.31-v8+", "6.13.0-rc1"}) {
        INFO(release);
        CHECK(package::check_release(release, "rpi4"));
    }
    for (const char* release : {"6.12.117-Tiny", "6.12.117_v8", "6.12 117", "6.12.117~1", "6.12/../x"}) {
        INFO(release);
        const auto refused = package::check_release(release, "rpi4");
        REQUIRE_FALSE(refused);
        CHECK(refused.error().hint.contains("rpi-kit build rpi4 --set 'LOCALVERSION="));
    }
}

TEST_CASE("headers need a compiler that makes programs for the board") {
    test::FakeProcessRunner processes;
    test::TestHost host(processes);
    const kernel::BuildContext context{};
    CHECK(package::headers_obstacle(host.host(), context, "arm64") == "aarch64-linux-gnu-gcc is not found");
    processes.add_program("aarch64-linux-gnu-gcc", "/usr/bin/aarch64-linux-gnu-gcc");
    bool links = true;
    processes.answer("aarch64-linux-gnu-gcc",
                     [&](const host::Command&) { return host::Exit{.code = links ? 0 : 1}; });
    CHECK(package::headers_obstacle(host.host(), context, "arm64").empty());
    links = false;
    CHECK(package::headers_obstacle(host.host(), context, "arm64").contains("C library"));
    CHECK(package::headers_obstacle(host.host(), context, "armhf").contains("arm-linux-gnueabihf-gcc"));
}

TEST_CASE("bindeb-pkg runs in the build's own sandbox, with all pinned that two runs could differ in") {
    test::FakeMachine machine;
    const kernel::BuildContext context{
        .kernel = {.arch = "arm64"}, .source = {.root = "/src"}, .build = "/build/kernel"};
    const package::DebRequest request{.release = "6.12.117-tiny", .architecture = "arm64", .headers = false};
    const auto argv = package::deb_command(machine.host.host(), context, request, "/results").argv;
    CHECK(has(argv, "bindeb-pkg"));
    CHECK(has(argv, "KDEB_PKGVERSION=6.12.117-tiny-1"));
    CHECK(has(argv, "KDEB_CHANGELOG_DIST=unstable"));
    CHECK(has(argv, "KBUILD_DEBARCH=arm64"));
    CHECK(has(argv, "SOURCE_DATE_EPOCH=1704067200"));
    CHECK(has(argv, "DEB_BUILD_PROFILES=pkg.linux-upstream.nokernelheaders"));
    // Above O= lies the folder for the packages, bound before what lies in it.
    const auto results = std::ranges::find(argv, "/results");
    REQUIRE(results != argv.end());
    CHECK(*std::prev(results) == "--bind");
    CHECK(*std::next(results) == "/mnt");
    CHECK(results < std::ranges::find(argv, "/build/kernel"));
    auto with_headers = request;
    with_headers.headers = true;
    const auto other = package::deb_command(machine.host.host(), context, with_headers, "/results").argv;
    CHECK(std::ranges::none_of(other, [](const auto& word) { return word.contains("nokernelheaders"); }));
}
