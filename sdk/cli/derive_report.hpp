#pragma once

#include <string>

#include "sdk/pipeline/derive.hpp"

namespace rpikit::cli {

/// What a board's devices need of its kernel, a device a line: what drives it, by which symbols; then those
/// without a driver and those left out, each with the reason. \param explain every request with what asked
/// for it, too
std::string derivation_text(const pipeline::DerivedConfiguration& derived, bool explain);

}  // namespace rpikit::cli
