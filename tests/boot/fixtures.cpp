#include "tests/boot/fixtures.hpp"

extern "C" {
#include <libfdt.h>
}

#include <stdexcept>

namespace rpikit::test {

namespace {

void require(int status) {
    if (status != 0) throw std::runtime_error(fdt_strerror(status));
}

}  // namespace

std::string make_device_tree(const std::vector<std::string>& compatible,
                             const std::vector<std::string>& nodes) {
    std::string blob(4096, '\0');
    std::string list;
    for (const auto& name : compatible)
        list += name + '\0';
    require(fdt_create(blob.data(), static_cast<int>(blob.size())));
    require(fdt_finish_reservemap(blob.data()));
    require(fdt_begin_node(blob.data(), ""));
    if (!list.empty())
        require(fdt_property(blob.data(), "compatible", list.data(), static_cast<int>(list.size())));
    for (const auto& node : nodes) {
        require(fdt_begin_node(blob.data(), node.c_str()));
        require(fdt_end_node(blob.data()));
    }
    require(fdt_end_node(blob.data()));
    require(fdt_finish(blob.data()));
    blob.resize(fdt_totalsize(blob.data()));
    return blob;
}

BootFixture::BootFixture() {
    board.name = "rpi4";
    board.kernel.arch = "arm64";
    board.boot = {.method = "rpi-firmware",
                  .cmdline = "console=serial0,115200 root={root} rootwait",
                  .config_txt = {"arm_64bit=1", "enable_uart=1", "kernel=Image.gz"},
                  .firmware = {"start4.elf", "fixup4.dat"}};
    board.file = folder.write("boards/rpi4.toml",
                              "[boot]\nconfig_txt = [\n    \"arm_64bit=1\",\n    \"kernel=Image.gz\",\n    "
                              "\"kernal=Image.gz\",\n]\n");
    board.files = {board.file};
    kernel.release = "6.12.1";
    kernel.image = folder.write("build/arch/arm64/boot/Image.gz", "\x1f\x8b" + std::string(100, 'k'));
    kernel.dtbs = {folder.write("build/arch/arm64/boot/dts/broadcom/bcm2711-rpi-4-b.dtb",
                                make_device_tree({"raspberrypi,4-model-b", "brcm,bcm2711"}))};
    folder.write("firmware/start4.elf", "start");
    folder.write("firmware/fixup4.dat", "fixup");
}

void BootFixture::add_overlay(const std::string& name) const {
    folder.write("build/arch/arm64/boot/dts/overlays/" + name + ".dtbo", make_device_tree({"brcm,bcm2835"}));
}

Result<archive::FileTree> BootFixture::make() const {
    return boot::make_boot_files({.board = board,
                                  .kernel = kernel,
                                  .firmware = folder / "firmware",
                                  .root = "PARTUUID=1234abcd-02",
                                  .initramfs = initramfs});
}

}  // namespace rpikit::test
