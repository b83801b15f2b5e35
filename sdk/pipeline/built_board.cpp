#include "sdk/pipeline/built_board.hpp"

#include <fmt/format.h>

#include "sdk/pipeline/build_state.hpp"
#include "sdk/pipeline/record.hpp"

namespace rpikit::pipeline {

namespace {

/// The tree that the kernel in the build folder was made of.
Result<source::SourceTree> built_source(const BuildState& state) {
    const auto tree = built_source_tree(state.folders);
    if (!tree.empty()) return source::SourceTree{.root = tree};
    return fail({.message = fmt::format("the source that {}'s kernel was built from is not there any more",
                                        state.board.name),
                 .hint = fmt::format("rpi-kit build {}", state.board.name)});
}

}  // namespace

std::filesystem::path built_source_tree(const BuildFolders& folders) {
    const auto record = load_record(folders.state / "compile.json");
    if (!record) return {};
    const auto tree = record->outcome.values.find("tree");
    std::error_code ignored;
    if (tree == record->outcome.values.end() || !std::filesystem::is_directory(tree->second, ignored))
        return {};
    return tree->second;
}

Result<BuiltBoard> open_built_board(const host::Host& host, const board::Board& board,
                                    const BuildOptions& options) {
    TRY_ASSIGN(const auto state, make_build_state(host, board, options));
    const kernel::BuildContext built{.board = board.name,
                                     .kernel = board.kernel,
                                     .build = state->folders.objects,
                                     .log = state->folders.log};
    auto artifacts = kernel::read_artifacts(built, state->folders.modules);
    if (!artifacts) {
        return fail({.message = fmt::format("{} has not been built here", board.name),
                     .causes = {artifacts.error().message},
                     .hint = fmt::format("rpi-kit build {}", board.name)});
    }
    TRY_ASSIGN(const auto description, load_toolchain(*state));
    TRY_ASSIGN(state->toolchain, toolchain::find(host, description));
    TRY_ASSIGN(state->source, built_source(*state));
    return BuiltBoard{.context = state->build_context(), .artifacts = *std::move(artifacts)};
}

}  // namespace rpikit::pipeline
