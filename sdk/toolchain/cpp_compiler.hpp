#pragma once

#include <string>

#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::toolchain {

/// The C++ compiler's name beside the C compiler's: "x-g++-12" for "x-gcc-12", "clang++-19" for "clang-19";
/// empty when that one's name tells none. It need not be there.
std::string cpp_compiler_name(const Toolchain& toolchain);

}  // namespace rpikit::toolchain
