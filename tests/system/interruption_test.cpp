// What a killed, interrupted, crowded or starved build leaves behind: the old image or the new one, and a
// next run that works.

#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <fstream>
#include <thread>

#include "tests/system/world.hpp"

namespace {

namespace fs = std::filesystem;
namespace test = rpikit::test;
using test::World;

/// Titles as the screen shows them when a stage begins.
const std::vector<std::string> stage_titles{
    "check the host's tools",    "find the cross toolchain", "get the kernel's source",
    "configure the kernel",      "compile the kernel",       "stage the modules",
    "make the root file system", "make the boot files",      "write and check the image"};

/// No temporary file of ours is left beside what was built.
bool tidy(const fs::path& out) {
    for (const auto& entry : fs::directory_iterator(out)) {
        if (entry.path().filename().string().starts_with(".sdcard")) return false;
    }
    return true;
}

/// A small file system that is full soon. Needs root.
class SmallDisk {
  public:
    SmallDisk(fs::path folder, const std::string& size) : folder_(std::move(folder)) {
        fs::create_directories(folder_);
        mounted_ = mount("none", folder_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
    }
    ~SmallDisk() {
        if (mounted_) umount2(folder_.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    bool mounted() const { return mounted_; }

  private:
    fs::path folder_;
    bool mounted_ = false;
};

}  // namespace

TEST_CASE("a build killed or interrupted at any stage ends with the same image when it is run again") {
    const World world;
    REQUIRE(world.build("reference").code == 0);
    for (const int signal : {SIGKILL, SIGINT}) {
        for (std::size_t i = 0; i < stage_titles.size(); ++i) {
            const auto work = "work" + std::to_string(signal) + '-' + std::to_string(i);
            const auto killed = world.build(work, {}, {.kill_signal = signal, .kill_when = stage_titles[i]});
            INFO(stage_titles[i] << ", signal " << signal << "\n" << killed.err);
            CHECK((killed.signal == signal || killed.code == 130 || killed.code == 0));
            if (signal == SIGINT && killed.code == 130)
                CHECK(killed.err.contains("run the same command again"));
            const auto again = world.build(work);
            INFO(again.err);
            REQUIRE(again.code == 0);
            CHECK(world.image_hash(work) == world.image_hash("reference"));
            CHECK(tidy(world.folder / work / "out" / "rpi4"));
            fs::remove_all(world.folder / work);
        }
    }
}

TEST_CASE("Ctrl-C while the kernel compiles stops every process and the next run goes on") {
    const World world({.sleep_seconds = 60, .sleep_once = true});
    const auto stopped = world.build("work", {}, {.kill_signal = SIGINT, .kill_when = "compile the kernel"});
    CHECK(stopped.code == 130);
    const auto again = world.build("work");
    INFO(again.err);
    CHECK(again.code == 0);
}

TEST_CASE("two builds of one board at once: the second waits and finds the work done") {
    const World world;
    test::ProgramRun first;
    std::thread other([&] { first = world.build("work"); });
    const auto second = world.build("work");
    other.join();
    INFO(first.err << second.err);
    CHECK(first.code == 0);
    CHECK(second.code == 0);
    CHECK((first.err + second.err).contains("another build of rpi4 is running"));
    CHECK(test::fake_invocations(world.folder / "work/out/rpi4/build/kernel").size() <= 4);
}

TEST_CASE("a full disk is named, at whatever stage, and room makes the build go on") {
    if (geteuid() != 0) SKIP("needs root to mount a small file system");
    const World world;
    REQUIRE(world.build("reference").code == 0);
    // The whole takes a few MiB: each size lets it come further.
    const auto size = GENERATE(as<std::string>{}, "64k", "512k", "1m", "2m", "4m");
    {
        const SmallDisk disk(world.folder / "small", size);
        if (!disk.mounted()) SKIP("no right to mount here");
        const auto full = world.build("small");
        INFO(size << '\n' << full.err);
        CHECK(full.code == 1);
        // Said by the system where it happens, or by us before the image's first byte.
        CHECK((full.err.contains("No space left on device") || full.err.contains("not enough space")));
        CHECK_FALSE(fs::exists(world.image("small")));
    }
    const auto roomy = world.build("small");
    INFO(roomy.err);
    REQUIRE(roomy.code == 0);
    CHECK(world.image_hash("small") == world.image_hash("reference"));
}

TEST_CASE("a work folder that cannot be written to is named") {
    if (geteuid() != 0) SKIP("needs root to mount a read-only file system");
    const World world;
    const SmallDisk disk(world.folder / "fixed", "1m");
    if (!disk.mounted()) SKIP("no right to mount here");
    REQUIRE(mount("none", (world.folder / "fixed").c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
    const auto refused = world.build("fixed");
    CHECK(refused.code == 1);
    CHECK(refused.err.contains("fixed/out"));
    CHECK(refused.err.contains("Read-only file system"));
}
