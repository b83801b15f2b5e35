#include <array>

#include "sdk/cli/command.hpp"

namespace rpikit::cli {

std::span<const Command> commands() {
    static const std::array table{
        build_command(),     boot_command(),    config_command(),   board_command(),      initramfs_command(),
        module_command(),    overlay_command(), sdk_command(),      package_command(),    toolchain_command(),
        doctor_command(),    inspect_command(), diff_command(),     devices_command(),    flash_command(),
        read_command(),      usb_command(),     settings_command(), completion_command(), manual_command(),
        reference_command(), complete_command()};
    return table;
}

}  // namespace rpikit::cli
