#include "sdk/toolchain/shell_exports.hpp"

#include <fmt/format.h>

#include "sdk/support/text.hpp"

namespace rpikit::toolchain {
namespace {

/// In fish's single quotes a backslash escapes a quote and itself; nothing else is special there.
std::string fish_quote(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '\'';
}

}  // namespace

Exports exports_of(const Toolchain& toolchain) {
    Exports exports;
    const auto arch = kernel_architecture(toolchain.cross_compile);
    if (!arch.empty()) exports.variables.emplace_back("ARCH", arch);
    for (const auto& assignment : toolchain.make_variables) {
        const auto equals = assignment.find('=');
        if (equals == std::string::npos) continue;
        exports.variables.emplace_back(assignment.substr(0, equals), assignment.substr(equals + 1));
    }
    for (const auto& folder : toolchain.search)
        exports.path.push_back(folder.string());
    return exports;
}

std::string shell_text(const Exports& exports, Shell shell) {
    std::string text;
    for (const auto& [name, value] : exports.variables) {
        text += shell == Shell::fish ? fmt::format("set -gx {} {}\n", name, fish_quote(value))
                                     : fmt::format("export {}={}\n", name, shell_quote(value));
    }
    if (exports.path.empty()) return text;
    std::string folders;
    for (const auto& folder : exports.path)
        folders += shell == Shell::fish ? fish_quote(folder) + ' ' : shell_quote(folder) + ':';
    return text + (shell == Shell::fish ? fmt::format("set -gx PATH {}$PATH\n", folders)
                                        : fmt::format("export PATH={}\"$PATH\"\n", folders));
}

}  // namespace rpikit::toolchain
