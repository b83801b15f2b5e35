#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "sdk/board/board.hpp"
#include "sdk/cli/settings.hpp"
#include "sdk/host/host.hpp"
#include "sdk/host/terminal.hpp"
#include "sdk/support/result.hpp"

namespace CLI {
class App;
}

namespace rpikit::cli {

/// What a command gets besides its own options.
struct Context {
    const host::Host& host;
    host::Terminal& screen;                     ///< stderr: talk
    host::StageDisplay& display;                ///< on `screen`
    std::function<void(std::string_view)> out;  ///< stdout: data, written as it is
    std::filesystem::path work;                 ///< absolute; holds out/ and rpi-kit.lock
    board::SearchPath boards;
    std::filesystem::path user_boards;  ///< the user's own for all work folders; empty: there is no home
    std::filesystem::path toolchains;
    Settings settings = {};
    std::string program;     ///< identity of this program's file, for fingerprints
    std::string again = {};  ///< the command as typed, for hints: "rpi-kit flash x.img /dev/sdb"
    bool json = false;
};

/// Runs a command whose options are parsed; the value is the exit code.
using Runner = std::function<Result<int>(const Context&)>;

/// A row of the command table: help, suggestions and dispatch read it. A command is one file that defines one
/// function returning its row; the row is listed in commands.cpp.
struct Command {
    std::string_view name;
    std::string_view summary;   ///< one line, shown in `rpi-kit --help`
    std::string_view examples;  ///< shown below the command's options, one a line
    /// Declares the options; they live as long as the returned runner.
    Runner (*setup)(CLI::App& app);
    bool json_lines = false;   ///< --json gives one line an event, its failure too
    std::string details = {};  ///< more than options say, shown behind the examples
    bool hidden = false;       ///< for scripts of ours: in no list of commands
};

std::span<const Command> commands();

/// The program as the user called it, for a shell: "./rpi-kit" when the bootstrap script says so.
std::string called_as(const host::Environment& environment);

Command build_command();
Command boot_command();
Command board_command();
Command initramfs_command();
Command package_command();
Command toolchain_command();
Command module_command();
Command sdk_command();
Command overlay_command();
Command config_command();
Command doctor_command();
Command inspect_command();
Command diff_command();
Command devices_command();
Command flash_command();
Command read_command();
Command usb_command();
Command settings_command();
Command completion_command();
Command manual_command();
Command reference_command();
Command complete_command();

}  // namespace rpikit::cli
