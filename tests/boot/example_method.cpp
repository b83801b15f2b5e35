#include "sdk/boot/boot_method.hpp"
#include "sdk/boot/command_line.hpp"
#include "sdk/boot/host_files.hpp"

namespace rpikit::boot {

namespace {

/// An entry of the Boot Loader Specification, type 1, as systemd-boot reads it.
Result<archive::FileTree> make(const BootInputs& inputs) {
    TRY_ASSIGN(const auto cmdline,
               make_command_line(inputs.board.boot.cmdline, inputs.root, !inputs.initramfs.empty()));
    const std::string name = "vmlinuz-" + inputs.kernel.release;
    archive::FileTree tree;
    TRY(add_host_file(tree, name, inputs.kernel.image));
    TRY(tree.add_file("loader/entries/linux.conf",
                      "title Linux\nlinux /" + name + "\noptions " + cmdline + "\n"));
    return tree;
}

}  // namespace

extern const BootMethod method_systemd_boot;
const BootMethod method_systemd_boot{.name = "systemd-boot", .make = make};

}  // namespace rpikit::boot
