#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"

namespace rpikit::emulator {

/// A node of the device tree that a driver binds to.
struct ExpectedDevice {
    std::string node;    ///< path: "/soc/mmc@7e300000"
    std::string driver;  ///< its source, for messages: "drivers/mmc/host/sdhci-iproc.c"
};

/// What `boot --check` expects of the running system.
struct Expectation {
    std::string release = {};  ///< uname -r
    std::vector<std::pair<std::string, std::string>> config =
        {};                                      ///< symbol without CONFIG_, value as in .config
    std::string root_device = {};                ///< "mmcblk0p2"
    std::string module = {};                     ///< to be loaded; empty: none was built
    std::vector<std::string> more_modules = {};  ///< to be loaded too: from outside the kernel's tree
    std::string no_module = {};                  ///< why there is none to load; it is said, not judged
    /// Nodes to which a driver shall be bound; those that the emulator's settings disable are left out.
    /// Empty: no device is asked for.
    std::vector<ExpectedDevice> devices = {};
    std::vector<std::string> unbound = {};  ///< patterns of nodes that may have no driver in the emulator
};

struct CheckedItem {
    std::string what;  ///< "uname -r"
    std::string expected;
    std::string found;
    bool passed = false;
};

/// How a boot ended. `failed`: it came up, but an item differs or nobody could log in. `no_output`: the
/// console fell silent.
enum class Verdict { passed, failed, panic, oops, external_abort, no_output, timed_out, interrupted };

/// "kernel panic", "no output", ...
std::string_view to_string(Verdict verdict);

struct BootReport {
    Verdict verdict = Verdict::failed;
    std::string reason = {};  ///< the line that decided: "Kernel panic - not syncing: ..."; empty when passed
    double seconds = 0;
    std::vector<CheckedItem> items = {};
    std::vector<std::string> mounts = {};  ///< lines of /proc/mounts
    std::string console_tail = {};         ///< the last lines, for a failure
    std::filesystem::path log = {};        ///< whole console output
};

struct BootOptions {
    std::filesystem::path image;
    std::filesystem::path work;  ///< folder for the overlay, the device tree copy and the log
    std::chrono::seconds time_limit{180};
    std::chrono::seconds silence_limit{60};  ///< without a byte from the console
    std::string accelerator = "auto";        ///< "auto", "kvm", "tcg"
    bool reboot = false;  ///< a check reboots the system too, which then must come up again
};

/// Starts QEMU on a snapshot of the image with the console on the user's terminal; returns QEMU's exit code.
Result<int> boot_interactive(const host::Host& host, const board::Board& board, const BootOptions& options);

/// Boots, logs in by itself, compares, powers off.
Result<BootReport> boot_check(const host::Host& host, const board::Board& board, const BootOptions& options,
                              const Expectation& expectation);

/// The command that would be run, for --dry-run.
Result<host::Command> boot_command(const host::Host& host, const board::Board& board,
                                   const BootOptions& options);

}  // namespace rpikit::emulator
