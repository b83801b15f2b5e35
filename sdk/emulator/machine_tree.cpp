#include "sdk/emulator/machine_tree.hpp"

#include <fmt/format.h>

#include "sdk/emulator/install.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::emulator {

namespace fs = std::filesystem;

namespace {

/// QEMU makes no tree that is larger (FDT_MAX_SIZE, device_tree.c).
constexpr std::size_t largest_tree = std::size_t{1} << 20;

Result<std::string> dump_in(const host::Host& host, const board::Emulator& emulator, const fs::path& folder) {
    TRY(host::make_directories(folder));
    const auto file = folder / "machine.dtb";
    // From the folder, as a comma in its name would end the option.
    std::vector<std::string> argv = {"qemu-system-" + emulator.system,
                                     "-M",
                                     emulator.machine + ",dumpdtb=" + file.filename().string(),
                                     "-nodefaults",
                                     "-display",
                                     "none"};
    if (!emulator.cpu.empty()) argv.insert(argv.end(), {"-cpu", emulator.cpu});
    if (!emulator.memory.empty()) argv.insert(argv.end(), {"-m", emulator.memory});
    if (emulator.cpus > 0) argv.insert(argv.end(), {"-smp", std::to_string(emulator.cpus)});
    TRY_ASSIGN(const auto exit, host.processes.run({.argv = std::move(argv),
                                                    .directory = folder,
                                                    .environment = host.environment.only({"PATH"})},
                                                   {.stop = host.stop}));
    std::error_code ignored;
    if (exit.success() && fs::exists(file, ignored)) return host::read_file(file, largest_tree);
    return fail({.message = fmt::format("QEMU gives no device tree for its machine {}", emulator.machine),
                 .detail = last_lines(exit.output, 10)});
}

}  // namespace

Result<std::string> machine_device_tree(const host::Host& host, const board::Board& board) {
    TRY(install_emulator(host, board));
    const auto folder = host::temporary_sibling(host.cache / "machine-tree");
    auto tree = dump_in(host, board.emulator, folder);
    const auto removed = host::remove_tree(folder);
    if (tree && !removed) return fail(removed.error());
    return tree;
}

}  // namespace rpikit::emulator
