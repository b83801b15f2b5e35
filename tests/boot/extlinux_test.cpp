#include "sdk/boot/extlinux.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/boot/fixtures.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;

namespace {

/// The fixture's kernel for a board that U-Boot starts.
struct UBootFixture : test::BootFixture {
    UBootFixture() {
        board.boot = {.method = "u-boot", .cmdline = "console=ttyS0 root={root} rootwait"};
        board.kernel.dtbs = {"broadcom/bcm2711-rpi-4-b.dtb"};
        kernel.system_map = folder.write("build/System.map", "map");
        kernel.config = folder.write("build/.config", "config");
    }
    Result<archive::FileTree> make() const {
        return boot::make_boot_files({.board = board,
                                      .kernel = kernel,
                                      .firmware = folder / "firmware",
                                      .root = "PARTUUID=1234abcd-02",
                                      .initramfs = initramfs,
                                      .kept = kept,
                                      .host = host});
    }
    std::string text() const {
        const auto tree = make();
        INFO((tree ? "" : render(tree.error(), false)));
        REQUIRE(tree);
        return archive::read_content(*tree->find("extlinux/extlinux.conf")).value();
    }
    Result<boot::Loader> loader() const {
        return boot::make_loader(
            {.board = board, .kernel = kernel, .firmware = folder / "firmware", .root = "PARTUUID=1-02"});
    }
    std::vector<boot::KeptKernel> kept;
    const host::Host* host = nullptr;
};

}  // namespace

TEST_CASE("extlinux.conf starts one kernel at once, with its device tree", "[boot]") {
    const UBootFixture fixture;
    CHECK(fixture.text() ==
          "default l0\n\nlabel l0\n    menu label Linux 6.12.1\n    kernel /vmlinuz-6.12.1\n"
          "    fdt /dtbs/6.12.1/bcm2711-rpi-4-b.dtb\n"
          "    append console=ttyS0 root=PARTUUID=1234abcd-02 rootwait\n");
    CHECK(fixture.make()->find("vmlinuz-6.12.1") != nullptr);
    CHECK(fixture.make()->find("dtbs/6.12.1/bcm2711-rpi-4-b.dtb") != nullptr);
}

TEST_CASE("extlinux.conf has the descriptor's menu, an initramfs and kept kernels", "[boot]") {
    UBootFixture fixture;
    fixture.initramfs = fixture.folder.write("initrd", "initrd");
    fixture.board.boot.menu = {.timeout = 5,
                               .default_title = "Quiet",
                               .entries = {{.title = "Linux {release}", .cmdline = {}, .append = {}},
                                           {.title = "Quiet", .cmdline = {}, .append = "quiet"}}};
    auto older = fixture.kernel;
    older.release = "6.1.1";
    fixture.kept = {{.kernel = older}};
    const auto text = fixture.text();
    CHECK(text.contains("prompt 1\ntimeout 50\ndefault l1\n"));
    CHECK(text.contains("    initrd /initrd.img-6.12.1\n"));
    CHECK(text.contains("menu label Quiet\n"));
    CHECK(text.contains("rootwait quiet\n"));
    CHECK(
        text.contains("label l2\n    menu label Linux 6.1.1 (kept)\n    kernel /vmlinuz-6.1.1\n    fdt "
                      "/dtbs/6.1.1/bcm2711-rpi-4-b.dtb\n"));
    fixture.board.boot.menu.timeout = 0;
    CHECK_FALSE(fixture.text().contains("prompt"));
    fixture.board.boot.menu.timeout = 5;
    fixture.board.boot.menu.style = "hidden";
    CHECK_FALSE(fixture.text().contains("timeout"));
}

