#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>

#include "sdk/image/image_reader.hpp"
#include "sdk/support/sha256.hpp"
#include "tests/image/image_fixture.hpp"
#include "tests/image/program.hpp"
#include "tests/support/test_host.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using test::ImageFixture;
using test::mib;
using test::noise;
using test::run_tool;
using test::slurp;

namespace {

/// A host with the real process runner.
struct RealHost {
    std::unique_ptr<host::ProcessRunner> runner = host::make_process_runner();
    test::TestHost host{*runner, host::Environment::of_this_process()};
    operator const host::Host&() { return host.host(); }  // NOLINT(google-explicit-constructor)
};

void fill(ImageFixture& fixture) {
    REQUIRE(fixture.boot.add_file("config.txt", "arm_64bit=1\n"));
    REQUIRE(fixture.boot.add_file("bcm2711-rpi-4-b.dtb", noise(50'000, 1)));
    REQUIRE(fixture.boot.add_file("overlays/vc4-kms-v3d-pi4.dtbo", noise(3'000, 2)));
    REQUIRE(fixture.boot.add_file("Image.gz", noise(5'000'000, 3)));
    REQUIRE(fixture.root.add_file("etc/hostname", "pi\n"));
    REQUIRE(fixture.root.add_file("bin/busybox", noise(2'000'000, 4), 0755));
    REQUIRE(fixture.root.add_symlink("bin/sh", "busybox"));
}

}  // namespace

TEST_CASE("an image passes the checkers of the field and reads back as it was meant") {
    const test::TempDir dir;
    RealHost host;
    for (const std::string table : {"mbr", "gpt"}) {
        CAPTURE(table);
        ImageFixture fixture(table);
        fill(fixture);
        const fs::path image = dir / (table + " \u00fc.img");
        const auto written = image::write_image(host, fixture.request, image);
        REQUIRE(written);
        const auto checked = image::check_image(host, image, written->partitions);
        CHECK(checked);
        CHECK(host.host.warnings.empty());

        CHECK(fs::file_size(image) == written->size);
        CHECK(sha256_file(image).value() == written->sha256);
        const auto partitions = image::read_partitions(image).value();
        REQUIRE(partitions.size() == 2);
        CHECK(partitions[0].offset == 4 * mib);
        CHECK(partitions[1].offset % (4 * mib) == 0);
        const auto identifiers = image::derive_identifiers(fixture.request.layout, "a seed");
        for (std::size_t i = 0; i < 2; ++i) {
            CHECK(partitions[i].partuuid == identifiers.partuuids[i]);
            CHECK(written->partitions[i].partuuid == identifiers.partuuids[i]);
            CHECK(written->partitions[i].uuid == identifiers.uuids[i]);
        }
        for (const auto& [path, entry] : fixture.boot.entries()) {
            if (entry.type != archive::FileType::regular) continue;
            CHECK(image::read_fat_file(image, partitions[0].offset, path).value() ==
                  std::get<std::string>(entry.content));
        }
        CHECK_FALSE(fs::exists(dir / ".tmp"));
    }
    CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 4);  // two images, two maps, nothing else
}

TEST_CASE("identifiers depend on the seed alone and are what blkid reads") {
    const test::TempDir dir;
    RealHost host;
    ImageFixture fixture;
    fill(fixture);
    const auto image = dir / "sdcard.img";
    const auto written = image::write_image(host, fixture.request, image).value();
    for (const auto& partition : written.partitions) {
        const auto probe =
            run_tool({"blkid", "-p", "-o", "export", "-O", std::to_string(partition.offset), image.string()});
        CHECK(probe.find("\nUUID=" + partition.uuid + "\n") != std::string::npos);
        CHECK(probe.find("LABEL=" + std::string(partition.name == "boot" ? "BOOT" : "root") + "\n") !=
              std::string::npos);
    }
    CHECK(written.partitions[1].partuuid ==
          fmt::format("{:08x}-02", image::derive_identifiers(fixture.request.layout, "a seed").disk_id));
    CHECK(image::derive_identifiers(fixture.request.layout, "another").disk_id !=
          image::derive_identifiers(fixture.request.layout, "a seed").disk_id);
    const auto probe = run_tool({"blkid", "-p", "-o", "export", image.string()});
    CHECK(probe.find("PTTYPE=dos") != std::string::npos);
}

TEST_CASE("the same request gives the same bytes, whatever the folder") {
    const test::TempDir here;
    const test::TempDir there;
    RealHost host;
    std::vector<std::string> hashes;
    std::vector<std::string> maps;
    for (const auto* dir : {&here, &there}) {
        ImageFixture fixture;
        fill(fixture);
        const auto spool = dir->write("spool", noise(100'000, 5));
        archive::Entry entry{.content = archive::FileSlice{.file = spool, .offset = 1000, .size = 99'000}};
        REQUIRE(fixture.root.add("var/slice", entry));
        const auto written = image::write_image(host, fixture.request, *dir / "sdcard.img");
        REQUIRE(written);
        hashes.push_back(sha256_file(*dir / "sdcard.img").value());
        maps.push_back(slurp(*dir / "sdcard.img.bmap"));
    }
    CHECK(hashes[0] == hashes[1]);
    CHECK(maps[0] == maps[1]);
}

TEST_CASE("the manifest has every file with its hash") {
    const test::TempDir dir;
    RealHost host;
    ImageFixture fixture;
    fill(fixture);
    REQUIRE(fixture.root.add_file("etc/empty", ""));
    REQUIRE(fixture.root.add("bin/link", {.hard_link = "bin/busybox"}));
    const auto written = image::write_image(host, fixture.request, dir / "sdcard.img").value();
    std::vector<std::string> lines;
    lines.reserve(written.files.size());
    for (const auto& file : written.files)
        lines.push_back(
            fmt::format("{} {} {} {}", file.partition, file.path, file.size, file.sha256.substr(0, 8)));
    const auto line = [&](const char* partition, const char* path, const std::string& content) {
        return fmt::format("{} {} {} {}", partition, path, content.size(), sha256(content).substr(0, 8));
    };
    CHECK(lines == std::vector<std::string>{line("boot", "Image.gz", noise(5'000'000, 3)),
                                            line("boot", "bcm2711-rpi-4-b.dtb", noise(50'000, 1)),
                                            line("boot", "config.txt", "arm_64bit=1\n"),
                                            line("boot", "overlays/vc4-kms-v3d-pi4.dtbo", noise(3'000, 2)),
                                            line("root", "bin/busybox", noise(2'000'000, 4)),
                                            line("root", "bin/link", noise(2'000'000, 4)),
                                            line("root", "etc/empty", ""),
                                            line("root", "etc/hostname", "pi\n")});
}

TEST_CASE("a partition that is too small says by how much and because of which files") {
    const test::TempDir dir;
    RealHost host;
    ImageFixture fixture;
    fill(fixture);
    for (const std::size_t index : {0U, 1U}) {
        CAPTURE(index);
        ImageFixture small;
        fill(small);
        small.request.layout.partitions[index].size = 3 * mib;
        small.request.layout.partitions[index].where = {.file = "boards/mine.toml", .line = 12, .column = 9};
        if (index == 1) REQUIRE(small.root.add_file("lib/modules/huge.ko", noise(4'000'000, 9)));
        small.update();
        const auto written = image::write_image(host, small.request, dir / "sdcard.img");
        REQUIRE_FALSE(written);
        const std::string text = render(written.error(), false);
        INFO(text);
        CHECK(text.find("too small by ") != std::string::npos);
        CHECK(text.find("boards/mine.toml:12:9") != std::string::npos);
        CHECK(text.find(index == 0 ? "4.8 MiB  Image.gz" : "3.8 MiB  lib/modules/huge.ko") !=
              std::string::npos);
        CHECK_FALSE(fs::exists(dir / "sdcard.img"));

        // What it says is enough, is enough; less is not.
        const auto hint = text.find("set size = \"");
        REQUIRE(hint != std::string::npos);
        const auto enough = std::stoull(text.substr(hint + 12)) * mib;
        small.request.layout.partitions[index].size = enough;
        small.update();
        CHECK(image::write_image(host, small.request, dir / "good.img"));
        small.request.layout.partitions[index].size = enough - mib;
        small.update();
        CHECK_FALSE(image::write_image(host, small.request, dir / "sdcard.img"));
    }
}

TEST_CASE("requests that cannot be met are refused before anything is written") {
    const test::TempDir dir;
    RealHost host;
    ImageFixture fixture;
    fill(fixture);
    std::string expected;
    SECTION("too many partitions for an MBR") {
        for (int i = 0; i < 3; ++i)
            fixture.request.layout.partitions.push_back({.name = "more", .filesystem = "none"});
        expected = "5 partitions";
    }
    SECTION("no partitions") {
        fixture.request.layout.partitions.clear();
        expected = "no partitions";
    }
    SECTION("unknown file system") {
        fixture.request.layout.partitions[1].filesystem = "ext5";
        expected = "did you mean 'ext4'";
    }
    SECTION("unknown partition table") {
        fixture.request.layout.table = "apm";
        expected = "gpt, mbr";
    }
    SECTION("odd alignment") {
        fixture.request.layout.alignment = 1000;
        expected = "alignment";
    }
    SECTION("a partition type of the other table") {
        fixture.request.layout.partitions[0].type = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
        expected = "not an MBR partition type";
    }
    SECTION("a label that FAT cannot hold") {
        fixture.request.layout.partitions[0].label = "a very long label";
        expected = "label";
    }
    SECTION("names that differ only by case on FAT") {
        REQUIRE(fixture.boot.add_file("CONFIG.TXT", ""));
        expected = "CONFIG.TXT and config.txt are the same name on FAT";
    }
    SECTION("a forbidden character on FAT") {
        REQUIRE(fixture.boot.add_file("what?.txt", ""));
        expected = "the character '?'";
    }
    SECTION("a point at a name's end on FAT") {
        REQUIRE(fixture.boot.add_file("overlays/name.", ""));
        expected = "overlays/name.";
    }
    SECTION("a symbolic link on FAT") {
        REQUIRE(fixture.boot.add_symlink("kernel8.img", "Image.gz"));
        expected = "kernel8.img is a symbolic link";
    }
    SECTION("a device on FAT") {
        REQUIRE(fixture.boot.add("null", {.type = archive::FileType::character_device}));
        expected = "null is a device";
    }
    SECTION("a hard link on FAT") {
        REQUIRE(fixture.boot.add("copy", {.hard_link = "config.txt"}));
        expected = "copy is a hard link";
    }
    SECTION("a hard link to nothing on ext4") {
        REQUIRE(fixture.root.add("copy", {.hard_link = "nothing"}));
        expected = "copy is a hard link to nothing";
    }
    SECTION("an attribute that ext4 does not know") {
        REQUIRE(fixture.root.add("file", {.xattrs = {{"foreign.x", "1"}}}));
        expected = "foreign.x";
    }
    SECTION("a content that is not there") {
        REQUIRE(fixture.root.add("file", {.content = archive::FileSlice{.file = dir / "gone", .size = 1}}));
        expected = "gone";
    }
    SECTION("a content that is too short") {
        REQUIRE(fixture.root.add(
            "file", {.content = archive::FileSlice{.file = dir.write("short", "abc"), .size = 4}}));
        expected = "has 3 bytes, 4 were expected";
    }
    fixture.update();
    const auto before = std::distance(fs::directory_iterator(dir.path()), {});
    const auto written = image::write_image(host, fixture.request, dir / "sdcard.img");
    REQUIRE_FALSE(written);
    const std::string text = render(written.error(), false);
    INFO(text);
    CHECK(text.find(expected) != std::string::npos);
    CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == before);
}

TEST_CASE("a content that changes while it is written is an error") {
    const test::TempDir dir;
    RealHost host;
    ImageFixture fixture;
    fill(fixture);
    const auto file = dir.write("content", noise(3'000'000, 6));
    REQUIRE(fixture.root.add("a", {.content = archive::FileSlice{.file = file, .size = 3'000'000}}));
    int calls = 0;
    const auto on_progress = [&](std::uint64_t, std::uint64_t) {
        if (++calls != 1) return;
        SECTION("shorter") {
            fs::resize_file(file, 1'000'000);
        }
        SECTION("longer") {
            fs::resize_file(file, 4'000'000);
        }
        SECTION("rewritten") {
            fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(1));
        }
    };
    const auto written = image::write_image(host, fixture.request, dir / "sdcard.img", on_progress);
    REQUIRE_FALSE(written);
    CHECK(written.error().message.find("changed while the image was made") != std::string::npos);
    CHECK_FALSE(fs::exists(dir / "sdcard.img"));
}

TEST_CASE("a failed or interrupted run leaves the old image and its map alone") {
    const test::TempDir dir;
    RealHost host;
    ImageFixture fixture;
    fill(fixture);
    const auto image = dir / "sdcard.img";
    REQUIRE(image::write_image(host, fixture.request, image));
    const auto old_image = sha256_file(image).value();
    const auto old_map = slurp(dir / "sdcard.img.bmap");
    fixture.request.seed = "another";
    REQUIRE(fixture.root.add_file("more", noise(20'000'000, 8)));

    SECTION("disk full") {
        rlimit before{};
        getrlimit(RLIMIT_FSIZE, &before);
        const auto handler = std::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{.rlim_cur = 10 * mib, .rlim_max = before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &small);
        const auto written = image::write_image(host, fixture.request, image);
        setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, handler);
        REQUIRE_FALSE(written);
        CHECK(written.error().message.find("sdcard.img") != std::string::npos);
    }
    SECTION("stopped") {
        std::stop_source stop;
        host::Host stoppable = host.host.host();
        stoppable.stop = stop.get_token();
        const auto written =
            image::write_image(stoppable, fixture.request, image, [&](std::uint64_t done, std::uint64_t) {
                if (done > 3 * mib) stop.request_stop();
            });
        REQUIRE_FALSE(written);
        CHECK(written.error().kind == ErrorKind::interrupted);
    }
    SECTION("killed") {
        const pid_t child = fork();
        if (child == 0) {
            const auto survived =
                image::write_image(host, fixture.request, image, [](std::uint64_t done, std::uint64_t) {
                    if (done > 3 * mib) kill(getpid(), SIGKILL);
                });
            _exit(survived ? 0 : 1);
        }
        int status = 0;
        waitpid(child, &status, 0);
        REQUIRE(WIFSIGNALED(status));
    }
    CHECK(sha256_file(image).value() == old_image);
    CHECK(slurp(dir / "sdcard.img.bmap") == old_map);
    CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 2);
}

TEST_CASE("check_image finds damage") {
    const test::TempDir dir;
    RealHost host;
    ImageFixture fixture;
    fill(fixture);
    const auto image = dir / "sdcard.img";
    const auto written = image::write_image(host, fixture.request, image).value();
    REQUIRE(image::check_image(host, image, written.partitions));
    const auto damage = [&](std::uint64_t offset, const std::string& bytes) {
        std::fstream stream(image, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(static_cast<std::streamoff>(offset));
        stream << bytes;
    };
    std::string expected;
    SECTION("in the FAT's tables") {
        run_tool({"fsck.fat", "--help"});
        damage(written.partitions[0].offset + 8192, "garbage");
        expected = "the vfat of partition 'boot'";
    }
    SECTION("in the ext4's inodes") {
        damage(written.partitions[1].offset + 16'384, std::string(4000, 'x'));
        expected = "the ext4 of partition 'root'";
    }
    SECTION("in the partition table") {
        damage(446 + 8, "xx");
        expected = "sdcard.img";
    }
    const auto checked = image::check_image(host, image, written.partitions);
    REQUIRE_FALSE(checked);
    CHECK(render(checked.error(), false).find(expected) != std::string::npos);
    CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 2);
}

TEST_CASE("a partition without a file system holds one file as it is") {
    const test::TempDir dir;
    RealHost host;
    ImageFixture fixture("gpt");
    fill(fixture);
    archive::FileTree core;
    REQUIRE(core.add_file("core.img", "the core"));
    fixture.request.layout.partitions.push_back(
        {.name = "bios", .filesystem = "none", .type = "21686148-6449-6e6f-744e-656564454649"});
    fixture.update();
    fixture.request.contents.back().tree = &core;
    const auto image = dir / "sdcard.img";
    const auto written = image::write_image(host, fixture.request, image).value();
    const auto partition = image::read_partitions(image).value().at(2);
    CHECK(partition.type == "21686148-6449-6e6f-744e-656564454649");
    CHECK(slurp(image).substr(partition.offset, 9) == std::string("the core\0", 9));
    CHECK(image::check_image(host, image, written.partitions));
}
