#include "sdk/boot/boot_files.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/boot/boot_method.hpp"
#include "tests/boot/fixtures.hpp"

using namespace rpikit;

namespace {

std::string text(const archive::FileTree& tree, const std::string& path) {
    const auto* entry = tree.find(path);
    REQUIRE(entry != nullptr);
    return archive::read_content(*entry).value();
}

std::vector<std::string> files(const archive::FileTree& tree) {
    std::vector<std::string> paths;
    for (const auto& [path, entry] : tree.entries()) {
        if (entry.type == archive::FileType::regular) paths.push_back(path);
    }
    return paths;
}

}  // namespace

TEST_CASE("the boot partition of a Raspberry Pi has what its firmware reads", "[boot]") {
    const test::BootFixture fixture;
    const auto tree = fixture.make();
    if (!tree) FAIL(render(tree.error(), false));
    CHECK(files(*tree) == std::vector<std::string>{"Image.gz", "bcm2711-rpi-4-b.dtb", "cmdline.txt",
                                                   "config.txt", "fixup4.dat", "start4.elf"});
    CHECK(text(*tree, "cmdline.txt") == "console=serial0,115200 root=PARTUUID=1234abcd-02 rootwait\n");
    CHECK(text(*tree, "config.txt") == "arm_64bit=1\nenable_uart=1\nkernel=Image.gz\n");
    CHECK(text(*tree, "start4.elf") == "start");
    CHECK(std::holds_alternative<archive::FileSlice>(tree->find("Image.gz")->content));
}

TEST_CASE("the kernel goes by the name that config.txt gives it", "[boot]") {
    test::BootFixture fixture;
    fixture.board.boot.config_txt = {"kernel=linux.bin", "[cm4]", "enable_uart=0"};
    CHECK(fixture.make().value().find("linux.bin") != nullptr);
    fixture.board.boot.config_txt = {};
    CHECK(fixture.make().value().find("kernel8.img") != nullptr);
    fixture.board.boot.config_txt = {"os_prefix=new/", "cmdline=line.txt"};
    const auto prefixed = fixture.make();
    if (!prefixed) FAIL(render(prefixed.error(), false));
    CHECK(files(*prefixed) == std::vector<std::string>{"config.txt", "fixup4.dat", "new/bcm2711-rpi-4-b.dtb",
                                                       "new/kernel8.img", "new/line.txt", "start4.elf"});
}

TEST_CASE("an initramfs is added and named in config.txt", "[boot]") {
    test::BootFixture fixture;
    fixture.initramfs = fixture.folder.write("initrd", "cpio");
    const auto added = fixture.make();
    if (!added) FAIL(render(added.error(), false));
    CHECK(text(*added, "initrd.img-6.12.1") == "cpio");
    CHECK(text(*added, "config.txt").ends_with("[all]\ninitramfs initrd.img-6.12.1 followkernel\n"));

    fixture.board.boot.config_txt.emplace_back("initramfs initrd.gz followkernel");
    CHECK(text(fixture.make().value(), "initrd.gz") == "cpio");
    fixture.initramfs.clear();
    const auto missing = fixture.make();
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message ==
          "config.txt: 'initramfs' names initrd.gz, which is not on the boot partition");
}

TEST_CASE("overlays come with their map and a README", "[boot]") {
    test::BootFixture fixture;
    fixture.add_overlay("disable-bt");
    fixture.add_overlay("uart2");
    fixture.folder.write("build/arch/arm64/boot/dts/overlays/overlay_map.dtb",
                         test::make_device_tree({"x"}, {"vc4-kms-v3d"}));
    fixture.board.boot.config_txt.emplace_back("dtoverlay=disable-bt");
    fixture.board.boot.config_txt.emplace_back("dtoverlay=vc4-kms-v3d,cma-256");
    const auto all = fixture.make();
    if (!all) FAIL(render(all.error(), false));
    for (const auto* name : {"disable-bt.dtbo", "uart2.dtbo", "overlay_map.dtb", "README"}) {
        CHECK(all->find(std::string("overlays/") + name) != nullptr);
    }

    fixture.board.boot.overlays = {"disable-bt"};
    CHECK(fixture.make().value().find("overlays/uart2.dtbo") == nullptr);
    fixture.board.boot.overlays = {"disable-bd"};
    const auto wrong = fixture.make();
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message == "the kernel has no overlay 'disable-bd'");
    CHECK(wrong.error().hint == "did you mean 'disable-bt'?");
}