TEST_CASE("overlays are applied in their order, to a device tree that has symbols", "[boot]") {
    UBootFixture fixture;
    fixture.add_overlay("first");
    fixture.add_overlay("second");
    fixture.board.boot.overlays = {"second", "first"};
    const auto refused = fixture.make();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.contains("no symbols"));
    fixture.folder.write("build/arch/arm64/boot/dts/broadcom/bcm2711-rpi-4-b.dtb",
                         test::make_device_tree({"raspberrypi,4-model-b"}, {"__symbols__"}));
    CHECK(fixture.text().contains(
        "fdtoverlays /dtbs/6.12.1/overlays/second.dtbo /dtbs/6.12.1/overlays/first.dtbo\n"));
    fixture.board.boot.overlays = {"third"};
    CHECK_FALSE(fixture.make());
}

TEST_CASE("a command line that U-Boot would change is refused", "[boot]") {
    UBootFixture fixture;
    fixture.board.boot.cmdline = "root={root} name=$serial";
    const auto tree = fixture.make();
    REQUIRE_FALSE(tree);
    CHECK(tree.error().message.contains("$"));
    CHECK(tree.error().where->file == fixture.board.file);
}

TEST_CASE("a device tree that is none is refused", "[boot]") {
    const UBootFixture fixture;
    fixture.folder.write("build/arch/arm64/boot/dts/broadcom/bcm2711-rpi-4-b.dtb", "no tree");
    CHECK_FALSE(fixture.make());
}

TEST_CASE("raw loaders come from the package's folder or from a file, for methods that take them", "[boot]") {
    UBootFixture fixture;
    fixture.folder.write("firmware/pine/spl.bin", "first");
    const auto own = fixture.folder.write("own.itb", "second one");
    fixture.board.boot.loaders = {{.file = "pine/spl.bin", .offset = 8192}, {.path = own, .offset = 65536}};
    const auto loader = fixture.loader();
    REQUIRE(loader);
    REQUIRE(loader->raw.size() == 2);
    CHECK(loader->raw[0].name == "spl.bin");
    CHECK(loader->raw[0].offset == 8192);
    CHECK(archive::read_content(loader->raw[1].entry).value() == "second one");

    fixture.board.boot.method = "direct";
    const auto refused = fixture.loader();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().hint.contains("u-boot"));

    fixture.board.boot.method = "u-boot";
    fixture.board.boot.loaders[0].file = "pine/absent.bin";
    CHECK_FALSE(fixture.loader());
}

TEST_CASE("a kept kernel with device trees starts beside a board that has none now", "[boot]") {
    UBootFixture fixture;
    auto older = fixture.kernel;
    older.release = "6.1.1";
    fixture.kept = {{.kernel = older}};
    fixture.kernel.dtbs = {};
    fixture.board.kernel.dtbs = std::vector<std::string>();  // nothing left in its memory
    const auto text = fixture.text();
    CHECK(text.contains("kernel /vmlinuz-6.1.1\n"));
    CHECK_FALSE(text.contains("fdt "));
}

TEST_CASE("the board's own overlays are applied to the new kernel's device tree", "[boot]") {
    const auto runner = host::make_process_runner();
    test::TestHost machine(*runner, host::Environment::of_this_process());
    UBootFixture fixture;
    fixture.host = &machine.host();
    fixture.kept = {{.kernel = fixture.kernel}};
    fixture.kept.front().kernel.release = "6.1.1";
    fixture.board.boot.overlay_files = {
        fixture.folder.write("hat.dts", "/dts-v1/;\n/plugin/;\n&{/} { hat_pins: hat { }; };\n"),
        fixture.folder.write("user.dts", "/dts-v1/;\n/plugin/;\n&hat_pins { x; };\n")};
    const auto text = fixture.text();
    const std::string line = "fdtoverlays /dtbs/6.12.1/overlays/hat.dtbo /dtbs/6.12.1/overlays/user.dtbo\n";
    CHECK(text.contains(line));
    CHECK(text.find("fdtoverlays") == text.rfind("fdtoverlays"));
    CHECK(fixture.make()->find("dtbs/6.12.1/overlays/hat.dtbo") != nullptr);
    fixture.board.boot.method = "direct";
    CHECK(fixture.make().error().message.contains("applies no device tree overlays"));
}
