#include <elf.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>

#include "sdk/inspect/inspect.hpp"
#include "tests/image/image_fixture.hpp"
#include "tests/inspect/samples.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using inspect::Report;

namespace {

const inspect::Fact* find(const Report& report, const std::string& name) {
    for (const auto& fact : report.facts)
        if (fact.name == name) return &fact;
    return nullptr;
}

std::string text(const Report& report, const std::string& name) {
    const auto* fact = find(report, name);
    return fact == nullptr ? "(none)" : std::get<std::string>(fact->value);
}

std::vector<std::string> list(const Report& report, const std::string& name) {
    return std::get<std::vector<std::string>>(find(report, name)->value);
}

Report report_of(const std::filesystem::path& file, bool listed = false) {
    auto report = inspect::inspect(file, {.list = listed});
    if (!report) FAIL(render(report.error(), false));
    return *report;
}

}  // namespace

TEST_CASE("a kernel in every form gives version, build id and its own configuration") {
    const test::TempDir dir;
    const auto image = test::arm64_image();
    const auto check = [&](const std::string& name, const std::string& bytes, const std::string& format,
                           const std::string& compression, const std::string& build_id) {
        CAPTURE(name);
        const auto file = dir.write(name, bytes);
        const auto report = report_of(file);
        CHECK(report.kind == "kernel");
        CHECK(text(report, "format") == format);
        CHECK(text(report, "release") == "6.12.117-tiny");
        CHECK(text(report, "compression") == compression);
        CHECK(text(report, "build_id").substr(0, 4) == build_id);
        CHECK(text(report, "config") == "embedded, 4 symbols set");
        CHECK(inspect::read_config(file, {}).value() == test::sample_config);
    };
    check("Image", image, "arm64 Image", "none", "abab");
    check("vmlinux", test::vmlinux(), "vmlinux", "none", "cdcd");
    for (const std::string filter : {"gzip", "xz", "zstd", "bzip2", "lzma", "lz4"}) {
        check("Image." + filter, test::packed(image, filter), "arm64 Image", filter, "abab");
        check("bzImage." + filter, test::bzimage(test::packed(test::vmlinux(), filter)), "x86 bzImage",
              filter, "cdcd");
    }
    check("bzImage.lz4l", test::bzimage(test::packed_lz4_legacy(test::vmlinux())), "x86 bzImage",
          "lz4 (legacy frame)", "cdcd");
}

TEST_CASE("the header of a bzImage is told") {
    const test::TempDir dir;
    const auto report = report_of(dir.write("bzImage", test::bzimage(test::packed(test::vmlinux(), "xz"))));
    CHECK(text(report, "boot_protocol") == "2.15");
    CHECK(text(report, "version_string") == "6.12.117-tiny (me)");
    CHECK(std::get<std::uint64_t>(find(report, "payload_offset")->value) == 1040);
}

TEST_CASE("a kernel without an embedded configuration says so") {
    const test::TempDir dir;
    const auto file = dir.write("vmlinuz", test::arm64_image(test::kernel_core("")));
    CHECK(text(report_of(file), "config") == "not embedded (built without CONFIG_IKCONFIG)");
    const auto config = inspect::read_config(file, {});
    REQUIRE_FALSE(config);
    CHECK(render(config.error(), false).contains("CONFIG_IKCONFIG"));
}

TEST_CASE("an ELF program is no kernel") {
    const test::TempDir dir;
    const auto report = inspect::inspect(dir.write("program", test::elf(ET_EXEC, {{".text", "x"}})), {});
    REQUIRE_FALSE(report);
    CHECK(render(report.error(), false).contains("no version banner"));
}

TEST_CASE("a module tells what modinfo tells, packed or not") {
    const test::TempDir dir;
    for (const std::string filter : {"", "xz", "gzip", "zstd"}) {
        CAPTURE(filter);
        const auto bytes = filter.empty() ? test::module() : test::packed(test::module(), filter);
        const auto report = report_of(dir.write("test.ko", bytes));
        CHECK(report.kind == "module");
        CHECK(text(report, "name") == "test");
        CHECK(text(report, "vermagic") == "6.12.117-tiny SMP mod_unload aarch64");
        CHECK(text(report, "license") == "GPL");
        CHECK(list(report, "depends") == std::vector<std::string>{"fat", "nls_base"});
        CHECK(list(report, "aliases") == std::vector<std::string>{"pci:v1", "fs-test"});
        CHECK(text(report, "signature") == "none");
    }
    const auto garbled = report_of(dir.write("signed.ko", test::module("no message")));
    CHECK(text(garbled, "signature") == "PKCS#7");
    CHECK(text(garbled, "signature_unreadable").contains("PKCS #7"));
    CHECK_FALSE(inspect::inspect(dir.write("object.o", test::elf(ET_REL, {{".text", "x"}})), {}));
}

TEST_CASE("a device tree tells its model and what it is compatible with") {
    const test::TempDir dir;
    const auto report = report_of(dir.write("board.dtb", test::device_tree()));
    CHECK(text(report, "model") == "Acme Board");
    CHECK(list(report, "compatible") == std::vector<std::string>{"acme,board", "acme,chip"});
}

