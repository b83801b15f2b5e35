#include <unistd.h>

#include <cstdio>
#include <exception>
#include <filesystem>

#include "sdk/cli/app.hpp"
#include "sdk/host/interrupt.hpp"

namespace {

/// stdout may be closed or full; what was not written is a failure that a script must see.
bool stdout_failed = false;

void write_stdout(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
        stdout_failed = true;
    }
}

int guarded_main(int argc, char** argv) {
    const auto environment = rpikit::host::Environment::of_this_process();
    const rpikit::host::InterruptHandler interrupt;
    const auto processes = rpikit::host::make_process_runner();
    rpikit::host::SystemClock clock;
    rpikit::host::FileTerminal screen(STDERR_FILENO, environment);
    const int code = rpikit::cli::run({.arguments = {argv + 1, argv + argc},
                                       .processes = *processes,
                                       .clock = clock,
                                       .environment = environment,
                                       .screen = screen,
                                       .stop = interrupt.token(),
                                       .out = write_stdout,
                                       .program = std::filesystem::read_symlink("/proc/self/exe"),
                                       .working_directory = std::filesystem::current_path()});
    return code == 0 && stdout_failed ? 1 : code;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return guarded_main(argc, argv);
    } catch (const std::exception& exception) {
        // Failures are values everywhere; an exception that comes here is a mistake of the program.
        std::fprintf(stderr, "rpi-kit: internal error: %s\nPlease report it with the command you typed.\n",
                     exception.what());
        return 255;
    }
}
