#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "flasher/device/machine.hpp"
#include "flasher/device/refusal.hpp"
#include "sdk/cli/command.hpp"
#include "sdk/cli/device_output.hpp"

namespace rpikit::cli {

namespace {

Result<int> list_devices(const Context& context) {
    TRY_ASSIGN(const auto machine, device::survey({}));
    std::vector<std::vector<device::Refusal>> against;
    nlohmann::ordered_json devices = nlohmann::ordered_json::array();
    for (const auto& disk : machine.disks) {
        against.push_back(device::refusals(machine, disk, {.work = context.work}));
        auto json = disk_json(disk);
        json["can_be_written"] = against.back().empty();
        json["refusals"] = refusals_json(against.back());
        devices.push_back(std::move(json));
    }
    const nlohmann::ordered_json document = {{"devices", devices}};
    context.out(context.json
                    ? document.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n'
                    : disk_table(machine.disks, against));
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
