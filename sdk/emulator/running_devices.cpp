#include "sdk/emulator/running_devices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sdk/support/text.hpp"

namespace rpikit::emulator {
namespace {

enum Question : std::size_t { devices, deferred, nodes, disabled, messages, count };

/// Cuts the text up to the first blank off; all of it where there is none.
std::string_view take_word(std::string_view& text) {
    const auto end = std::min(text.find_first_of(" \t"), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

/// "./soc/mmc@7e300000" of find as a node's path.
std::string found_node(std::string_view line) {
    const auto text = trim(line);
    return text.starts_with("./") ? std::string(text.substr(1)) : std::string();
}

std::string_view parent(std::string_view node) {
    return node.substr(0, node.rfind('/'));
}

}  // namespace

std::vector<std::string> RunningDevices::questions() {
    std::vector<std::string> all(count);
    // "NODE WAITS DEVICE DRIVER" for each device of a node. Nothing but what the shell does itself: a program
    // started for each of some hundred devices would take seconds on an emulated processor. A driver's name
    // may have blanks in it (PHYs), hence it is the last.
    all[devices] =
        R"sh((for d in /sys/bus/*/devices/*; do cd -P "$d/of_node" || continue; n=${PWD#*/base}; b=; )sh"
        R"sh(cd -P "$d/driver" && b=${PWD##*/}; w=0; read -r w <"$d/waiting_for_supplier"; )sh"
        R"sh(echo "$n $w ${d##*/} $b"; done) 2>/dev/null)sh";
    all[deferred] =
        "(mount -t debugfs debugfs /sys/kernel/debug; cat /sys/kernel/debug/devices_deferred) 2>/dev/null";
    all[nodes] = "(cd /sys/firmware/devicetree/base && find . -type d) 2>/dev/null";
    // Devicetree Specification 2.3.4: anything but "okay", which of old is also "ok".
    all[disabled] =
        "(cd /sys/firmware/devicetree/base && find . -name status | xargs grep -vl '^ok') 2>/dev/null";
    all[messages] = "dmesg | grep -E 'probe .*failed with error|deferred probe pending'";
    return all;
}

RunningDevices::RunningDevices(std::span<const std::string> answers) {
    if (answers.size() != count) return;
    read_devices(answers[devices]);
    read_deferred(answers[deferred]);
    read_nodes(answers[nodes]);
    read_disabled(answers[disabled]);
    read_messages(answers[messages]);
}

void RunningDevices::read_devices(std::string_view answer) {
    for (const auto line : lines(answer)) {
        auto rest = trim(line);
        const auto node = take_word(rest);
        const auto waits = take_word(rest);
        const auto name = take_word(rest);
        if (!node.starts_with('/') || (waits != "0" && waits != "1") || name.empty()) continue;
        devices_[std::string(node)].push_back(
            {.name = std::string(name), .driver = std::string(rest), .waits = waits == "1"});
    }
}

// "fe300000.mmc\tplatform: wait for supplier /soc/firmware/gpio", on old kernels without the reason.
void RunningDevices::read_deferred(std::string_view answer) {
    for (const auto line : lines(answer)) {
        auto rest = trim(line);
        const auto device = take_word(rest);
        if (!device.empty()) deferred_.emplace(device, trim(rest));
    }
}

void RunningDevices::read_nodes(std::string_view answer) {
    for (const auto line : lines(answer)) {
        if (auto node = found_node(line); !node.empty()) nodes_.insert(std::move(node));
    }
}

void RunningDevices::read_disabled(std::string_view answer) {
    for (const auto line : lines(answer)) {
        if (const auto property = found_node(line); property.ends_with("/status"))
            disabled_.emplace(parent(property));
    }
}

// drivers/base/dd.c; what dev_err() puts before the colon is "DRIVER DEVICE":
// "leds-gpio leds: probe with driver leds-gpio failed with error -5", of older kernels "leds-gpio:
// probe of leds failed with error -5", and "platform leds: deferred probe pending: platform: wait for
// supplier /gpio".
void RunningDevices::read_messages(std::string_view answer) {
    constexpr std::string_view older = ": probe of ";
    constexpr std::string_view failure = " failed with error ";
    constexpr std::string_view pending = ": deferred probe pending";
    const auto last_word = [](std::string_view text) { return text.substr(text.rfind(' ') + 1); };
    for (const auto line : lines(answer)) {
        const auto text = trim(line);
        const auto failed = text.find(failure);
        if (const auto at = text.find(": probe with driver "); at < failed && failed < text.size()) {
            failed_.emplace(last_word(text.substr(0, at)), text.substr(at + 2));
        } else if (const auto of = text.find(older); of < failed && failed < text.size()) {
            const auto device = of + older.size();
            failed_.emplace(text.substr(device, failed - device), text.substr(of + 2));
        } else if (const auto waits = text.find(pending); waits != std::string_view::npos) {
            auto reason = text.substr(waits + pending.size());
            if (reason.starts_with(": ")) reason.remove_prefix(2);
            deferred_.emplace(last_word(text.substr(0, waits)), reason);
        }
    }
}

bool RunningDevices::is_bound(const std::string& node) const {
    const auto found = devices_.find(node);
    return found != devices_.end() && std::ranges::any_of(found->second, [](const RunningDevice& device) {
               return !device.driver.empty();
           });
}

bool RunningDevices::is_disabled(std::string_view node) const {
    for (; !node.empty(); node = parent(node)) {
        if (disabled_.contains(node)) return true;
    }
    return false;
}

std::string RunningDevices::why_unbound(const std::string& node) const {
    if (!nodes_.empty() && !nodes_.contains(node)) return "not in the running device tree";
    if (is_disabled(node)) return "disabled in the running device tree";
    const auto found = devices_.find(node);
    if (found == devices_.end()) return why_no_device(node);
    return why_no_driver(found->second.front());
}

std::string RunningDevices::why_no_device(std::string_view node) const {
    for (auto above = parent(node); !above.empty(); above = parent(above)) {
        const std::string path(above);
        if (!devices_.contains(path)) continue;
        if (is_bound(path)) break;
        return fmt::format("no device was made for it: {} is not bound either", path);
    }
    return "no device was made for it";
}

std::string RunningDevices::why_no_driver(const RunningDevice& device) const {
    if (const auto reason = deferred_.find(device.name); reason != deferred_.end()) {
        return reason->second.empty() ? "deferred" : "deferred: " + reason->second;
    }
    if (device.waits) return "waits for a supplier";
    if (const auto message = failed_.find(device.name); message != failed_.end()) return message->second;
    return fmt::format("no driver took {}", device.name);
}

}  // namespace rpikit::emulator
