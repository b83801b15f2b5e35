#include "sdk/emulator/device_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sdk/devices/pattern.hpp"
#include "sdk/emulator/running_devices.hpp"

namespace rpikit::emulator {
namespace {

/// A pattern holds for a node and all that is below it.
bool is_named(const std::string& node, const std::vector<std::string>& patterns) {
    return std::ranges::any_of(patterns, [&](const std::string& pattern) {
        return devices::fits(pattern, node) || devices::fits(pattern + "/*", node);
    });
}

bool is_at_or_below(std::string_view node, std::string_view top) {
    return node == top || (node.starts_with(top) && (top == "/" || node.substr(top.size()).starts_with('/')));
}

CheckedItem summary(std::size_t total, std::size_t bound, std::size_t not_modelled) {
    CheckedItem item{.what = "devices with a driver",
                     .expected = fmt::format("{} bound", total - not_modelled),
                     .found = fmt::format("{} of {} bound", bound, total),
                     .passed = bound + not_modelled == total};
    if (not_modelled > 0) item.found += fmt::format(", {} not in the emulator", not_modelled);
    return item;
}

}  // namespace

std::vector<std::string> device_questions() {
    return RunningDevices::questions();
}

std::vector<ExpectedDevice> enabled_in_emulator(std::vector<ExpectedDevice> devices,
                                                const board::Emulator& emulator) {
    if (emulator.firmware != "direct") return devices;
    for (const auto& edit : emulator.device_tree) {
        if (!edit.disable) continue;
        std::erase_if(devices,
                      [&](const ExpectedDevice& device) { return is_at_or_below(device.node, edit.node); });
    }
    return devices;
}

std::vector<CheckedItem> check_devices(const Expectation& expectation, std::span<const std::string> answers) {
    const RunningDevices running(answers);
    if (running.empty()) {
        return {{.what = "devices with a driver",
                 .expected = fmt::format("{} bound", expectation.devices.size()),
                 .found = "no device of a device tree in /sys"}};
    }
    std::set<std::string> seen;
    std::size_t bound = 0;
    std::size_t not_modelled = 0;
    std::vector<CheckedItem> unbound;
    for (const auto& [node, driver] : expectation.devices) {
        if (!seen.insert(node).second) continue;
        if (running.is_bound(node)) {
            ++bound;
            continue;
        }
        const bool excused = is_named(node, expectation.unbound);
        const auto reason = running.why_unbound(node);
        if (excused) ++not_modelled;
        unbound.push_back(
            {.what = node,
             .expected = excused ? "not in the emulator" : "bound by " + driver,
             .found = fmt::format("{} ({})", excused ? "not in the emulator" : "not bound", reason),
             .passed = excused});
    }
    unbound.insert(unbound.begin(), summary(seen.size(), bound, not_modelled));
    return unbound;
}

}  // namespace rpikit::emulator
