#pragma once

#include <string>

#include "sdk/kernel/configuration.hpp"
#include "sdk/kernel/make.hpp"
#include "sdk/pipeline/build.hpp"
#include "sdk/pipeline/derive.hpp"

namespace rpikit::pipeline {

/// A board whose kernel is configured and proven, and nothing more.
struct ConfiguredBoard {
    kernel::BuildContext context;
    kernel::ConfigurationRequest request;
    kernel::Configuration configuration;
    std::string profile;  ///< the one that was configured
};

/// Runs a build's stages up to `configure`, with the records that a build keeps: what is up to date does not
/// run, and the next build goes on from here.
Result<ConfiguredBoard> configure_board(const host::Host& host, const board::Board& board,
                                        const BuildOptions& options, const Observer& observer);

/// Runs a build's stages up to the source, then finds what the board's devices need of the profile that
/// `options` name; nothing of the build changes. \param modaliases instead of the board's own devices, unless
/// empty
Result<DerivedConfiguration> derive_board(const host::Host& host, const board::Board& board,
                                          const BuildOptions& options,
                                          const std::vector<std::string>& modaliases,
                                          const Observer& observer);

}  // namespace rpikit::pipeline
