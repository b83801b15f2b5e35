#pragma once

#include <vector>

#include "sdk/source/source.hpp"

namespace rpikit::source {

/// The sources a request may be met with, in order: one, unless it is "auto" and nothing is chosen yet.
Result<std::vector<board::KernelSource>> candidates(const board::Board& board, const Request& request,
                                                    const Lock& lock);

/// A tree named on the command line says neither how it is configured nor its command line: taken from the
/// board's first source whose defconfig this tree has.
board::KernelSource adopt_configuration(board::KernelSource source, const board::Board& board,
                                        const std::filesystem::path& root);

}  // namespace rpikit::source
