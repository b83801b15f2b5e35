#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <csignal>
#include <fstream>
#include <thread>

#include "sdk/host/file.hpp"
#include "sdk/kernel/build_folder.hpp"
#include "sdk/support/sha256.hpp"
#include "tests/kernel/build_fixture.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using test::BuildFixture;

namespace {

struct Recorder {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> calls;
    host::Progress progress() {
        return [this](std::uint64_t done, std::uint64_t total) { calls.emplace_back(done, total); };
    }
};

void build(BuildFixture& fixture, const kernel::Configuration& configuration) {
    const auto built = kernel::compile(fixture.host.host(), fixture.context, configuration, {});
    INFO((built ? "" : render(built.error(), false)));
    REQUIRE(built);
}

/// Stops the build as soon as the file that the fake tree leaves half written is there.
kernel::BuildContext& wait_for_half(BuildFixture& fixture, const std::stop_source& source,
                                    std::jthread& thread) {
    thread = std::jthread([file = fixture.context.build / "kernel/slow.o", source]() mutable {
        while (host::read_file(file).value_or("") != "half")
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        source.request_stop();
    });
    return fixture.context;
}

}  // namespace

TEST_CASE("the board's own device tree stands in for one that the kernel has no source of") {
    BuildFixture fixture;
    const auto configuration = fixture.configure();
    const auto own = fixture.work / "box.dtb";
    REQUIRE(host::write_file(own, "own"));
    fixture.context.kernel.dtb_file = own;
    const auto dts = fixture.context.build / "arch/arm64/boot/dts";
    build(fixture, configuration);
    CHECK(host::read_file(dts / "broadcom/bcm2711-rpi-4-b.dtb").value() != "own");
    fixture.context.kernel.dtbs = {"acme/box.dtb"};
    build(fixture, configuration);
    CHECK(host::read_file(dts / "acme/box.dtb").value() == "own");
    // What an earlier build put there is nobody's device tree later.
    fixture.context.kernel.dtb_file.clear();
    build(fixture, configuration);
    CHECK_FALSE(fs::exists(dts / "acme/box.dtb"));
    fixture.context.kernel.dtb_file = fixture.work / "gone.dtb";
    CHECK_FALSE(kernel::compile(fixture.host.host(), fixture.context, configuration, {}));
}

TEST_CASE("a build leaves image, device trees and modules in the build folder and nothing in the source") {
    BuildFixture fixture;
    const auto configuration = fixture.configure();
    const auto before = fs::last_write_time(fixture.context.source.root);
    build(fixture, configuration);
    for (const char* file : {"vmlinux", "System.map", "arch/arm64/boot/Image.gz", "fs/fat.ko",
                             "arch/arm64/boot/dts/broadcom/bcm2711-rpi-4-b.dtb"}) {
        CHECK(fs::exists(fixture.context.build / file));
    }
    CHECK(fs::last_write_time(fixture.context.source.root) == before);
    CHECK_FALSE(fs::exists(fixture.context.source.root / ".config"));
    CHECK(host::read_file(fixture.context.build / "include/config/kernel.release") == "6.12.117\n");
}

TEST_CASE("modules and device trees are only built where the kernel has them") {
    BuildFixture fixture;
    fixture.context.kernel.dtbs.clear();
    build(fixture, fixture.configure("", "allnoconfig"));
    CHECK(fixture.count_invocations("vmlinux Image.gz") == 1);
    CHECK(fixture.count_invocations("modules") == 0);
    CHECK(fixture.count_invocations("dtbs") == 0);
}

TEST_CASE(
    "the same source gives the same kernel in another folder, at another time, with another number of jobs") {
    BuildFixture one;
    BuildFixture two({}, "elsewhere");
    two.context.jobs = 1;
    build(one, one.configure());
    build(two, two.configure());
    const char* image = "arch/arm64/boot/Image.gz";
    CHECK(sha256_file(one.context.build / image).value() == sha256_file(two.context.build / image).value());
    two.context.timestamp = "2025-01-01 00:00:00 +0000";
    build(two, two.configure());
    CHECK(sha256_file(one.context.build / image).value() != sha256_file(two.context.build / image).value());
}

TEST_CASE("progress counts objects and ends whole; a build that only updates has no total") {
    BuildFixture fixture;
    const auto configuration = fixture.configure();
    Recorder first;
    REQUIRE(kernel::compile(fixture.host.host(), fixture.context, configuration, first.progress()));
    REQUIRE_FALSE(first.calls.empty());
    const auto [done, total] = first.calls.back();
    CHECK(done == total);
    CHECK(done > 15);
    for (const auto& [count, expected] : first.calls)
        CHECK(count <= expected);

    Recorder second;
    REQUIRE(kernel::compile(fixture.host.host(), fixture.context, configuration, second.progress()));
    CHECK(second.calls.back().first == 0);

    // From scratch the number of the last time is known before the first object is made.
    fs::remove_all(fixture.context.build);
    const auto again = fixture.configure();
    Recorder third;
    REQUIRE(kernel::compile(fixture.host.host(), fixture.context, again, third.progress()));
    CHECK(third.calls.front().second == total);
}

