// That no kernel tree, however written, changes the machine it is built on.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/kernel/build_fixture.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using test::BuildFixture;

namespace {

/// Folders that a build has no business in, with names that nothing else on this machine uses; removed again
/// should a test fail.
struct ForbiddenPlaces {
    std::vector<fs::path> places;

    ForbiddenPlaces() {
        const std::string name = "RPI-KIT-EVIL-" + std::to_string(::getpid());
        for (const char* parent :
             {"/lib/modules", "/boot", "/usr/local/lib", "/etc", "/var/tmp", "/dev/shm"}) {
            places.push_back(fs::path(parent) / name);
        }
    }
    ~ForbiddenPlaces() {
        std::error_code ignored;
        for (const fs::path& place : places)
            fs::remove_all(place, ignored);
    }
    ForbiddenPlaces(const ForbiddenPlaces&) = delete;
    ForbiddenPlaces& operator=(const ForbiddenPlaces&) = delete;
};

}  // namespace

TEST_CASE(
    "a tree that writes to /lib/modules and /boot, built as root, changes nothing outside its build folder") {
    if (::geteuid() != 0) SKIP("not root: the rights of these folders alone would keep the tree out");
    ForbiddenPlaces forbidden;
    // Its own source tree is forbidden ground as well.
    BuildFixture fixture;
    if (!test::sandbox_works(fixture.host.host())) SKIP("no sandbox here");
    auto evil = forbidden.places;
    evil.emplace_back("/mnt/source/evil");
    evil.emplace_back("/proc/sys/kernel");
    test::set_fake_linux_knobs(fixture.context.source.root, {.evil = evil});
    fixture.context.sandboxed = true;
    REQUIRE(kernel::compile(fixture.host.host(), fixture.context, fixture.configure(), {}));
    for (const fs::path& place : forbidden.places) {
        INFO(place);
        CHECK_FALSE(fs::exists(place));
    }
    CHECK_FALSE(fs::exists(fixture.context.source.root / "evil"));
    const auto attempts = test::fake_evil(fixture.context.build);
    for (const char* place : {"/lib/modules/", "/boot/", "/mnt/source/evil", "/proc/sys/kernel"}) {
        INFO(place);
        CHECK(std::ranges::any_of(attempts, [&](const std::string& line) {
            return line.starts_with("refused " + std::string(place));
        }));
    }
}

TEST_CASE("the same tree does write there without the sandbox: the test above can fail") {
    if (::geteuid() != 0) SKIP("only root can write there");
    ForbiddenPlaces forbidden;
    forbidden.places = {fs::path("/var/tmp") / forbidden.places[0].filename()};
    BuildFixture fixture({.evil = forbidden.places});
    REQUIRE(kernel::compile(fixture.host.host(), fixture.context, fixture.configure(), {}));
    CHECK(fs::exists(forbidden.places[0] / "evil"));
}

TEST_CASE("modules_install without a path of its own cannot reach the host's modules from the sandbox") {
    BuildFixture fixture({.version = "6.12.999-rpi-kit-safety"});
    if (!test::sandbox_works(fixture.host.host())) SKIP("no sandbox here");
    fixture.context.sandboxed = true;
    REQUIRE(kernel::compile(fixture.host.host(), fixture.context, fixture.configure(), {}));
    CHECK_FALSE(kernel::run_make(fixture.host.host(), fixture.context, {"modules_install"}));
    CHECK_FALSE(fs::exists("/lib/modules/6.12.999-rpi-kit-safety"));
}

TEST_CASE("without the sandbox modules still go to the staging folder alone") {
    BuildFixture fixture({.version = "6.12.998-rpi-kit-safety"});
    REQUIRE(kernel::compile(fixture.host.host(), fixture.context, fixture.configure(), {}));
    REQUIRE(kernel::stage_modules(fixture.host.host(), fixture.context, fixture.staging(), true));
    CHECK(fs::exists(fixture.staging() / "lib/modules/6.12.998-rpi-kit-safety/modules.dep"));
    CHECK_FALSE(fs::exists("/lib/modules/6.12.998-rpi-kit-safety"));
}
