#include <sys/stat.h>
#include <catch2/catch_test_macros.hpp>

#include "sdk/inspect/inspect.hpp"
#include "tests/image/image_fixture.hpp"
#include "tests/inspect/samples.hpp"

using namespace rpikit;

namespace {

const auto early =
    test::cpio({{.name = "kernel", .mode = 040755}, {.name = "kernel/microcode", .content = "early"}});
const auto late = test::cpio({{.name = ".", .mode = 040755},
                              {.name = "./init", .content = "#!/bin/sh\n", .mode = 0100755},
                              {.name = "dev", .mode = 040755},
                              {.name = "dev/console", .mode = 020600},
                              {.name = "bin", .content = "usr/bin", .mode = 0120777},
                              {.name = "a", .inode = 7, .links = 2},
                              {.name = "b", .content = "of both", .inode = 7, .links = 2}});

}  // namespace

TEST_CASE("archives that follow each other, raw and compressed, are one initramfs") {
    const test::TempDir dir;
    const std::string zeros(500, '\0');
    for (const std::string filter : {"gzip", "xz", "zstd", "bzip2", "lzma", "lz4"}) {
        CAPTURE(filter);
        const auto more = test::packed(test::cpio({{.name = "init", .content = "newer"}}), "zstd");
        const auto file =
            dir.write("initrd", early + zeros + test::packed(late, filter) + zeros + more + late);
        const auto report = inspect::inspect(file, {.list = true});
        if (!report) FAIL(render(report.error(), false));
        CHECK(report->kind == "initramfs");
        REQUIRE(report->files.size() == 4);
        CHECK(report->files[0].place == "cpio at byte 0 (none)");
        CHECK(report->files[1].place.contains(filter));
        CHECK(report->files[1].members.size() == 7);
        CHECK(report->files[2].members[0].path == "init");
        CHECK(inspect::read_inside(file, "kernel/microcode", {}).value() == "early");
        CHECK(inspect::read_inside(file, "/init", {}).value() == "#!/bin/sh\n");
        CHECK(inspect::read_inside(file, "a", {}).value() == "of both");
        CHECK(inspect::read_inside(file, "b", {}).value() == "of both");
        CHECK_FALSE(inspect::read_inside(file, "bin", {}));
        CHECK_FALSE(inspect::read_inside(file, "nothing", {}));
    }
}

TEST_CASE("an initramfs is unpacked without its devices") {
    const test::TempDir dir;
    const auto file = dir.write("initrd", early + test::packed(late, "gzip"));
    const auto left_out = inspect::unpack_inside(file, dir / "out", {});
    if (!left_out) FAIL(render(left_out.error(), false));
    CHECK(*left_out == std::vector<std::string>{"dev/console"});
    CHECK(test::slurp(dir / "out/kernel/microcode") == "early");
    CHECK(test::slurp(dir / "out/a") == "of both");
    CHECK(std::filesystem::hard_link_count(dir / "out/b") == 2);
    CHECK(std::filesystem::read_symlink(dir / "out/bin") == "usr/bin");
}

TEST_CASE("a cpio that would write outside is refused and writes nothing there") {
    const test::TempDir dir;
    for (const auto* name : {"../evil", "a/../../evil", "/tmp/../evil"}) {
        CAPTURE(name);
        const auto file = dir.write("initrd", test::cpio({{.name = name, .content = "x"}}));
        const auto unpacked = inspect::unpack_inside(file, dir / "folder/out", {});
        REQUIRE_FALSE(unpacked);
        CHECK(render(unpacked.error(), false).contains("refused"));
        CHECK_FALSE(std::filesystem::exists(dir / "folder/evil"));
        CHECK_FALSE(std::filesystem::exists(dir / "evil"));
        CHECK(inspect::inspect(file, {.list = true}));  // to look is no danger
    }
    // A file below a link that leads out.
    const auto file = dir.write("initrd", test::cpio({{.name = "up", .content = "..", .mode = 0120777},
                                                      {.name = "up/evil", .content = "x"}}));
    CHECK_FALSE(inspect::unpack_inside(file, dir / "folder/other", {}));
    CHECK_FALSE(std::filesystem::exists(dir / "folder/evil"));
}

TEST_CASE("a list of entries has a limit") {
    const test::TempDir dir;
    const auto file = dir.write("initrd", late);
    const auto report = inspect::inspect(file, {.limits = {.bytes = 1 << 20, .entries = 3}});
    REQUIRE_FALSE(report);
    CHECK(render(report.error(), false).contains("more than 3 entries"));
}

TEST_CASE("a decompression bomb is refused at its limit") {
    const test::TempDir dir;
    const std::string zeros(16 << 20, '\0');
    const inspect::Options options{.limits = {.bytes = 1 << 20, .entries = 1000}};
    const auto refused = [&](const std::string& bytes) {
        const auto report = inspect::inspect(dir.write("bomb", bytes), options);
        REQUIRE_FALSE(report);
        CHECK(render(report.error(), false).contains("unpacks to more than 1.0 MiB"));
    };
    const auto bomb = test::cpio({{.name = "zeros", .content = zeros}});
    for (const std::string filter : {"gzip", "xz", "zstd", "bzip2", "lzma", "lz4"}) {
        CAPTURE(filter);
        refused(test::packed(bomb, filter));
        refused(test::bzimage(test::packed(zeros, filter)));
    }
    refused(test::arm64_image(test::kernel_core(test::sample_config + zeros)));
    refused(test::packed(test::arm64_image(test::kernel_core(zeros)), "xz"));
}
