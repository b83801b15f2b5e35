#include "sdk/cli/erase_confirmation.hpp"

#include <fmt/format.h>

#include "sdk/cli/ask.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

Result<> confirm_erase(const Context& context, std::span<const device::Disk> disks, bool image_from_input) {
    for (const auto& disk : disks) {
        const auto question = fmt::format("All data on {} will be lost. Type its name ({}) to go on: ",
                                          disk.whole.path.string(), disk.whole.name);
        TRY_ASSIGN(const auto line, ask(context, question, Echo::on, image_from_input));
        const auto answer = trim(line);
        if (answer != disk.whole.name && answer != disk.whole.path.string()) {
            return fail({.message = "nothing was written",
                         .causes = {fmt::format("{} was not confirmed", disk.whole.path.string())},
                         .hint = "rpi-kit devices"});
        }
    }
    return {};
}

}  // namespace rpikit::cli
