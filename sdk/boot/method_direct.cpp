#include "sdk/boot/boot_method.hpp"
#include "sdk/boot/extlinux.hpp"

namespace rpikit::boot {

/// No loader: an emulator is given the kernel and its initramfs, device tree and command line. They lie on
/// the boot partition all the same, where extlinux.conf says which belong together; `rpi-kit boot` reads it
/// there.
extern const BootMethod method_direct;
const BootMethod method_direct{.name = "direct", .has_menu = true, .make = make_extlinux_files};

}  // namespace rpikit::boot
