// The claim itself: a real kernel from the distribution's source, built, written to an image and booted.

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sdk/support/sha256.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/system/as_user.hpp"
#include "tests/system/cards.hpp"
#include "tests/system/inspect_agrees.hpp"
#include "tests/system/packages.hpp"
#include "tests/system/real_sdk.hpp"

namespace {

namespace fs = std::filesystem;
namespace test = rpikit::test;

/// The user's own cache, so that the kernel's source is downloaded once.
fs::path home() {
    return std::getenv("HOME");
}

const std::vector<std::string> build{"build",    "rpi4",   "--profile", "tiny",
                                     "--source", "distro", "--set",     "HZ=300"};

}  // namespace

TEST_CASE(
    "a tiny real kernel for rpi4 is built, boots, also from a card, is not built twice, and is the same from "
    "another "
    "folder",
    "[real]") {
    const test::TempDir work;
    const auto built = test::rpi_kit_as_user(work.path(), build);
    INFO(built.err);
    REQUIRE(built.code == 0);
    const auto image = work / "out/rpi4/sdcard.img";

    const auto booted = test::rpi_kit_as_user(work.path(), {"boot", "rpi4", "--check", "--json"});
    INFO(booted.out << booted.err);
    REQUIRE(booted.code == 0);
    const auto report = nlohmann::json::parse(booted.out);
    CHECK(report["verdict"] == "passed");
    REQUIRE(report["checks"].size() == 5);
    CHECK(report["checks"][1]["what"] == "kernel configuration");
    CHECK(report["checks"][1]["expected"] == "95 symbols as requested");
    CHECK(report["checks"][4]["what"] == "power-off");

    test::check_embedded_config(work / "out/rpi4/build/kernel/vmlinux", work.path());
    test::check_embedded_config(work / "out/rpi4/build/kernel/arch/arm64/boot/Image.gz", work.path());

    test::check_cards(work.path(), home());
    test::check_packages(work.path(), home());
    test::check_sdk(work.path(), home());

    const auto hash = rpikit::sha256_file(image).value();
    const auto before = std::chrono::steady_clock::now();
    REQUIRE(test::rpi_kit_as_user(work.path(), build).code == 0);
    const std::chrono::duration<double> unchanged = std::chrono::steady_clock::now() - before;
    UNSCOPED_INFO("an unchanged build took " << unchanged.count() << " s");
    CHECK(rpikit::sha256_file(image).value() == hash);

    const test::TempDir other;
    const auto folder = other / "second folder";
    fs::create_directories(folder);
    const auto again = test::rpi_kit_as_user(folder, build);
    INFO(again.err);
    REQUIRE(again.code == 0);
    CHECK(rpikit::sha256_file(folder / "out/rpi4/sdcard.img").value() == hash);
}

TEST_CASE("a root on f2fs, whose driver is a module, is refused without an initramfs and boots with one",
          "[real]") {
    const test::TempDir work;
    work.write("boards/flash.toml", R"(extends = "rpi4"
description = "A root file system on f2fs"
[[kernel.source]]
name = "distro"
cmdline = "console=ttyS1,115200 root={root} rootfstype=f2fs rootwait"
[boot]
cmdline = "console=serial0,115200 root={root} rootfstype=f2fs rootwait"
[[image.partition]]
name = "root"
filesystem = "f2fs"
)");
    std::vector<std::string> command{"build",  "flash", "--profile",          "tiny",  "--source",
                                     "distro", "--set", "MISC_FILESYSTEMS=y", "--set", "F2FS_FS=m"};
    const auto refused = test::rpi_kit_as_user(work.path(), command);
    INFO(refused.err);
    REQUIRE(refused.code == 1);
    CHECK(refused.err.contains("CONFIG_F2FS_FS=m"));
    CHECK(refused.err.contains("--initramfs"));

    command.emplace_back("--initramfs");
    const auto built = test::rpi_kit_as_user(work.path(), command);
    INFO(built.err);
    REQUIRE(built.code == 0);
    const auto booted = test::rpi_kit_as_user(work.path(), {"boot", "flash", "--check", "--json"});
    INFO(booted.out << booted.err);
    REQUIRE(booted.code == 0);
    const auto report = nlohmann::json::parse(booted.out);
    CHECK(report["verdict"] == "passed");
    bool on_f2fs = false;
    for (const auto& mount : report["mounts"])
        on_f2fs = on_f2fs || mount.get<std::string>().contains(" / f2fs ");
    CHECK(on_f2fs);
}
