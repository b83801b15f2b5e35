#pragma once

#include <string>
#include <vector>

#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::toolchain {

/// One thing that a toolchain is tried with.
struct Trial {
    std::string what;  ///< "links a program"
    bool passed = false;
    std::string found = {};   ///< "aarch64-linux-gnu", or why it is left out
    std::string detail = {};  ///< what the compiler said, when it failed
};

/// Tries what a toolchain is for: it runs, says its target, compiles and links for the kernel and,
/// dynamically and statically, programs in C and, where its compiler for that is there, in C++. What fails is
/// a Trial that did not pass; an error means that nothing could be tried. Works in a folder of the cache that
/// is removed.
Result<std::vector<Trial>> try_out(const host::Host& host, const Toolchain& toolchain);

}  // namespace rpikit::toolchain
