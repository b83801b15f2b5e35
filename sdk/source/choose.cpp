#include "sdk/source/choose.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/support/text.hpp"

namespace rpikit::source {

namespace fs = std::filesystem;

namespace {

/// "dir:PATH", "archive:FILE" or "archive:https://...": a source that no descriptor names.
std::optional<board::KernelSource> from_command_line(const std::string& wanted) {
    const auto colon = wanted.find(':');
    if (colon == std::string::npos) return std::nullopt;
    const auto provider = wanted.substr(0, colon);
    const auto value = wanted.substr(colon + 1);
    if (value.empty() || (provider != "dir" && provider != "archive")) return std::nullopt;
    if (provider == "archive" && value.contains("://")) {
        return board::KernelSource{.name = wanted, .provider = provider, .url = value};
    }
    auto path = fs::absolute(value).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    return board::KernelSource{.name = provider + ':' + path.string(), .provider = provider, .path = path};
}

}  // namespace

Result<std::vector<board::KernelSource>> candidates(const board::Board& board, const Request& request,
                                                    const Lock& lock) {
    const auto& sources = board.kernel.sources;
    auto wanted = request.wanted;
    if (wanted == "auto") {
        const auto chosen = request.update ? std::nullopt : lock.chosen_source(board.name);
        // What was chosen may have left the descriptor since.
        if (!chosen || std::ranges::find(sources, *chosen, &board::KernelSource::name) == sources.end()) {
            return sources;
        }
        wanted = *chosen;
    }
    if (const auto found = std::ranges::find(sources, wanted, &board::KernelSource::name);
        found != sources.end()) {
        return std::vector{*found};
    }
    if (auto source = from_command_line(wanted)) return std::vector{*std::move(source)};
    std::vector<std::string> names = {"auto"};
    for (const auto& source : sources)
        names.push_back(source.name);
    const auto near = near_match(wanted, names);
    return fail({.message = fmt::format("the board {} has no source '{}'", board.name, wanted),
                 .hint = near ? fmt::format("did you mean '{}'?", *near)
                              : fmt::format("one of {}, dir:PATH, archive:FILE-OR-URL", join(names, ", ")),
                 .kind = ErrorKind::usage});
}

board::KernelSource adopt_configuration(board::KernelSource source, const board::Board& board,
                                        const fs::path& root) {
    if (!source.where.file.empty() || !source.defconfig.empty()) return source;
    const auto folder = root / "arch" / board.kernel.arch / "configs";
    for (const auto& like : board.kernel.sources) {
        std::error_code ignored;
        if (like.defconfig.empty() || !fs::exists(folder / like.defconfig, ignored)) continue;
        source.defconfig = like.defconfig;
        source.profile = like.profile;
        source.cmdline = like.cmdline;
        break;
    }
    return source;
}

}  // namespace rpikit::source
