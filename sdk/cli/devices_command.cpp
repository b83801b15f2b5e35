#include <CLI/CLI.hpp>

#include "flasher/device/machine.hpp"
#include "flasher/device/refusal.hpp"
#include "sdk/cli/command.hpp"
#include "sdk/cli/device_output.hpp"

namespace rpikit::cli {

namespace {

Result<int> list_devices(const Context& context) {
    TRY_ASSIGN(const auto machine, device::survey({}));
    std::vector<std::vector<device::Refusal>> against;
    for (const auto& disk : machine.disks) {
        against.push_back(device::refusals(machine, disk, {.work = context.work}));
    }
    context.out(context.json ? devices_document(machine.disks, against) : disk_table(machine.disks, against));
    return 0;
}

}  // namespace

Command devices_command() {
    return {.name = "devices",
            .summary = "List block devices, and say which can be written and why others not",
            .examples =
                "  rpi-kit devices\n"
                "  rpi-kit devices --json",
            .setup = [](CLI::App&) -> Runner { return list_devices; }};
}

}  // namespace rpikit::cli
