#include <sstream>

#include "sdk/host/file.hpp"
#include "sdk/kernel/configuration_steps.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kernel {

namespace {

/// The tools that Kconfig's macros name, as the kernel's Makefile sets them.
void set_tools(host::Environment& environment, const toolchain::Toolchain& toolchain) {
    const std::string& cross = toolchain.cross_compile;
    const bool llvm = toolchain.llvm;
    environment.set("CC", llvm ? "clang" : cross + "gcc");
    environment.set("LD", llvm ? "ld.lld" : cross + "ld");
    environment.set("HOSTCC", llvm ? "clang" : "gcc");
    for (const auto& [name, tool] : {std::pair{"AR", "ar"}, {"NM", "nm"}, {"OBJCOPY", "objcopy"}}) {
        environment.set(name, (llvm ? "llvm-" : cross) + tool);
    }
    for (const auto& [name, tool] :
         {std::pair{"RUSTC", "rustc"}, {"BINDGEN", "bindgen"}, {"PAHOLE", "pahole"}, {"PYTHON3", "python3"}})
        environment.set(name, tool);
    for (const auto& variable : toolchain.make_variables) {
        const auto equal = variable.find('=');
        if (equal != std::string::npos) {
            environment.set(variable.substr(0, equal), variable.substr(equal + 1));
        }
    }
}

/// What clang is told of the target before each check, as the tree's scripts/Makefile.clang has it; empty
/// when that does not know the architecture.
std::string clang_flags(const std::filesystem::path& source, const std::string& architecture) {
    const auto text = host::read_file(source / "scripts/Makefile.clang");
    if (!text) return "";
    std::string target;
    std::string warnings;
    for (const auto line : lines(*text)) {
        std::istringstream words{std::string(line)};
        std::string name;
        std::string assignment;
        std::string value;
        words >> name >> assignment >> value;
        if (name == "CLANG_TARGET_FLAGS_" + architecture) target = value;
        if (name == "CLANG_FLAGS" && value.starts_with("-Werror=")) warnings += " " + value;
    }
    return target.empty() ? "" : "--target=" + target + " -fintegrated-as" + warnings;
}

}  // namespace

Result<kconfig::Tree> load_kconfig(const host::Host& host, const BuildContext& context) {
    const std::filesystem::path source = context.sandboxed ? "/mnt/source" : context.source.root;
    const std::filesystem::path build = context.sandboxed ? "/mnt/build" : context.build;
    host::Environment environment = host.environment.only({"HOME"});
    set_tools(environment, context.toolchain);
    environment.set("PATH", build_path(host, context.toolchain.search));
    for (const char* locale : {"LANG", "LC_ALL"})
        environment.set(locale, "C");
    // PATH may name ccache's compiler links, whose cache could not be written to.
    environment.set("CCACHE_DISABLE", "1");
    environment.set("ARCH", context.kernel.arch);
    environment.set("SRCARCH", source_architecture(context.kernel.arch));
    environment.set("KERNELVERSION", context.source.version);
    environment.set("srctree", source.string());
    if (context.toolchain.llvm) {
        environment.set("CLANG_FLAGS",
                        clang_flags(context.source.root, source_architecture(context.kernel.arch)));
    }
    // Compiler checks make temporary files where they run: in the build folder, never in the source.
    const auto wrap = [=, sandboxed = context.sandboxed, root = context.source.root,
                       objects = context.build](host::Command command) {
        command.directory = build;
        if (!sandboxed) return command;
        return host::sandboxed(command, {{root, source, false}, {objects, build, true}});
    };
    return kconfig::Tree::load(host, context.source.root, environment, wrap);
}

}  // namespace rpikit::kernel
