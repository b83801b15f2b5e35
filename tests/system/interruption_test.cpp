// What a killed, interrupted, crowded or starved build leaves behind: the old image or the new one, and a
// next run that works.

#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <optional>
#include <thread>

#include "sdk/support/text.hpp"
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

/// Temporary files of ours below a folder: ".NAME.….tmp", and the draft of an image.
std::vector<std::string> temporary_files(const fs::path& folder) {
    std::vector<std::string> found;
    if (!fs::exists(folder)) return found;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        const auto name = entry.path().filename().string();
        if (name == ".draft" || (name.starts_with('.') && name.ends_with(".tmp")))
            found.push_back(entry.path());
    }
    return found;
}

/// Nothing temporary is left in the work folder and in the cache.
bool tidy(const World& world, const std::string& work) {
    const auto in_work = temporary_files(world.folder / work);
    const auto in_cache = temporary_files(world.folder / "home");
    for (const auto& left : in_work)
        UNSCOPED_INFO("left: " << left);
    for (const auto& left : in_cache)
        UNSCOPED_INFO("left: " << left);
    return in_work.empty() && in_cache.empty();
}

bool was_stopped(const test::ProgramRun& run, int signal) {
    return signal == SIGINT ? run.code == 130 : run.signal == signal;
}

/// The title of the stage whose line on the screen ends with "failed": "[4/9] configure the kernel  1 s
/// failed".
std::string failed_stage(const std::string& err) {
    for (const auto line : rpikit::lines(err)) {
        if (!line.starts_with('[') || !line.ends_with("failed")) continue;
        const auto title = line.substr(line.find("] ") + 2);
        return std::string(title.substr(0, title.find("  ")));
    }
    return "none";
}

/// While it lives, processes that lose their parent become children of this one and cannot hide.
class Orphans {
  public:
    Orphans() { prctl(PR_SET_CHILD_SUBREAPER, 1); }
    ~Orphans() { prctl(PR_SET_CHILD_SUBREAPER, 0); }
    Orphans(const Orphans&) = delete;
    Orphans& operator=(const Orphans&) = delete;

    /// Whether one is still at work.
    static bool any() {
        while (true) {
            const pid_t ended = waitpid(-1, nullptr, WNOHANG);
            if (ended <= 0) return ended == 0;
        }
    }
};

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
    void grow(const std::string& size) const {
        REQUIRE(mount("none", folder_.c_str(), nullptr, MS_REMOUNT, ("size=" + size).c_str()) == 0);
    }

  private:
    fs::path folder_;
    bool mounted_ = false;
};

}  // namespace

TEST_CASE("temporary files that are left would be seen") {
    const World world;
    CHECK(tidy(world, "work"));
    world.folder.write("home/.cache/rpi-kit/store/.tree.1-0-x.tmp/file", "");
    CHECK_FALSE(tidy(world, "work"));
    fs::remove_all(world.folder / "home");
    world.folder.write("work/out/rpi4/.draft/sdcard.img", "");
    CHECK_FALSE(tidy(world, "work"));
}

TEST_CASE("a build killed or interrupted as a stage begins ends with the same image when it is run again") {
    const World world;
    const auto reference = world.build("reference");
    REQUIRE(reference.code == 0);
    for (const int signal : {SIGKILL, SIGINT}) {
        for (std::size_t i = 0; i < stage_titles.size(); ++i) {
            INFO(stage_titles[i] << ", signal " << signal);
            REQUIRE(reference.err.contains(stage_titles[i]));
            const auto work = "work" + std::to_string(signal) + '-' + std::to_string(i);
            const auto killed = world.build(work, {}, {.kill_signal = signal, .kill_when = stage_titles[i]});
            INFO(killed.err);
            // Behind the compilation the whole build may be through before the signal comes.
            const bool may_miss = i > 4 && killed.code == 0;
            CHECK((was_stopped(killed, signal) || may_miss));
            if (killed.code == 130) CHECK(killed.err.contains("run the same command again"));
            const auto again = world.build(work);
            INFO(again.err);
            REQUIRE(again.code == 0);
            CHECK(world.image_hash(work) == world.image_hash("reference"));
            CHECK(tidy(world, work));
            fs::remove_all(world.folder / work);
        }
    }
}

TEST_CASE(
    "a build killed or interrupted in the middle of make ends with the same image when it is run again") {
    static const std::string reference = [] {
        const World world;
        REQUIRE(world.build("work").code == 0);
        return world.image_hash("work");
    }();
    const auto stage = GENERATE(as<std::string>{}, "configure", "compile", "modules_install");
    const int signal = GENERATE(SIGKILL, SIGINT);
    const World world({.sleep_seconds = 600, .sleep_at = stage, .sleep_once = true});
    const auto asleep = world.folder / "work/out/rpi4/build/kernel/fake_slept";
    const auto killed = world.build("work", {}, {.kill_signal = signal, .kill_when_exists = asleep});
    INFO(stage << ", signal " << signal << '\n' << killed.err);
    REQUIRE(was_stopped(killed, signal));
    CHECK_FALSE(fs::exists(world.image("work")));
    const auto again = world.build("work");
    INFO(again.err);
    REQUIRE(again.code == 0);
    CHECK(world.image_hash("work") == reference);
    CHECK(tidy(world, "work"));
}

