// Whole builds with the real program, make and compiler, of a kernel tree that takes a second.

#include <elf.h>

#include <catch2/catch_test_macros.hpp>
#include <cstddef>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sdk/image/image_reader.hpp"
#include "sdk/support/sha256.hpp"
#include "tests/system/world.hpp"

namespace {

namespace fs = std::filesystem;
namespace image = rpikit::image;
namespace test = rpikit::test;
using test::World;

nlohmann::json manifest(const World& world, const std::string& work) {
    return nlohmann::json::parse(std::ifstream(world.folder / work / "out" / "rpi4" / "manifest.json"));
}

}  // namespace

TEST_CASE("a board is built into an image with its kernel, and then there is nothing to do") {
    const World world;
    const auto first = world.build("work");
    INFO(first.err);
    REQUIRE(first.code == 0);
    CHECK(first.out.contains("sdcard.img"));
    CHECK(first.out.contains("next: rpi-kit"));

    const auto partitions = image::read_partitions(world.image("work")).value();
    REQUIRE(partitions.size() == 2);
    const auto config = image::read_fat_file(world.image("work"), partitions[0].offset, "config.txt").value();
    CHECK(config.contains("kernel=Image.gz"));
    const auto cmdline =
        image::read_fat_file(world.image("work"), partitions[0].offset, "cmdline.txt").value();
    CHECK(cmdline.contains("root=PARTUUID=" + partitions[1].partuuid));

    const auto written = manifest(world, "work");
    CHECK(written["board"] == "rpi4");
    CHECK(written["image"]["sha256"] == world.image_hash("work"));
    CHECK_FALSE(written["kernel"]["modules"].empty());
    CHECK(written["kernel"]["requests"].size() > 50);

    const auto makes = test::fake_invocations(world.folder / "work/out/rpi4/build/kernel").size();
    const auto second = world.build("work", {"--json"});
    CHECK(second.code == 0);
    const auto stages = nlohmann::json::parse(second.out)["stages"];
    REQUIRE(stages.size() == 9);
    for (const auto& stage : stages) {
        INFO(stage);
        CHECK(stage["ran"] == false);
    }
    CHECK(test::fake_invocations(world.folder / "work/out/rpi4/build/kernel").size() == makes);
}

TEST_CASE(
    "the same inputs give the same image in another folder, with blanks and other letters in its name") {
    const World world;
    REQUIRE(world.build("work").code == 0);
    const auto other = world.build("ein anderer Ordner äöü");
    INFO(other.err);
    REQUIRE(other.code == 0);
    CHECK(world.image_hash("ein anderer Ordner äöü") == world.image_hash("work"));
}

TEST_CASE("a symbol that does not take stops the build with its unmet dependency, and leaves the old image") {
    const World world;
    REQUIRE(world.build("work").code == 0);
    const auto before = world.image_hash("work");
    const auto failed = world.build("work", {"--set", "HID_GENERIC=y"});
    CHECK(failed.code == 1);
    CHECK(failed.err.contains("HID_GENERIC"));
    CHECK(failed.err.contains("HID_SUPPORT"));
    CHECK(world.image_hash("work") == before);
}

TEST_CASE("the options --explain and --dry-run say what would happen and change nothing") {
    const World world;
    const auto dry = world.build("work", {"--dry-run"});
    INFO(dry.err);
    CHECK(dry.code == 0);
    CHECK(dry.out.contains("$ "));
    CHECK(dry.out.contains("$ env -i "));
    CHECK(dry.out.contains(" KBUILD_BUILD_HOST=rpi-kit "));
    CHECK(dry.out.contains("KCONFIG_CONFIG=.config.draft"));
    CHECK(dry.out.contains("vmlinux Image.gz dtbs modules"));
    CHECK(dry.out.contains("INSTALL_MOD_PATH="));
    CHECK_FALSE(fs::exists(world.folder / "work" / "out" / "rpi4" / "sdcard.img"));

    REQUIRE(world.build("work").code == 0);
    const auto unchanged = world.build("work", {"--explain"});
    CHECK_FALSE(unchanged.out.contains("runs:"));
    const auto changed = world.build("work", {"--explain", "--set", "HZ=300"});
    CHECK(changed.out.contains("configure  runs: changed: --set"));
    const auto json = nlohmann::json::parse(world.build("work", {"--explain", "--json"}).out);
    CHECK(json["stages"].size() == 9);
}

