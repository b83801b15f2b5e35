#include "sdk/cli/exit_codes.hpp"

#include <array>

namespace rpikit::cli {

std::span<const ExitCode> exit_codes() {
    static constexpr std::array table{
        ExitCode{0, "", "Done; of a check: it passed"},
        ExitCode{1, "failed", "Failed; standard error says what, why, and what to do next"},
        ExitCode{2, "usage",
                 "Wrong usage: a command, option, name or setting that does not exist or does not fit"},
        ExitCode{130, "interrupted", "Interrupted by Ctrl-C; the same command goes on where it was"},
        ExitCode{255, "", "A mistake of the program itself, to be reported"}};
    return table;
}

}  // namespace rpikit::cli