TEST_CASE("a mistake in config.txt points into the descriptor", "[boot]") {
    test::BootFixture fixture;
    fixture.board.boot.config_txt = {"arm_64bit=1", "kernal=Image.gz"};
    const auto tree = fixture.make();
    REQUIRE_FALSE(tree);
    CHECK(tree.error().message == "config.txt: unknown key 'kernal'");
    CHECK(tree.error().where == Location{fixture.board.file, 5, 5});
    CHECK(tree.error().hint == "did you mean 'kernel'?");

    // A placeholder was replaced, so the descriptor has another text.
    fixture.folder.write("boards/rpi4.toml", "\n  config_txt = [\"kernel={image}\"]\n");
    fixture.board.boot.config_txt = {"kernel=Image.gz", "[cm4]", "kernel=other.img"};
    const auto placeholder = fixture.make();
    REQUIRE_FALSE(placeholder);
    CHECK(placeholder.error().where == Location{fixture.board.file, 2, 17});
}

TEST_CASE("a kernel that the firmware cannot start is refused", "[boot]") {
    test::BootFixture fixture;
    fixture.folder.write("build/arch/arm64/boot/Image.gz",
                         "\xfd" + std::string("7zXZ") + std::string(100, 'k'));
    CHECK_FALSE(fixture.make());
    std::string image(64, '\0');
    image.replace(56, 4, "ARM\x64");
    fixture.folder.write("build/arch/arm64/boot/Image.gz", image);
    CHECK(fixture.make());
    fixture.board.kernel.arch = "arm";
    const auto foreign = fixture.make();
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().causes.front() == "it is built for arm64, the board for arm");
    fixture.folder.write("build/arch/arm64/boot/Image.gz", "short");
    CHECK_FALSE(fixture.make());
}

TEST_CASE("garbage and foreign device trees are refused", "[boot]") {
    test::BootFixture fixture;
    const auto write = [&](const std::string& content) {
        fixture.folder.write("build/arch/arm64/boot/dts/broadcom/bcm2711-rpi-4-b.dtb", content);
    };
    const auto whole = test::make_device_tree({"raspberrypi,4-model-b"});
    write(whole.substr(0, whole.size() - 4));
    CHECK_FALSE(fixture.make());
    write("garbage");
    CHECK_FALSE(fixture.make());
    write(test::make_device_tree({}));
    CHECK_FALSE(fixture.make());
    write(test::make_device_tree({"xunlong,orangepi"}));
    const auto foreign = fixture.make();
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().causes.front() == "it is compatible with xunlong,orangepi");
}

TEST_CASE("firmware files that the folder lacks are named", "[boot]") {
    test::BootFixture fixture;
    fixture.board.boot.firmware.emplace_back("start4x.elf");
    const auto tree = fixture.make();
    REQUIRE_FALSE(tree);
    CHECK(tree.error().message.ends_with("lacks start4x.elf"));
    fixture.folder.write("firmware/start4x.elf", "start");
    const auto alone = fixture.make();
    REQUIRE_FALSE(alone);
    CHECK(alone.error().message == "config.txt: start4x.elf has no fixup4x.dat beside it");
}

TEST_CASE("an unknown boot method names the near match", "[boot]") {
    test::BootFixture fixture;
    fixture.board.boot.method = "rpi-firmwear";
    const auto tree = fixture.make();
    REQUIRE_FALSE(tree);
    CHECK(tree.error().hint == "did you mean 'rpi-firmware'?");
    CHECK(tree.error().where->file == fixture.board.file);
}

TEST_CASE("every boot method can be used", "[boot]") {
    REQUIRE_FALSE(boot::boot_methods().empty());
    for (const auto* method : boot::boot_methods()) {
        CHECK_FALSE(method->name.empty());
        CHECK(method->make != nullptr);
        CHECK(boot::find_boot_method(method->name).value() == method);
        // A method whose package the board names has the folder alone.
        CHECK((method->packages.empty() || !method->package_folder.empty()));
        CHECK(method->packages.empty() == method->package_architecture.empty());
    }
}