TEST_CASE("a tool that goes away is missed, though nothing else has changed") {
    const World world;
    fs::create_directories(world.folder / "tools");
    fs::create_symlink("/usr/bin/bc", world.folder / "tools/bc");
    REQUIRE(world.build("work", {}, {.stubs = world.folder / "tools"}).code == 0);
    fs::remove(world.folder / "tools/bc");
    const auto plan = world.build("work", {"--explain"}, {.stubs = world.folder / "tools"});
    CHECK(plan.out.starts_with("tools      runs: " + (world.folder / "tools/bc").string() + " is missing\n"));
}

TEST_CASE("the manifest tells what the image was made of, a new request without another effect too") {
    const World world;
    REQUIRE(world.build("work").code == 0);
    const auto before = manifest(world, "work");
    for (const auto* name : {"source.name", "source.identity", "toolchain.name", "toolchain.identity"})
        CHECK_FALSE(before["inputs"].value(name, "").empty());
    CHECK_FALSE(before["kernel"]["requests"].contains("HZ"));
    CHECK(before["image"]["partitions"].size() == 2);
    CHECK(before["files"].size() > 5);

    REQUIRE(world.build("work", {"--set", "HZ=250"}).code == 0);
    const auto after = manifest(world, "work");
    CHECK(after["kernel"]["requests"]["HZ"] == "250");
    CHECK(after["image"]["sha256"] == before["image"]["sha256"]);
}

TEST_CASE("a root file system that is a module is refused early, by name, unless an initramfs loads it") {
    const World world;
    const auto refused = world.build("work", {"--set", "EXT4_FS=m"});
    INFO(refused.err);
    CHECK(refused.code == 1);
    CHECK(refused.err.contains("CONFIG_EXT4_FS=m"));
    CHECK(refused.err.contains("rpi-kit build rpi4 --initramfs"));
    CHECK_FALSE(fs::exists(world.folder / "work/out/rpi4/build/kernel/arch/arm64/boot/Image.gz"));

    // It gets as far as the busybox, which --offline keeps away.
    const auto taken = world.build("work", {"--set", "EXT4_FS=m", "--initramfs"});
    INFO(taken.err);
    CHECK(taken.err.contains("busybox-static for arm64"));
    CHECK(fs::exists(world.folder / "work/out/rpi4/build/kernel/arch/arm64/boot/Image.gz"));

    const auto plan = nlohmann::json::parse(world.build("work", {"--explain", "--initramfs", "--json"}).out);
    REQUIRE(plan["stages"].size() == 10);
    CHECK(plan["stages"][7]["name"] == "initramfs");
    CHECK(plan["stages"][8]["name"] == "boot");
}

TEST_CASE("the option --json answers on standard output alone, errors included") {
    const World world;
    const auto built = world.build("work", {"--json"});
    const auto answer = nlohmann::json::parse(built.out);
    CHECK(answer["sha256"] == world.image_hash("work"));
    REQUIRE(answer["stages"].size() == 9);
    CHECK(answer["stages"][4]["name"] == "compile");
    CHECK(answer["stages"][4]["ran"] == true);
    CHECK(answer["stages"][4]["seconds"] > 0.0);
    CHECK(answer["peak_memory"] > 1'000'000);
    const auto failed = nlohmann::json::parse(world.build("work", {"--json", "--set", "HID_GENERIC=y"}).out);
    CHECK(failed["error"]["kind"] == "failed");
}

TEST_CASE("an image that somebody changed is made anew") {
    const World world;
    REQUIRE(world.build("work").code == 0);
    const auto before = world.image_hash("work");
    std::ofstream(world.image("work"), std::ios::app) << "x";
    const auto explained = world.build("work", {"--explain"});
    CHECK(explained.out.contains("was changed by something else"));
    REQUIRE(world.build("work").code == 0);
    CHECK(world.image_hash("work") == before);
}

