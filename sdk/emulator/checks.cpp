#include "sdk/emulator/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sdk/emulator/device_checks.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::emulator {
namespace {

enum Question : std::size_t {
    quiet,
    release,
    configuration,
    mount_points,
    block_devices,
    module,
    mounts,
    count
};

std::map<std::string, std::string, std::less<>> parse_config(std::string_view text) {
    std::map<std::string, std::string, std::less<>> values;
    for (const auto line : lines(text)) {
        const auto equals = line.find('=');
        if (!line.starts_with("CONFIG_") || equals == std::string_view::npos) continue;
        values.emplace(line.substr(0, equals), trim(line.substr(equals + 1)));
    }
    return values;
}

void check_config(Findings& findings, const Expectation& expectation, std::string_view answer) {
    const auto values = parse_config(answer);
    if (values.empty()) {
        findings.items.push_back({.what = "kernel configuration",
                                  .expected = "/proc/config.gz",
                                  .found = "nothing to read there (IKCONFIG_PROC?)"});
        return;
    }
    const auto total = expectation.config.size();
    std::size_t equal = 0;
    std::vector<CheckedItem> differing;
    for (const auto& [symbol, wanted] : expectation.config) {
        const auto value = values.find("CONFIG_" + symbol);
        const std::string found = value == values.end() ? "n" : value->second;
        if (found == wanted) {
            ++equal;
        } else {
            differing.push_back({.what = "CONFIG_" + symbol, .expected = wanted, .found = found});
        }
    }
    findings.items.push_back({.what = "kernel configuration",
                              .expected = fmt::format("{} symbols as requested", total),
                              .found = fmt::format("{} of {}", equal, total),
                              .passed = equal == total});
    findings.items.insert(findings.items.end(), differing.begin(), differing.end());
}

// proc_pid_mountinfo(5): id, parent, major:minor, root, mount point, ...; the last line for "/" is on top.
std::string root_device_number(std::string_view mountinfo) {
    std::string number;
    for (const auto line : lines(mountinfo)) {
        const auto fields = split(line, ' ');
        if (fields.size() > 4 && fields[4] == "/") number = fields[2];
    }
    return number;
}

// Lines "/sys/dev/block/179:2/uevent:DEVNAME=mmcblk0p2".
std::string device_name(std::string_view uevents, const std::string& number) {
    for (const auto line : lines(uevents)) {
        const auto equals = line.find("DEVNAME=");
        if (equals == std::string_view::npos) continue;
        if (line.find("/" + number + "/") != std::string_view::npos) {
            return std::string(trim(line.substr(equals + 8)));
        }
    }
    return {};
}

std::string root_device(std::string_view mountinfo, std::string_view uevents) {
    const auto number = root_device_number(mountinfo);
    if (number.empty()) return "no mount at /";
    const auto name = device_name(uevents, number);
    return name.empty() ? "no block device (" + number + ")" : name;
}

// Module names are the same with "-" and "_".
std::string canonical_module(std::string name) {
    std::ranges::replace(name, '-', '_');
    return name;
}

bool is_loaded(std::string_view modules, const std::string& name) {
    return std::ranges::any_of(lines(modules), [&](std::string_view line) {
        return line.substr(0, line.find(' ')) == canonical_module(name);
    });
}

std::vector<std::string> wanted_modules(const Expectation& expectation) {
    std::vector<std::string> names = expectation.more_modules;
    if (!expectation.module.empty()) names.insert(names.begin(), expectation.module);
    return names;
}

/// What modprobe complained of is told; the list of modules behind it is not.
CheckedItem check_module(std::string_view answer, const std::string& name) {
    CheckedItem item{.what = "module " + name, .expected = "loaded", .found = "loaded"};
    item.passed = is_loaded(answer, name);
    if (item.passed) return item;
    item.found = "not loaded";
    for (const auto line : lines(answer)) {
        if (line.starts_with("modprobe: ")) item.found = std::string(trim(line));
    }
    return item;
}

}  // namespace

std::vector<std::string> questions(const Expectation& expectation) {
    std::vector<std::string> all(count);
    // Kernel messages would run into the answers.
    all[quiet] = "dmesg -n 1";
    all[release] = "uname -r";
    // IKCONFIG may be a module, which nothing loads by itself.
    all[configuration] = "modprobe configs 2>/dev/null; zcat /proc/config.gz | grep ^CONFIG_";
    all[mount_points] = "cat /proc/self/mountinfo";
    all[block_devices] = "grep DEVNAME= /sys/dev/block/*/uevent /dev/null";
    // One that does not load must not hide the others.
    const auto names = wanted_modules(expectation);
    for (const auto& name : names)
        all[module] += fmt::format("modprobe {}{}", shell_quote(name), names.size() == 1 ? " && " : "; ");
    all[module] += names.empty() ? "true" : "cat /proc/modules";
    all[mounts] = "cat /proc/mounts";
    if (expectation.devices.empty()) return all;
    const auto more = device_questions();
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

bool Findings::passed() const {
    return !items.empty() && std::ranges::all_of(items, &CheckedItem::passed);
}

Findings evaluate(const Expectation& expectation, std::span<const std::string> answers) {
    Findings findings;
    if (answers.size() != questions(expectation).size()) return findings;
    const auto running = std::string(trim(answers[release]));
    findings.items.push_back({.what = "uname -r",
                              .expected = expectation.release,
                              .found = running,
                              .passed = running == expectation.release});
    check_config(findings, expectation, answers[configuration]);
    if (!expectation.root_device.empty()) {
        const auto device = root_device(answers[mount_points], answers[block_devices]);
        findings.items.push_back({.what = "root device",
                                  .expected = expectation.root_device,
                                  .found = device,
                                  .passed = device == expectation.root_device});
    }
    for (const auto& name : wanted_modules(expectation))
        findings.items.push_back(check_module(answers[module], name));
    if (expectation.module.empty() && !expectation.no_module.empty()) {
        findings.items.push_back({.what = "module",
                                  .expected = {},
                                  .found = "not checked: " + expectation.no_module,
                                  .passed = true});
    }
    if (!expectation.devices.empty()) {
        const auto devices = check_devices(expectation, answers.subspan(count));
        findings.items.insert(findings.items.end(), devices.begin(), devices.end());
    }
    for (const auto line : lines(answers[mounts]))
        findings.mounts.emplace_back(trim(line));
    return findings;
}

}  // namespace rpikit::emulator
