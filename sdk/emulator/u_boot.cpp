#include "sdk/emulator/u_boot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace rpikit::emulator {

namespace {

/// On RISC-V it is started by OpenSBI, which QEMU brings, in supervisor mode.
constexpr std::array table{
    UBoot{"aarch64", "-bios", "/usr/lib/u-boot/qemu_arm64/u-boot.bin"},
    UBoot{"arm", "-bios", "/usr/lib/u-boot/qemu_arm/u-boot.bin"},
    UBoot{"riscv64", "-kernel", "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin"},
};

}  // namespace

Result<UBoot> find_u_boot(const std::string& system) {
    const auto* const row = std::ranges::find(table, system, &UBoot::system);
    if (row == table.end())
        return fail({.message = fmt::format("there is no U-Boot for qemu-system-{}", system)});
    std::error_code ignored;
    if (std::filesystem::exists(row->file, ignored)) return *row;
    return fail({.message = fmt::format("U-Boot for QEMU is not installed (looked for {})", row->file),
                 .hint = "sudo apt-get install u-boot-qemu"});
}

}  // namespace rpikit::emulator
