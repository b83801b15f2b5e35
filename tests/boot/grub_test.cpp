#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "sdk/boot/boot_method.hpp"
#include "sdk/boot/grub_menu.hpp"
#include "tests/boot/fixtures.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace {

std::string bzimage() {
    std::string bytes(1024, '\0');
    bytes.replace(0x202, 4, "HdrS");
    return bytes;
}

/// A PC with a GPT disk, and a grub-mkimage that writes what it was asked for.
struct GrubFixture {
    test::FakeProcessRunner processes;
    test::TestHost host{processes};
    board::Board board;
    kernel::KernelArtifacts kernel;
    std::string core = std::string(3 * 512 + 1, 'c');
    bool fails = false;

    GrubFixture() {
        const auto& folder = host.directory;
        board.file = folder.write("pc.toml", "");
        board.kernel.arch = "x86";
        board.boot = {.method = "grub", .cmdline = "root={root} quiet", .menu = {}};
        board.image = {.table = "gpt",
                       .partitions = {{.name = "bios", .filesystem = "none", .content = "loader"},
                                      {.name = "esp", .filesystem = "vfat", .content = "boot"}}};
        kernel = {.release = "6.12.1",
                  .image = folder.write("bzImage", bzimage()),
                  .vmlinux = {},
                  .system_map = folder.write("System.map", "map"),
                  .config = folder.write(".config", "c")};
        folder.write("grub/i386-pc/boot.img", std::string(512, 'b'));
        processes.add_program("grub-mkimage", "/usr/bin/grub-mkimage");
        processes.answer("grub-mkimage", [this](const host::Command& command) -> host::Exit {
            if (fails) return {.code = 1, .output = "grub-mkimage: error: no module\n"};
            const auto at = std::ranges::find(command.argv, "--output");
            std::ofstream(*(at + 1)) << (command.argv[2] == "i386-pc" ? core : "efi program");
            return {};
        });
    }

    boot::BootInputs inputs() {
        return {.board = board,
                .kernel = kernel,
                .firmware = host.directory / "grub",
                .root = "PARTUUID=1234",
                .boot_uuid = "ABCD-0123",
                .loader_offset = 4 << 20,
                .host = &host.host(),
                .work = host.directory / "work"};
    }
};

std::uint64_t number(const std::string& bytes, std::size_t offset, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = size; i > 0; --i)
        value = value << 8 | static_cast<unsigned char>(bytes.at(offset + i - 1));
    return value;
}

board::Board with_menu(board::Menu menu) {
    board::Board board;
    board.file = "pc.toml";
    board.boot = {.method = "grub", .cmdline = "root={root} quiet", .menu = std::move(menu)};
    return board;
}

}  // namespace

TEST_CASE("GRUB's boot partition has the kernel's files under the names users know, and GRUB for UEFI",
          "[boot]") {
    GrubFixture fixture;
    const auto tree = boot::make_boot_files(fixture.inputs());
    INFO((tree ? "" : render(tree.error(), false)));
    REQUIRE(tree);
    for (const auto* path :
         {"vmlinuz-6.12.1", "System.map-6.12.1", "config-6.12.1", "EFI/BOOT/BOOTX64.EFI"}) {
        INFO(path);
        CHECK(tree->find(path) != nullptr);
    }
    const auto menu = archive::read_content(*tree->find("grub/grub.cfg")).value();
    CHECK(menu.contains("linux /vmlinuz-6.12.1 root=PARTUUID=1234 quiet\n"));
    CHECK_FALSE(menu.contains("initrd"));
}

TEST_CASE("an initramfs is on the boot partition and in the menu", "[boot]") {
    GrubFixture fixture;
    auto inputs = fixture.inputs();
    inputs.initramfs = fixture.host.directory.write("initramfs", "cpio");
    const auto tree = boot::make_boot_files(inputs);
    REQUIRE(tree);
    CHECK(tree->find("initrd.img-6.12.1") != nullptr);
    CHECK(
        archive::read_content(*tree->find("grub/grub.cfg")).value().contains("initrd /initrd.img-6.12.1\n"));
}

TEST_CASE("the BIOS finds GRUB's core image by the sectors that are written into it", "[boot]") {
    GrubFixture fixture;
    const auto loader = boot::make_loader(fixture.inputs());
    REQUIRE(loader);
    CHECK(loader->boot_code.size() == 440);
    CHECK(number(loader->boot_code, 0x5c, 8) == 8192);
    CHECK(number(loader->boot_code, 0x66, 2) == 0x9090);
    const auto core = archive::read_content(*loader->tree.find("core.img")).value();
    REQUIRE(core.size() == 4 * 512);
    CHECK(number(core, 0x1f4, 8) == 8193);
    CHECK(number(core, 0x1fc, 2) == 3);
    CHECK(number(core, 0x1fe, 2) == 0x820);
}

