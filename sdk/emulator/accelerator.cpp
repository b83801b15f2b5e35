#include "sdk/emulator/accelerator.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "sdk/host/file.hpp"

namespace rpikit::emulator {
namespace {

constexpr std::size_t sector_size = 512;
// QEMU's isa-debug-exit ends with (value << 1) | 1.
constexpr char probe_value = 0x10;
constexpr int probe_exit_code = (probe_value << 1) | 1;

// mov al, value; out 0xf4, al; hlt; jmp back to hlt - and the signature that makes a BIOS boot it.
std::string probe_sector() {
    std::string sector("\xb0?\xe6\xf4\xf4\xeb\xfd", 7);
    sector[1] = probe_value;
    sector.resize(sector_size);
    sector[510] = '\x55';
    sector[511] = '\xaa';
    return sector;
}

std::string host_machine() {
    utsname name{};
    return ::uname(&name) == 0 ? name.machine : "";
}

}  // namespace

bool accelerator_works(const host::Host& host, const std::filesystem::path& qemu,
                       const std::filesystem::path& folder, const std::string& accelerator,
                       std::chrono::milliseconds time_limit) {
    const auto sector = folder / "accelerator-probe.img";
    if (!host::write_file(sector, probe_sector())) return false;
    host::Command command{.argv = {qemu.string(), "-M", "pc", "-accel", accelerator, "-m", "32M",
                                   "-nodefaults", "-display", "none", "-no-reboot", "-device",
                                   "isa-debug-exit,iobase=0xf4,iosize=0x04", "-drive",
                                   "format=raw,snapshot=on,file.filename=" + sector.string()}};
    // As the guest itself will be started: nested KVM may run code and still refuse the host's own processor.
    if (accelerator == "kvm") command.argv.insert(command.argv.end(), {"-cpu", "host"});
    const auto exit = host.processes.run(command, {.time_limit = time_limit, .stop = host.stop});
    return exit && exit->signal == 0 && !exit->timed_out && !exit->stopped && exit->code == probe_exit_code;
}

Result<std::string> choose_accelerator(const host::Host& host, const board::Emulator& emulator,
                                       const std::filesystem::path& qemu, const std::filesystem::path& folder,
                                       const std::string& requested) {
    if (requested == "kvm" || requested == "tcg") return requested;
    if (requested != "auto") {
        return fail({.message = fmt::format("unknown accelerator \"{}\"", requested),
                     .hint = "take one of auto, kvm, tcg",
                     .kind = ErrorKind::usage});
    }
    // The probe is x86 code; QEMU's boards of other processors are emulated everywhere.
    const bool same_processor = emulator.system == "x86_64" && host_machine() == "x86_64";
    if (!same_processor || ::access("/dev/kvm", R_OK | W_OK) != 0) return "tcg";
    if (accelerator_works(host, qemu, folder, "kvm")) return "kvm";
    host.note("KVM is there but runs no guest: emulating");
    return "tcg";
}

}  // namespace rpikit::emulator
