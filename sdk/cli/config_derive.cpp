#include "sdk/cli/config_derive.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "sdk/cli/build_place.hpp"
#include "sdk/cli/chosen_board.hpp"
#include "sdk/cli/derive_report.hpp"
#include "sdk/host/file.hpp"
#include "sdk/pipeline/configure_board.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view over_ssh = "ssh:";
constexpr std::size_t longest_list = std::size_t{4} << 20;

/// The devices of a machine that runs, by ssh as the user has it set up; no password is asked for.
Result<std::string> ask_machine(const Context& context, const std::string& name) {
    if (name.empty() || name.starts_with('-')) {
        return fail({.message = fmt::format("--from-modalias: not a machine's name: '{}'", name),
                     .hint = "--from-modalias ssh:USER@HOST",
                     .kind = ErrorKind::usage});
    }
    const host::Command command{
        .argv = {"ssh", "-o", "BatchMode=yes", name, "find /sys/devices -name modalias -exec cat {} +"}};
    TRY_ASSIGN(const auto exit, host::run_checked(context.host.processes, command,
                                                  {.keep = longest_list, .stop = context.host.stop}));
    return exit.output;
}

Result<std::string> read_input() {
    std::string text;
    std::string piece(1 << 16, '\0');
    while (text.size() < longest_list) {
        const auto count = ::read(STDIN_FILENO, piece.data(), piece.size());
        if (count <= 0) break;
        text.append(piece, 0, static_cast<std::size_t>(count));
    }
    return text;
}

Result<std::vector<std::string>> devices_of(const Context& context, const std::string& where) {
    if (where.empty()) return std::vector<std::string>();
    if (!where.starts_with(over_ssh) && where != "-") return pipeline::read_modaliases({where});
    TRY_ASSIGN(const auto text,
               where == "-" ? read_input() : ask_machine(context, where.substr(over_ssh.size())));
    return pipeline::parse_modaliases(text, where == "-" ? fs::path("standard input") : fs::path(where));
}

/// The profile that is meant when none is named: the board's own when it derives, else the first that does.
Result<std::string> deriving_profile(const board::Board& board) {
    const auto& profiles = board.kernel.profiles;
    const auto own = profiles.find(board.kernel.default_profile);
    if (own != profiles.end() && own->second.derive) return own->first;
    const auto first = std::ranges::find_if(profiles, [](const auto& each) { return each.second.derive; });
    if (first != profiles.end()) return first->first;
    return fail(
        {.message = fmt::format("no profile of the board '{}' is derived from its devices", board.name),
         .where = Location{.file = board.file},
         .hint = "[kernel.profile.board] with base = \"allnoconfig\" and derive = true"});
}

}  // namespace

Result<int> derive(const Context& context, const DeriveArguments& arguments) {
    TRY_ASSIGN(const auto board, load_chosen_board(context, arguments.board));
    auto options = arguments.options;
    set_place(options, context);
    if (options.profile.empty()) {
        TRY_ASSIGN(options.profile, deriving_profile(board));
    }
    TRY_ASSIGN(const auto modaliases, devices_of(context, arguments.modaliases));
    if (!arguments.modaliases.empty() && modaliases.empty()) {
        return fail({.message = fmt::format("{} names no device", arguments.modaliases)});
    }
    TRY_ASSIGN(const auto lock, lock_build(context, board));
    TRY_ASSIGN(const auto derived,
               pipeline::derive_board(context.host, board, options, modaliases, quiet_observer(context)));
    for (const auto& warning : derived.derivation.warnings)
        context.host.warn(warning);
    if (context.json)
        context.out(pipeline::to_json(derived));
    else if (arguments.fragment)
        context.out(derived.requests.fragment());
    else
        context.out(derivation_text(derived, arguments.explain));
    return 0;
}

}  // namespace rpikit::cli