TEST_CASE("without a partition for it there is nothing for the BIOS; a method that has none says so",
          "[boot]") {
    GrubFixture fixture;
    fixture.board.boot.method = "rpi-firmware";
    const auto refused = boot::make_loader(fixture.inputs());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.contains("has nothing for the partition 'bios'"));
    fixture.board.image.partitions.erase(fixture.board.image.partitions.begin());
    const auto none = boot::make_loader(fixture.inputs());
    REQUIRE(none);
    CHECK(none->boot_code.empty());
}

TEST_CASE("what GRUB cannot start is refused", "[boot]") {
    GrubFixture fixture;
    SECTION("a kernel that is no bzImage") {
        fixture.kernel.image = fixture.host.directory.write("Image", std::string(1024, 'x'));
        CHECK(boot::make_boot_files(fixture.inputs()).error().message.contains("is no bzImage"));
    }
    SECTION("a truncated kernel") {
        fixture.kernel.image = fixture.host.directory.write("Image", bzimage().substr(0, 0x204));
        CHECK_FALSE(boot::make_boot_files(fixture.inputs()));
    }
    SECTION("grub-mkimage fails") {
        fixture.fails = true;
        const auto tree = boot::make_boot_files(fixture.inputs());
        REQUIRE_FALSE(tree);
        CHECK(render(tree.error(), false).contains("no module"));
    }
    SECTION("a boot sector of another size") {
        fixture.host.directory.write("grub/i386-pc/boot.img", "short");
        CHECK(boot::make_loader(fixture.inputs()).error().message.contains("has 5 bytes"));
    }
    SECTION("a core image of nothing") {
        fixture.core = "x";
        CHECK(boot::make_loader(fixture.inputs()).error().message.contains("no core image"));
    }
}

TEST_CASE("the menu is the descriptor's: style, default by title, a command line an entry", "[boot]") {
    const auto board =
        with_menu({.timeout = 7,
                   .style = "countdown",
                   .default_title = "Debug",
                   .serial = 9600,
                   .entries = {{.title = "Linux {release}", .cmdline = {}, .append = {}},
                               {.title = "Debug", .cmdline = {}, .append = "debug"},
                               {.title = "It's me", .cmdline = "root={root} other", .append = {}}}});
    const auto text = boot::make_grub_menu(board, {{.release = "6.1", .kernel = "/vmlinuz-6.1"}}, "LABEL=r");
    REQUIRE(text);
    CHECK(*text ==
          "serial --unit=0 --speed=9600\n"
          "terminal_input console serial\n"
          "terminal_output console serial\n"
          "set timeout_style=countdown\n"
          "set timeout=7\n"
          "set default=entry-1\n"
          "menuentry 'Linux 6.1' --id entry-0 {\n"
          "    linux /vmlinuz-6.1 root=LABEL=r quiet\n"
          "}\n"
          "menuentry 'Debug' --id entry-1 {\n"
          "    linux /vmlinuz-6.1 root=LABEL=r quiet debug\n"
          "}\n"
          "menuentry 'It'\\''s me' --id entry-2 {\n"
          "    linux /vmlinuz-6.1 root=LABEL=r other\n"
          "}\n");
}

TEST_CASE("kept kernels are below Advanced options, each with its own files", "[boot]") {
    const auto board = with_menu({.timeout = 3, .serial = 0});
    const auto text = boot::make_grub_menu(board,
                                           {{.release = "2", .kernel = "/vmlinuz-2"},
                                            {.release = "1", .kernel = "/vmlinuz-1", .initramfs = "/i-1"}},
                                           "LABEL=r");
    REQUIRE(text);
    CHECK_FALSE(text->contains("serial"));
    CHECK(text->contains("menuentry 'Linux 2' --id entry-0 {\n"));
    CHECK(
        text->contains("submenu 'Advanced options' --id advanced {\n"
                       "    menuentry 'Linux 1 (kept)' --id kept-1 {\n"
                       "        linux /vmlinuz-1 root=LABEL=r quiet\n"
                       "        initrd /i-1\n"));
}

TEST_CASE("a command line that GRUB's script would read otherwise is refused", "[boot]") {
    for (const auto* bad : {"a=$b", "a;reboot", "a\"b", "a'b", "a{", "a#b", "a|b"}) {
        auto board = with_menu({.entries = {{.title = "x", .cmdline = {}, .append = bad}}});
        INFO(bad);
        const auto text = boot::make_grub_menu(board, {{.release = "1", .kernel = "/k"}}, "LABEL=r");
        REQUIRE_FALSE(text);
        CHECK(text.error().where->file == "pc.toml");
    }
}
