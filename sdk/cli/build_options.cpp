#include "sdk/cli/build_options.hpp"

#include <CLI/CLI.hpp>

namespace rpikit::cli {

std::shared_ptr<BuildArguments> add_build_options(CLI::App& app) {
    auto arguments = std::make_shared<BuildArguments>();
    auto& options = arguments->options;
    app.add_option("BOARD", arguments->board, "Board's name (rpi-kit board list) or path to its .toml")
        ->required();
    app.add_option("--profile", options.profile,
                   "Kernel configuration: board, lean, tiny or vendor (default: what the board's file says)");
    app.add_option("--source", options.source,
                   "Kernel source: auto, a name from the board's list, dir:FOLDER or archive:FILE-OR-URL")
        ->capture_default_str();
    app.add_option("--set", options.settings, "Request a symbol: HZ=300, WLAN=n; may be repeated")
        ->type_name("SYMBOL=VALUE");
    app.add_option("--config", options.config_file, "Start from this .config instead of the profile's base")
        ->check(CLI::ExistingFile);
    app.add_option("--rootfs", options.rootfs, "Root file system: a folder or a tar (default: busybox)")
        ->check(CLI::ExistingPath);
    app.add_option("--firmware", options.firmware,
                   "Folder with the firmware's files (default: the distribution's package)")
        ->check(CLI::ExistingDirectory);
    app.add_flag("--initramfs", options.initramfs,
                 "Put an initramfs into the image, whatever the board says");
    app.add_option(
        "--signing-key", options.signing_key,
        "PEM with key and certificate for modules, with --set MODULE_SIG=y (default: one is made)");
    app.add_option("-j,--jobs", options.jobs, "Compile jobs (default: cores x 2, as memory allows)")
        ->check(CLI::Range(1, 4096));
    app.add_flag("--update", options.update, "Take the newest source and pin it, instead of the pinned one");
    app.add_flag("--offline", options.offline, "Use only what is there already");
    app.add_option(
           "--keep", options.keep,
           "Put the kernels of the last N builds with other releases into the image too, to fall back to")
        ->type_name("N")
        ->check(CLI::Range(0, 16));
    app.add_flag("--no-strip", arguments->no_strip, "Keep the modules' debug information");
    app.add_flag("--no-ccache", arguments->no_ccache, "Compile everything, though ccache be installed");
    app.add_flag("--no-sandbox", arguments->no_sandbox, "Build without bubblewrap around make");
    app.add_flag("--explain", arguments->explain,
                 "Say for each stage whether and why it would run; run none");
    app.add_flag("--dry-run", arguments->dry_run, "Show the plan with the exact commands; run none");
    return arguments;
}

}  // namespace rpikit::cli
