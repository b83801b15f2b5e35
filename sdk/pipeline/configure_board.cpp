#include "sdk/pipeline/configure_board.hpp"

#include "sdk/host/file.hpp"
#include "sdk/pipeline/build_state.hpp"

namespace rpikit::pipeline {

Result<ConfiguredBoard> configure_board(const host::Host& host, const board::Board& board,
                                        const BuildOptions& options, const Observer& observer) {
    TRY_ASSIGN(const auto state, make_build_state(host, board, options));
    const Plan plan({tools_stage(state), toolchain_stage(state), source_stage(state), configure_stage(state)},
                    state->folders.state);
    TRY(plan.run(host, observer));
    ConfiguredBoard configured{.context = state->build_context(), .profile = state->profile_name()};
    TRY_ASSIGN(auto request, state->configuration_request());
    TRY_ASSIGN(configured.request, with_derived_fragment(*state, std::move(request)));
    TRY_ASSIGN(configured.configuration, kernel::read_configuration(state->folders.objects));
    return configured;
}

Result<DerivedConfiguration> derive_board(const host::Host& host, const board::Board& board,
                                          const BuildOptions& options,
                                          const std::vector<std::string>& modaliases,
                                          const Observer& observer) {
    TRY_ASSIGN(const auto state, make_build_state(host, board, options));
    const Plan plan({tools_stage(state), toolchain_stage(state), source_stage(state)}, state->folders.state);
    TRY(plan.run(host, observer));
    TRY(host::make_directories(state->folders.objects));
    TRY_ASSIGN(const auto request, state->configuration_request());
    return derive_configuration(*state, request, modaliases);
}

}  // namespace rpikit::pipeline
