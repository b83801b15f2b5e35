#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a board file may have QEMU do. A board file may come from anybody, and many of QEMU's options read
/// and write files of the host, run programs or open ports; so only what is known to do nothing of that is
/// taken. Their meaning: qemu-system(1), "Invocation".
namespace rpikit::board {

/// Why `emulator.machine` is refused: it is a name with properties, "virt,gic-version=3". Others than those
/// listed are not taken: `dumpdtb=FILE` writes a file.
std::optional<std::string> machine_complaint(std::string_view machine);

struct RefusedArgument {
    std::size_t index;  ///< in the list
    std::string why;    ///< a sentence's end: "'-monitor' is none of ..."
};

/// What of `emulator.arguments` is refused: "-device" and its value are two elements, as on a command line.
std::vector<RefusedArgument> refused_arguments(const std::vector<std::string>& arguments);

}  // namespace rpikit::board
