#include "sdk/toolchain/cpp_compiler.hpp"

namespace rpikit::toolchain {

std::string cpp_compiler_name(const Toolchain& toolchain) {
    auto name = toolchain.compiler.filename().string();
    const std::string_view c = toolchain.llvm ? "clang" : "gcc";
    const auto at = name.rfind(c);
    if (at == std::string::npos) return {};
    return name.replace(at, c.size(), toolchain.llvm ? "clang++" : "g++");
}

}  // namespace rpikit::toolchain