TEST_CASE("a failure is told by its cause, with the command that cures it") {
    BuildFixture fixture({.fail = "disk-full"});
    const auto configuration = fixture.configure();
    const auto built = kernel::compile(fixture.host.host(), fixture.context, configuration, {});
    REQUIRE_FALSE(built);
    CHECK(built.error().message.contains("full"));
    REQUIRE(built.error().causes.size() == 1);
    CHECK(built.error().causes[0].contains("No space left on device"));
    CHECK(built.error().hint == "df -h . /tmp");
    CHECK(built.error().detail.contains(fixture.context.log.string()));
    CHECK(fixture.log().contains("No space left on device"));
}

TEST_CASE("a failure that no row knows shows the command, the last lines and the log") {
    BuildFixture fixture({.fail = "syntax"});
    const auto configuration = fixture.configure();
    const auto built = kernel::compile(fixture.host.host(), fixture.context, configuration, {});
    REQUIRE_FALSE(built);
    CHECK(built.error().message.contains("make"));
    CHECK(built.error().detail.contains("expected ';' before 'return'"));
    CHECK(built.error().detail.contains(fixture.context.log.string()));
}

TEST_CASE("a build that was stopped goes on where it was and ends with the same kernel") {
    const bool in_sandbox = GENERATE_COPY(false, true);
    BuildFixture reference;
    build(reference, reference.configure());

    BuildFixture fixture({.sleep_seconds = 600, .sleep_once = true});
    if (in_sandbox && !test::sandbox_works(fixture.host.host())) SKIP("no sandbox here");
    fixture.context.sandboxed = in_sandbox;
    const auto configuration = fixture.configure();
    std::stop_source stop;
    fixture.host.host().stop = stop.get_token();
    std::jthread watcher;
    const auto stopped =
        kernel::compile(fixture.host.host(), wait_for_half(fixture, stop, watcher), configuration, {});
    watcher.join();
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().kind == ErrorKind::interrupted);
    CHECK(kernel::unfinished_objects(fixture.context.build));
    CHECK_FALSE(kernel::running_make(fixture.context.build));

    fixture.host.host().stop = {};
    build(fixture, configuration);
    CHECK_FALSE(kernel::unfinished_objects(fixture.context.build));
    const char* image = "arch/arm64/boot/Image.gz";
    CHECK(sha256_file(fixture.context.build / image).value() ==
          sha256_file(reference.context.build / image).value());
}

TEST_CASE("a build that was killed takes its make along in the sandbox, and goes on") {
    BuildFixture reference;
    build(reference, reference.configure());

    BuildFixture fixture({.sleep_seconds = 600, .sleep_once = true});
    if (!test::sandbox_works(fixture.host.host())) SKIP("no sandbox here");
    fixture.context.sandboxed = true;
    const auto configuration = fixture.configure();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::_exit(kernel::compile(fixture.host.host(), fixture.context, configuration, {}) ? 0 : 1);
    }
    const fs::path slow = fixture.context.build / "kernel/slow.o";
    while (host::read_file(slow).value_or("") != "half")
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    REQUIRE(::kill(child, SIGKILL) == 0);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    REQUIRE(host::read_file(slow) == "half");

    build(fixture, configuration);
    const char* image = "arch/arm64/boot/Image.gz";
    CHECK(sha256_file(fixture.context.build / image).value() ==
          sha256_file(reference.context.build / image).value());
}

TEST_CASE("a half-written object of a killed rebuild does not get into the kernel") {
    BuildFixture fixture;
    const auto configuration = fixture.configure();
    build(fixture, configuration);
    const fs::path image = fixture.context.build / "arch/arm64/boot/Image.gz";
    const std::string whole = sha256_file(image).value();
    // What a kill -9 leaves: newer than its source and its saved command, and make takes it for done.
    REQUIRE(kernel::mark_unfinished(fixture.context.build, 0));
    std::ofstream(fixture.context.build / "fs/open.o") << "half";
    build(fixture, configuration);
    CHECK(sha256_file(image).value() == whole);
    CHECK(host::read_file(fixture.context.build / "fs/open.o") != "half");
}

TEST_CASE("a .config dated in the future does not make the build go round for ever") {
    BuildFixture fixture;
    const auto configuration = fixture.configure();
    fs::last_write_time(configuration.file, fs::file_time_type::clock::now() + std::chrono::hours(24));
    build(fixture, configuration);
    CHECK(fs::last_write_time(configuration.file) <= fs::file_time_type::clock::now());
}
