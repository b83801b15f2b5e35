#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::toolchain {

enum class Shell { posix, fish };

/// What a shell has to know to build with a toolchain by hand: variables, and folders in front of PATH.
struct Exports {
    std::vector<std::pair<std::string, std::string>> variables;  ///< ARCH, CROSS_COMPILE, LLVM, CC
    std::vector<std::string> path;
};

Exports exports_of(const Toolchain& toolchain);

/// Lines for `eval` (sh and its kin) or `source` (fish); every value is quoted so that it stays one word.
std::string shell_text(const Exports& exports, Shell shell);

}  // namespace rpikit::toolchain
