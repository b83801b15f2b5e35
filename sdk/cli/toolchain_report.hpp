#pragma once

#include <span>
#include <string>

#include "sdk/toolchain/check.hpp"
#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::cli {

/// What `toolchain check` found, for people.
std::string trials_text(const toolchain::Toolchain& tried, std::span<const toolchain::Trial> trials);

/// What `toolchain install` would do, one way a line, in the order they are tried.
std::string install_plan(const host::Host& host, const toolchain::Description& description, bool into_store,
                         bool tarball);

}  // namespace rpikit::cli
