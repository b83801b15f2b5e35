#include "sdk/emulator/install.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sdk/emulator/u_boot.hpp"
#include "sdk/emulator/uefi.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::emulator {

namespace {

struct SystemPackages {
    std::string_view system;
    std::vector<std::string> packages;
};

/// Debian's packages for each of QEMU's system emulators; qemu-img is in qemu-utils.
std::vector<std::string> packages_of(const std::string& system) {
    static const std::array<SystemPackages, 4> table{
        {{"aarch64", {"qemu-system-arm", "qemu-utils"}},
         {"arm", {"qemu-system-arm", "qemu-utils"}},
         {"x86_64", {"qemu-system-x86", "qemu-utils", "ovmf"}},
         {"riscv64", {"qemu-system-riscv", "opensbi", "qemu-utils"}}}};
    const auto row = std::ranges::find(table, system, &SystemPackages::system);
    return row == table.end() ? std::vector<std::string>{} : row->packages;
}

bool has_firmware(const board::Emulator& emulator) {
    if (emulator.firmware == "uefi") return find_uefi().has_value();
    if (emulator.firmware == "u-boot") return find_u_boot(emulator.system).has_value();
    return true;
}

}  // namespace

// `-M help` lists a machine a line, its name first.
Result<bool> knows_machine(const host::Host& host, const std::string& program, const std::string& machine) {
    if (!host.processes.find_program(program, host.environment)) return false;
    TRY_ASSIGN(const auto exit,
               host::run_checked(host.processes, {.argv = {program, "-M", "help"}}, {.stop = host.stop}));
    return std::ranges::any_of(lines(exit.output),
                               [&](std::string_view line) { return line.starts_with(machine + ' '); });
}

Result<> install_emulator(const host::Host& host, const board::Board& board) {
    const auto& wanted = board.emulator;
    if (wanted.machine.empty()) {
        return fail({.message = fmt::format("QEMU has no machine for the board '{}'", board.name),
                     .where = Location{.file = board.file}});
    }
    const auto program = "qemu-system-" + wanted.system;
    TRY_ASSIGN(const bool there, knows_machine(host, program, wanted.machine));
    if (there && has_firmware(wanted) && host.processes.find_program("qemu-img", host.environment)) return {};

    auto packages = packages_of(wanted.system);
    if (wanted.firmware == "u-boot") packages.emplace_back("u-boot-qemu");
    host.note(
        fmt::format("installing {}: the board's machine '{}' needs it", join(packages, " "), wanted.machine));
    TRY(host::install_system_packages(host, packages, "backports"));
    TRY_ASSIGN(const bool now, knows_machine(host, program, wanted.machine));
    if (now) return {};
    return fail(
        {.message = fmt::format("the installed {} does not know the machine '{}'", program, wanted.machine),
         .hint = fmt::format("{} -M help", program)});
}

}  // namespace rpikit::emulator
