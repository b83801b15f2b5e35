#include "sdk/boot/boot_method.hpp"
#include "sdk/boot/extlinux.hpp"

namespace rpikit::boot {

/// Das U-Boot with extlinux.conf. U-Boot itself lies where the SoC's ROM reads it, outside the partitions
/// (boot.loader), or in the board's flash memory, or comes with the emulator.
extern const BootMethod method_u_boot;
const BootMethod method_u_boot{.name = "u-boot",
                               .package_folder = "usr/lib/u-boot",
                               .has_menu = true,
                               .takes_raw_loaders = true,
                               .takes_overlays = true,
                               .make = make_extlinux_files};

}  // namespace rpikit::boot
