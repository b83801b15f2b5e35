#include "sdk/emulator/crash.hpp"

#include <array>

namespace rpikit::emulator {
namespace {

struct Sign {
    std::string_view text;
    Verdict verdict;
};

// In this order: "Internal error: synchronous external abort" is an abort before it is an oops. The texts are
// those of arch/arm64/mm/fault.c, arch/arm64/kernel/traps.c, arch/x86/mm/fault.c, lib/bug.c and
// kernel/panic.c.
constexpr std::array signs{
    Sign{"synchronous external abort", Verdict::external_abort},
    Sign{"Asynchronous SError", Verdict::external_abort},
    Sign{"SError Interrupt on CPU", Verdict::external_abort},
    Sign{"Kernel panic - not syncing", Verdict::panic},
    Sign{"Unable to handle kernel ", Verdict::oops},
    Sign{"BUG: unable to handle ", Verdict::oops},
    Sign{"BUG: kernel NULL pointer dereference", Verdict::oops},
    Sign{"kernel BUG at ", Verdict::oops},
    Sign{"Internal error: ", Verdict::oops},
    Sign{"Oops: ", Verdict::oops},
    Sign{"general protection fault", Verdict::oops},
};

}  // namespace

std::optional<Verdict> crash_in(std::string_view line) {
    for (const auto& sign : signs) {
        if (line.find(sign.text) != std::string_view::npos) return sign.verdict;
    }
    return std::nullopt;
}

}  // namespace rpikit::emulator
