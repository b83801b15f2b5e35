// Packages of a kernel that takes a second, with the real program, make and dpkg-deb.

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "sdk/support/sha256.hpp"
#include "tests/system/world.hpp"

namespace {

namespace fs = std::filesystem;
namespace test = rpikit::test;
using test::World;

const std::vector<std::string> names{"linux-headers-6.12.117-tiny_6.12.117-tiny-1_arm64.deb",
                                     "linux-image-6.12.117-tiny_6.12.117-tiny-1_arm64.deb",
                                     "linux-libc-dev_6.12.117-tiny-1_arm64.deb"};

test::ProgramRun pack(const World& world, const std::string& work, std::vector<std::string> more) {
    // The fake tree needs dpkg-deb alone of what makes packages.
    for (const char* name : {"dpkg-buildpackage", "dh", "rsync"})
        world.stub(name, "exit 1");
    more.insert(more.begin(), {RPIKIT_PROGRAM, "-C", (world.folder / work).string(), "package", "rpi4"});
    return test::run_program(
        more,
        {.directory = world.folder.path(), .home = world.folder / "home", .stubs = world.folder / "stubs"});
}

std::vector<std::string> files_in(const fs::path& folder) {
    std::vector<std::string> found;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(folder, missing))
        found.push_back(entry.path().filename().string());
    std::ranges::sort(found);
    return found;
}

}  // namespace

TEST_CASE("a built kernel is packed for Debian, and then there is nothing to do") {
    const World world;
    REQUIRE(world.build("work").code == 0);
    const auto out = world.folder / "work/out/rpi4";
    const auto compiled = rpikit::sha256_file(out / "build/kernel/vmlinux").value();
    const auto first = pack(world, "work", {"--deb", "--json"});
    INFO(first.err);
    REQUIRE(first.code == 0);
    const auto answer = nlohmann::json::parse(first.out);
    CHECK(answer["release"] == "6.12.117-tiny");
    REQUIRE(answer["files"].size() == names.size());
    CHECK(files_in(out / "packages/deb") == names);
    CHECK(files_in(out / "packages") == std::vector<std::string>{"deb"});
    CHECK_FALSE(fs::exists(out / "build/kernel/debian"));
    CHECK(files_in(out / "build").size() == 3);  // kernel, its number of objects, modules
    CHECK(rpikit::sha256_file(out / "build/kernel/vmlinux").value() == compiled);

    const auto makes = test::fake_invocations(out / "build/kernel").size();
    const auto second = pack(world, "work", {"--deb"});
    CHECK(second.code == 0);
    CHECK(second.err.contains("up to date"));
    CHECK(second.out.contains(names[1]));
    CHECK(test::fake_invocations(out / "build/kernel").size() == makes);
    // What was packed goes on being built.
    const auto built = world.build("work", {"--explain"});
    CHECK_FALSE(built.out.contains("runs:"));

    // The same bytes from another folder at another time.
    REQUIRE(world.build("other folder").code == 0);
    REQUIRE(pack(world, "other folder", {"--deb"}).code == 0);
    for (const auto& name : names) {
        INFO(name);
        CHECK(rpikit::sha256_file(out / "packages/deb" / name).value() ==
              rpikit::sha256_file(world.folder / "other folder/out/rpi4/packages/deb" / name).value());
    }
}

TEST_CASE("packages are made without a sandbox, too") {
    const World world;
    REQUIRE(world.build("work", {"--no-sandbox"}).code == 0);
    const auto packed = pack(world, "work", {"--deb", "--no-sandbox"});
    INFO(packed.err);
    REQUIRE(packed.code == 0);
    const auto out = world.folder / "work/out/rpi4";
    CHECK(files_in(out / "packages/deb") == names);
    CHECK(files_in(out / "build").size() == 3);
}

TEST_CASE("what the kernel installs is packed as a tar") {
    const World world;
    REQUIRE(world.build("work").code == 0);
    const auto first = pack(world, "work", {"--tar"});
    INFO(first.err);
    REQUIRE(first.code == 0);
    const auto file = world.folder / "work/out/rpi4/packages/linux-rpi4-6.12.117-tiny.tar.zst";
    const auto list = test::run_program({"/bin/tar", "-tf", file.string()},
                                        {.directory = world.folder.path(), .home = world.folder / "home"});
    CHECK(list.out.contains("boot/vmlinuz-6.12.117-tiny\n"));
    CHECK(list.out.contains("boot/dtbs/6.12.117-tiny/broadcom/bcm2711-rpi-4-b.dtb\n"));
    CHECK(list.out.contains("lib/modules/6.12.117-tiny/modules.dep\n"));
    const auto hash = rpikit::sha256_file(file).value();
    const auto other = pack(world, "work", {"--tar", "--compression", "xz"});
    CHECK(other.code == 0);
    CHECK(fs::exists(world.folder / "work/out/rpi4/packages/linux-rpi4-6.12.117-tiny.tar.xz"));
    fs::remove(file);
    CHECK(pack(world, "work", {"--tar"}).code == 0);
    CHECK(rpikit::sha256_file(file).value() == hash);
}

TEST_CASE("packages that cannot be made") {
    const World world;
    const auto packages = world.folder / "work/out/rpi4/packages";
    fs::create_directories(world.folder / "work");
    const auto early = pack(world, "work", {"--deb"});
    CHECK(early.code == 1);
    CHECK(early.err.contains("rpi4 has not been built here"));
    CHECK(early.err.contains("hint: rpi-kit build rpi4"));
    CHECK_FALSE(fs::exists(world.folder / "work/out"));
    REQUIRE(world.build("work").code == 0);
    SECTION("the source is another one now") {
        world.folder.write("linux/init/main.c", "int new_main;\n");
        const auto other = pack(world, "work", {"--deb"});
        CHECK(other.code == 1);
        CHECK(other.err.contains("the source that rpi4 was built from"));
        CHECK(pack(world, "work", {"--tar"}).code == 0);
    }
    SECTION("no format, or an unknown one") {
        CHECK(pack(world, "work", {}).code == 2);
        CHECK(pack(world, "work", {"--rpm"}).code == 2);
        CHECK(pack(world, "work", {"--deb", "--tar"}).code == 2);
        CHECK(pack(world, "work", {"--tar", "--compression", "rar"}).code == 2);
        CHECK_FALSE(fs::exists(packages));
    }
    SECTION("only shown") {
        const auto shown = pack(world, "work", {"--deb", "--dry-run"});
        CHECK(shown.code == 0);
        CHECK(shown.out.contains("runs: not finished before"));
        CHECK(shown.out.contains("bindeb-pkg"));
        CHECK_FALSE(fs::exists(packages));
    }
}

TEST_CASE("a full disk leaves the packages of before, and nothing of the new ones") {
    const World world({.fail = "disk-full", .fail_at = "package"});
    REQUIRE(world.build("work").code == 0);
    const auto out = world.folder / "work/out/rpi4";
    world.folder.write("work/out/rpi4/packages/deb/old.deb", "of before");
    const auto full = pack(world, "work", {"--deb"});
    INFO(full.err);
    CHECK(full.code == 1);
    CHECK(full.err.contains("the kernel could not be packed"));
    CHECK(full.err.contains("No space left on device"));
    CHECK(files_in(out / "packages") == std::vector<std::string>{"deb"});
    CHECK(files_in(out / "packages/deb") == std::vector<std::string>{"old.deb"});
    CHECK_FALSE(fs::exists(out / "build/kernel/debian"));
    CHECK(files_in(out / "build").size() == 3);
}
