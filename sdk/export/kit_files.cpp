#include "sdk/export/kit_files.hpp"

#include <fmt/format.h>

#include "sdk/support/text.hpp"
#include "sdk/toolchain/cpp_compiler.hpp"

namespace rpikit::exporting {

namespace {

std::string cpp_name(const toolchain::Toolchain& toolchain) {
    const auto name = toolchain::cpp_compiler_name(toolchain);
    return name.empty() ? toolchain.compiler.filename().string() : name;
}

constexpr std::string_view find_itself =
    "kit=$(CDPATH= cd -- \"$(dirname -- \"$0\")/{}\" && pwd -P) || exit 1\n";

/// Lines of a here document that end up as exports; $quoted is the kit's folder as one word of a shell.
std::string export_lines(const KitInputs& inputs) {
    std::string text = fmt::format("export ARCH={}\n", shell_quote(inputs.arch));
    for (const auto& assignment : inputs.toolchain.make_variables) {
        const auto equals = assignment.find('=');
        text += fmt::format("export {}={}\n", assignment.substr(0, equals),
                            shell_quote(assignment.substr(equals + 1)));
    }
    text += "export RPI_KIT_SDK=$quoted\nexport KERNEL_DIR=$quoted/kernel\n";
    if (!inputs.toolchain.llvm) text += "export CMAKE_TOOLCHAIN_FILE=$quoted/share/toolchain.cmake\n";
    text += inputs.carries_sysroot ? "export SYSROOT=$quoted/sysroot\n"
                                   : fmt::format("export SYSROOT={}\n", shell_quote(inputs.sysroot));
    return text + fmt::format("export PATH=$quoted/bin:{}\"\\$PATH\"\n",
                              inputs.carries ? "$quoted/toolchain/bin:" : "");
}

KitFile environment(const KitInputs& inputs) {
    std::string text =
        "#!/bin/sh\n"
        "# Prints what a shell needs to build for the target; use it so:\n"
        "#   eval \"$(path/to/environment)\"\n";
    text += fmt::format(fmt::runtime(find_itself), ".");
    // Inside single quotes a quote is '\''.
    text += "quoted=\"'$(printf '%s' \"$kit\" | sed \"s/'/'\\\\\\\\''/g\")'\"\n";
    return {.path = "environment",
            .text = text + "cat <<END\n" + export_lines(inputs) + "END\n",
            .program = true};
}

KitFile target_run(const KitInputs& inputs) {
    const auto name = inputs.machine == "i686" ? "i386" : inputs.machine;
    const auto sysroot =
        inputs.carries_sysroot ? std::string("\"$kit/sysroot\"") : shell_quote(inputs.sysroot);
    std::string text =
        "#!/bin/sh\n"
        "# Runs a program of the target in QEMU's user mode, with the target's C library.\n";
    text += fmt::format(fmt::runtime(find_itself), "..");
    text += fmt::format("[ \"$(uname -m)\" = {} ] && exec \"$@\"\n", shell_quote(name));
    text += fmt::format(
        "for qemu in qemu-{0}-static qemu-{0}; do\n"
        "    command -v \"$qemu\" >/dev/null && exec \"$qemu\" -L {1} \"$@\"\n"
        "done\n"
        "echo \"target-run: qemu-{0} is missing: sudo apt-get install qemu-user-static\" >&2\n"
        "exit 127\n",
        name, sysroot);
    return {.path = "bin/target-run", .text = std::move(text), .program = true};
}

KitFile cmake_file(const KitInputs& inputs) {
    const auto compiler = inputs.toolchain.compiler.filename().string();
    const std::string folder = inputs.carries ? "${kit}/toolchain/bin/" : "";
    const std::string sysroot = inputs.carries_sysroot ? "${kit}/sysroot" : inputs.sysroot;
    return {.path = "share/toolchain.cmake",
            .text = fmt::format("# cmake -DCMAKE_TOOLCHAIN_FILE=... finds the kit by this file's own place.\n"
                                "get_filename_component(kit \"${{CMAKE_CURRENT_LIST_DIR}}/..\" ABSOLUTE)\n"
                                "set(CMAKE_SYSTEM_NAME Linux)\n"
                                "set(CMAKE_SYSTEM_PROCESSOR {0})\n"
                                "set(CMAKE_C_COMPILER \"{1}{2}\")\n"
                                "set(CMAKE_CXX_COMPILER \"{1}{3}\")\n"
                                "set(CMAKE_FIND_ROOT_PATH \"{4}\")\n"
                                "set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)\n"
                                "set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)\n"
                                "set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)\n"
                                "set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)\n"
                                "set(CMAKE_CROSSCOMPILING_EMULATOR \"${{kit}}/bin/target-run\")\n",
                                inputs.machine, folder, compiler, cpp_name(inputs.toolchain), sysroot)};
}

/// Meson 1.0 has no word for the file's own folder, so its programs are found by PATH, as `environment` sets
/// it.
KitFile meson_file(const KitInputs& inputs) {
    const auto compiler = inputs.toolchain.compiler.filename().string();
    const auto prefix = inputs.toolchain.cross_compile;
    return {
        .path = "share/cross.ini",
        .text = fmt::format("# meson setup --cross-file ..., in a shell that has evaluated `environment`\n"
                            "[binaries]\n"
                            "c = '{0}'\ncpp = '{1}'\nar = '{2}ar'\nstrip = '{2}strip'\n"
                            "exe_wrapper = 'target-run'\n\n"
                            "[host_machine]\n"
                            "system = 'linux'\ncpu_family = '{3}'\ncpu = '{4}'\nendian = 'little'\n",
                            compiler, cpp_name(inputs.toolchain), prefix,
                            inputs.machine == "i686" ? "x86" : inputs.machine, inputs.machine)};
}

}  // namespace

std::vector<KitFile> kit_files(const KitInputs& inputs) {
    std::vector<KitFile> files = {environment(inputs)};
    // Clang compiles for every target, but brings no C library for any: the kit serves modules only.
    if (inputs.toolchain.llvm) return files;
    files.push_back(target_run(inputs));
    files.push_back(cmake_file(inputs));
    files.push_back(meson_file(inputs));
    return files;
}

}  // namespace rpikit::exporting