TEST_CASE("a package tells its control fields and files") {
    const test::TempDir dir;
    const auto file =
        dir.write("acme.deb", test::deb({{.name = "./boot/config-1", .content = test::sample_config},
                                         {.name = "./etc/acme", .content = "x=1\n"}}));
    const auto report = report_of(file, true);
    CHECK(report.kind == "package");
    CHECK(text(report, "Package") == "acme");
    CHECK(text(report, "Description") == "a package\nof two lines");
    REQUIRE(report.files.size() == 1);
    CHECK(report.files[0].members[1].path == "etc/acme");
    CHECK(report.files[0].members[1].size == 4);
    CHECK(inspect::read_inside(file, "/etc/acme", {}).value() == "x=1\n");
    CHECK(inspect::read_config(file, {}).value() == test::sample_config);
    REQUIRE(inspect::unpack_inside(file, dir / "out", {}));
    CHECK(std::filesystem::file_size(dir / "out/etc/acme") == 4);
    CHECK_FALSE(inspect::unpack_inside(file, dir / "out", {}));
}

TEST_CASE("a configuration is told from any other text") {
    const test::TempDir dir;
    const auto report = report_of(dir.write(".config", test::sample_config));
    CHECK(report.kind == "configuration");
    CHECK(std::get<std::uint64_t>(find(report, "built_in")->value) == 1);
    CHECK(inspect::read_config(dir / ".config", {}).value() == test::sample_config);
    CHECK_FALSE(inspect::inspect(dir.write("notes", "CONFIG_HZ is my favourite\n"), {}));
    CHECK_FALSE(inspect::inspect(dir.write("empty", ""), {}));
    CHECK_FALSE(inspect::inspect(dir / "missing", {}));
    CHECK_FALSE(inspect::inspect(dir.path(), {}));
}

TEST_CASE("an image tells its partitions, their files and its kernel") {
    const test::TempDir dir;
    for (const std::string table : {"mbr", "gpt"}) {
        CAPTURE(table);
        const auto file = test::disk_image(dir, table + ".img", table);
        const auto report = report_of(file, true);
        CHECK(report.kind == "disk image");
        REQUIRE(report.files.size() == 2);
        CHECK(report.files[0].place == "partition 1 (vfat)");
        CHECK(report.files[1].place == "partition 2 (ext4)");
        CHECK(report.files[1].members.size() == 307);
        CHECK(inspect::read_inside(file, "/etc/hostname", {}).value() == "pi\n");
        CHECK(inspect::read_inside(file, "2:/etc/hostname", {}).value() == "pi\n");
        CHECK_FALSE(inspect::read_inside(file, "1:/etc/hostname", {}));
        CHECK(inspect::read_inside(file, "/bin/busybox", {}).value().size() == 300'000);
        const auto link = inspect::read_inside(file, "2:/bin/sh", {});
        REQUIRE_FALSE(link);
        CHECK(render(link.error(), false).contains("symbolic link to busybox"));
        CHECK(inspect::read_inside(file, "overlays/A Long Name.dtbo", {}).value() == "overlay");
        CHECK(inspect::read_config(file, {}).value() == test::sample_config);

        const auto none = inspect::read_inside(file, "9:/etc/hostname", {});
        REQUIRE_FALSE(none);
        CHECK(none.error().message.ends_with("has no partition 9"));
    }
}

TEST_CASE("an image's configuration is the file beside the kernel when none is built in") {
    const test::TempDir dir;
    const auto processes = host::make_process_runner();
    test::TestHost host(*processes, host::Environment::of_this_process());
    const auto message_or_config = [&](const std::string& name,
                                       const std::vector<std::pair<std::string, std::string>>& files) {
        test::ImageFixture fixture("mbr");
        for (const auto& [path, content] : files)
            REQUIRE(fixture.boot.add_file(path, content));
        REQUIRE(image::write_image(host.host(), fixture.request, dir / name));
        const auto config = inspect::read_config(dir / name, {});
        return config ? *config : render(config.error(), false);
    };
    const auto kernel = test::arm64_image(test::kernel_core(""));
    CHECK(message_or_config("beside.img", {{"vmlinuz-6.12.0", kernel}, {"config-6.12.0", "CONFIG_HZ=7\n"}}) ==
          "CONFIG_HZ=7\n");
    CHECK(message_or_config("without.img", {{"vmlinuz-6.12.0", kernel}}).contains("without CONFIG_IKCONFIG"));
    const auto none = message_or_config("none.img", {{"config.txt", "arm_64bit=1\n"}});
    CHECK(none.contains("has a kernel"));
    CHECK_FALSE(none.contains("IKCONFIG"));
}

TEST_CASE("an image whose download was cut off is told from one with a broken table") {
    const test::TempDir dir;
    const auto file = test::disk_image(dir, "disk.img", "gpt");
    std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
    const auto report = inspect::inspect(file, {});
    REQUIRE_FALSE(report);
    CHECK(render(report.error(), false).contains("it is cut off"));
}

TEST_CASE("what is no file, is empty or may not be read is refused with the reason") {
    const test::TempDir dir;
    const auto refusal = [](const std::filesystem::path& file) {
        const auto report = inspect::inspect(file, {});
        REQUIRE_FALSE(report);
        return render(report.error(), false);
    };
    REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
    CHECK(refusal(dir / "pipe").contains("is a pipe: only files can be looked into"));
    CHECK(refusal(dir.path()).contains("is a folder"));
    CHECK(refusal(dir.write("nothing", "")).contains("nothing is empty"));
    CHECK(refusal(dir / "missing").contains("does not exist"));
    std::filesystem::create_symlink("loop", dir / "loop");
    CHECK(refusal(dir / "loop").contains("Too many levels of symbolic links"));
}