TEST_CASE("a build killed or interrupted while it checks the image leaves the one of before") {
    const World world;
    REQUIRE(world.build("work").code == 0);
    const auto before = world.image_hash("work");
    world.folder.write("root/etc/hostname", "another\n");
    REQUIRE(world.build("reference").code == 0);
    const int signal = GENERATE(SIGKILL, SIGINT);
    const auto checking = world.folder / "checking";
    const auto stubs =
        world.stub("e2fsck", "touch '" + checking.string() + "'; while kill -0 $PPID; do sleep 0.1; done");
    const auto killed =
        world.build("work", {}, {.stubs = stubs, .kill_signal = signal, .kill_when_exists = checking});
    INFO("signal " << signal << '\n' << killed.err);
    REQUIRE(was_stopped(killed, signal));
    CHECK(world.image_hash("work") == before);
    CHECK(fs::exists(world.image("work").string() + ".bmap"));
    CHECK(fs::exists(world.folder / "work/out/rpi4/manifest.json"));
    const auto again = world.build("work");
    INFO(again.err);
    REQUIRE(again.code == 0);
    CHECK(world.image_hash("work") != before);
    CHECK(world.image_hash("work") == world.image_hash("reference"));
    CHECK(tidy(world, "work"));
}

TEST_CASE("Ctrl-C while the kernel compiles stops every process and the next run goes on") {
    const Orphans orphans;
    const World world({.sleep_seconds = 600, .sleep_once = true});
    const auto asleep = world.folder / "work/out/rpi4/build/kernel/fake_slept";
    const auto sandbox = GENERATE(true, false);
    const std::vector<std::string> more =
        sandbox ? std::vector<std::string>{} : std::vector<std::string>{"--no-sandbox"};
    const auto stopped = world.build("work", more, {.kill_signal = SIGINT, .kill_when_exists = asleep});
    INFO(stopped.err);
    CHECK(stopped.code == 130);
    CHECK_FALSE(orphans.any());
    const auto again = world.build("work", more);
    INFO(again.err);
    CHECK(again.code == 0);
}

TEST_CASE("a process that a program leaves behind would be seen") {
    const Orphans orphans;
    const auto run = [](const std::string& commands) {
        return test::run_program({"/bin/sh", "-c", commands}, {.directory = "/", .home = "/"}).out;
    };
    run("true");
    CHECK_FALSE(orphans.any());
    const auto left = std::stoi(run("sleep 600 2> /dev/null > /dev/null & echo $!"));
    CHECK(orphans.any());
    kill(left, SIGKILL);
    CHECK(waitpid(left, nullptr, 0) == left);
    CHECK_FALSE(orphans.any());
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
    CHECK((first.err + second.err).contains("another rpi-kit works on the build of rpi4"));
    CHECK(test::fake_invocations(world.folder / "work/out/rpi4/build/kernel").size() <= 4);
}

TEST_CASE("a full disk is named, at whatever stage, and room makes the build go on") {
    if (geteuid() != 0) SKIP("needs root to mount a small file system");
    // What a stage writes lies on a disk that is too small for it, what earlier ones wrote on another. For
    // the compilation it is the whole work folder: not every tool says what it was that failed.
    struct Place {
        std::string folder;
        std::string size;
        std::string roomy;  ///< a folder in it that has a disk of its own
        std::vector<std::string> stages;
    };
    const auto place =
        GENERATE(Place{"work", "64k", "", {"configure the kernel and prove it", "compile the kernel"}},
                 Place{"work/out/rpi4/build", "8k", "work/out/rpi4/build/kernel", {"stage the modules"}},
                 Place{"work/out/rpi4", "512k", "work/out/rpi4/build", {"write and check the image"}},
                 Place{"home", "64k", "", {"get the kernel's source"}});
    World world;
    if (place.folder == "home") {
        // A source that goes through the cache.
        const auto archive = world.folder / "linux.tar";
        const auto packed =
            test::run_program({"/bin/tar", "-cf", archive.string(), "-C", world.folder.path(), "linux"},
                              {.directory = "/", .home = "/"});
        REQUIRE(packed.code == 0);
        world.source = "archive:" + archive.string();
    }
    const SmallDisk small(world.folder / place.folder, place.size);
    if (!small.mounted()) SKIP("no right to mount here");
    std::optional<SmallDisk> roomy;
    if (!place.roomy.empty()) roomy.emplace(world.folder / place.roomy, "64m");

    const auto full = world.build("work");
    INFO(place.folder << '\n' << full.err);
    CHECK(full.code == 1);
    CHECK(std::ranges::find(place.stages, failed_stage(full.err)) != place.stages.end());
    // Said by the system where it happens, or by us before the image's first byte.
    CHECK((full.err.contains("No space left on device") || full.err.contains("not enough space")));
    CHECK_FALSE(fs::exists(world.image("work")));

    small.grow("64m");
    const auto again = world.build("work");
    INFO(again.err);
    REQUIRE(again.code == 0);
    CHECK(tidy(world, "work"));
    const World other;
    REQUIRE(other.build("reference").code == 0);
    CHECK(world.image_hash("work") == other.image_hash("reference"));
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