TEST_CASE("an image that does not pass its check leaves image, map and manifest of before") {
    const World world;
    const auto contents = [&](const std::string& work) {
        std::vector<std::string> hashes;
        for (const auto* name : {"sdcard.img", "sdcard.img.bmap", "manifest.json"})
            hashes.push_back(rpikit::sha256_file(world.folder / work / "out/rpi4" / name).value_or("none"));
        return hashes;
    };
    REQUIRE(world.build("work").code == 0);
    const auto before = contents("work");
    world.folder.write("root/etc/hostname", "another\n");
    for (const auto* checker : {"fsck.fat", "e2fsck", "sfdisk"}) {
        const auto stubs = world.stub(checker, "echo damaged; exit 1");
        for (const auto* work : {"work", "fresh"}) {
            const auto failed = world.build(work, {}, {.stubs = stubs});
            INFO(checker << ' ' << work << '\n' << failed.err);
            CHECK(failed.code == 1);
            CHECK(failed.err.contains("of sdcard.img is not sound"));
            CHECK(failed.err.contains("damaged"));
            CHECK_FALSE(fs::exists(world.folder / work / "out/rpi4/.draft"));
        }
        CHECK(contents("work") == before);
        CHECK(contents("fresh") == std::vector<std::string>(3, "none"));
        fs::remove(stubs / checker);
    }
    REQUIRE(world.build("work").code == 0);
    const auto after = contents("work");
    for (std::size_t i = 0; i < after.size(); ++i)
        CHECK(after[i] != before[i]);
}

TEST_CASE("a source edited in the user's own tree is compiled, and its tree is not written to") {
    const World world;
    const auto listing = [&] {
        std::string all;
        for (const auto& entry : fs::recursive_directory_iterator(world.kernel))
            all += entry.path().string() + '\n';
        return all;
    };
    const auto before = listing();
    REQUIRE(world.build("work").code == 0);
    CHECK(listing() == before);
    const auto image_before = world.image_hash("work");
    for (const auto& entry : fs::recursive_directory_iterator(world.kernel / "init")) {
        if (entry.path().extension() == ".c")
            std::ofstream(entry.path(), std::ios::app) << "\nint edited = 7;\n";
    }
    const auto explained = world.build("work", {"--explain"});
    CHECK(explained.out.contains("source.identity"));
    REQUIRE(world.build("work").code == 0);
    CHECK(world.image_hash("work") != image_before);
}

TEST_CASE("without a sandbox the build warns and gives the same image") {
    const World world;
    REQUIRE(world.build("work").code == 0);
    const auto open = world.build("open", {"--no-sandbox"});
    INFO(open.err);
    REQUIRE(open.code == 0);
    CHECK(open.err.contains("warning: building without a sandbox"));
    CHECK(world.image_hash("open") == world.image_hash("work"));

    // As bubblewrap ends where user namespaces are not allowed.
    const auto stubs = world.stub("bwrap",
                                  "echo 'bwrap: No permissions to create new namespace, likely because the "
                                  "kernel does not allow non-privileged user namespaces.' >&2; exit 1");
    const auto forbidden = world.build("forbidden", {}, {.stubs = stubs});
    INFO(forbidden.err);
    REQUIRE(forbidden.code == 0);
    CHECK(forbidden.err.contains("warning: building without a sandbox: bwrap: No permissions"));
    CHECK(forbidden.err.contains("user namespaces are forbidden here"));
    CHECK(world.image_hash("forbidden") == world.image_hash("work"));
}

TEST_CASE(
    "a root file system for another machine, a missing firmware file: refused before anything is written") {
    const World world;
    {
        std::fstream init(world.folder / "root/sbin/init", std::ios::in | std::ios::out | std::ios::binary);
        init.seekp(offsetof(Elf64_Ehdr, e_machine)).put(EM_X86_64);
    }
    const auto refused = world.build("work");
    INFO(refused.err);
    CHECK(refused.code == 1);
    CHECK(refused.err.contains("sbin/init is built for amd64, the target is arm64"));
    CHECK_FALSE(fs::exists(world.image("work")));

    const World other;
    fs::remove(other.folder / "firmware/fixup4.dat");
    const auto missing = other.build("work");
    CHECK(missing.code == 1);
    CHECK(missing.err.contains("fixup4.dat"));
    CHECK_FALSE(fs::exists(other.image("work")));
}
