#include <fmt/format.h>

#include "sdk/host/sandbox.hpp"
#include "sdk/support/text.hpp"
#include "sdk/toolchain/compiler_probe.hpp"
#include "sdk/toolchain/toolchain.hpp"
#include "sdk/toolchain/version.hpp"

namespace rpikit::toolchain {
namespace {

namespace fs = std::filesystem;

/// A program of the toolchain, and what the tree's script calls it.
struct Tool {
    std::string what;  ///< "C compiler"
    std::string name;  ///< "gcc", "binutils", "llvm"
    fs::path file;
    Version version;
};

/// A tree's own list of what it needs.
struct Script {
    fs::path tree;
    fs::path file() const { return tree / "scripts/min-tool-version.sh"; }
};

/// The script is the tree's, so it runs where it cannot write.
host::Command script_command(const host::Host& host, const Script& script, const Tool& tool,
                             const std::string& arch) {
    auto environment = host.environment.only({"PATH"});
    environment.set("ARCH", arch);
    environment.set("SRCARCH", arch);
    environment.set("LC_ALL", "C");
    host::Command command{.argv = {"sh", script.file().string(), tool.name},
                          .environment = std::move(environment)};
    if (!host::probe_sandbox(host).available) return command;
    const fs::path inside = "/mnt/source";
    command.argv[1] = Script{inside}.file().string();
    return host::sandboxed(command, {{.outside = fs::absolute(script.tree), .inside = inside}});
}

Result<Version> required(const host::Host& host, const Script& script, const Tool& tool,
                         const std::string& arch) {
    constexpr std::chrono::seconds limit(30);
    TRY_ASSIGN(const auto exit, host::run_checked(host.processes, script_command(host, script, tool, arch),
                                                  {.time_limit = limit, .stop = host.stop}));
    if (const auto version = parse_version(trim(exit.output))) return *version;
    return fail(
        {.message = fmt::format("{} does not say which {} it needs", script.file().string(), tool.name),
         .detail = last_lines(exit.output, 10)});
}

Result<> check(const host::Host& host, const Toolchain& toolchain, const Tool& tool, const Script& script,
               const std::string& arch) {
    TRY_ASSIGN(const auto least, required(host, script, tool, arch));
    if (tool.version >= least) return {};
    return fail({.message = fmt::format(
                     "the {} is too old for this kernel: {} is version {}, it needs {} {} or newer",
                     tool.what, tool.file.string(), tool.version.text(), tool.name, least.text()),
                 .causes = {fmt::format("{} {} says {}", script.file().string(), tool.name, least.text())},
                 .hint = fmt::format("rpi-kit toolchain install {} --store   (or put a newer one into PATH)",
                                     toolchain.name)});
}

/// The linker that make will take; its name follows from the make variables.
Result<fs::path> find_linker(const host::Host& host, const Toolchain& toolchain) {
    std::string name = toolchain.cross_compile + "ld";
    for (const auto& variable : toolchain.make_variables) {
        if (!variable.starts_with("LLVM=")) continue;
        const auto value = variable.substr(std::string_view("LLVM=").size());
        name = value.starts_with('-') ? "ld.lld" + value : "ld.lld";
    }
    auto environment = host.environment;
    std::string path;
    for (const auto& folder : toolchain.search)
        path += folder.string() + ":";
    environment.set("PATH", path + environment.get("PATH").value_or(""));
    if (const auto linker = host.processes.find_program(name, environment)) return *linker;
    return fail({.message = fmt::format("the linker {} is missing", name),
                 .hint = fmt::format("rpi-kit toolchain install {}", toolchain.name)});
}

}  // namespace

Result<> check_minimum_version(const host::Host& host, const Toolchain& toolchain, const std::string& arch,
                               const std::filesystem::path& source) {
    const Script script{source};
    std::error_code ignored;
    if (!fs::is_regular_file(script.file(), ignored)) return {};
    const auto version = parse_version(toolchain.version);
    if (!version) return fail({.message = fmt::format("\"{}\" is not a version", toolchain.version)});
    TRY(check(host, toolchain,
              {.what = "C compiler",
               .name = toolchain.llvm ? "llvm" : "gcc",
               .file = toolchain.compiler,
               .version = *version},
              script, arch));
    TRY_ASSIGN(const auto linker, find_linker(host, toolchain));
    TRY_ASSIGN(const auto asked, ask_version(host, linker));
    return check(host, toolchain,
                 {.what = "linker",
                  .name = toolchain.llvm ? "llvm" : "binutils",
                  .file = linker,
                  .version = asked.version},
                 script, arch);
}

}  // namespace rpikit::toolchain
