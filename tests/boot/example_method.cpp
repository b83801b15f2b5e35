#include "sdk/boot/boot_method.hpp"
#include "sdk/boot/command_line.hpp"
#include "sdk/boot/host_files.hpp"

namespace rpikit::boot {

namespace {

/// extlinux.conf, as U-Boot's distro boot reads it.
Result<archive::FileTree> make(const BootInputs& inputs) {
    TRY_ASSIGN(const auto cmdline,
               make_command_line(inputs.board.boot.cmdline, inputs.root, !inputs.initramfs.empty()));
    const std::string name = "vmlinuz-" + inputs.kernel.release;
    archive::FileTree tree;
    TRY(add_host_file(tree, name, inputs.kernel.image));
    TRY(tree.add_file("extlinux/extlinux.conf",
                      "default linux\nlabel linux\n    kernel /" + name + "\n    append " + cmdline + "\n"));
    return tree;
}

}  // namespace

extern const BootMethod method_extlinux;
const BootMethod method_extlinux{.name = "extlinux", .make = make};

}  // namespace rpikit::boot
