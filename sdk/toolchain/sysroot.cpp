#include <fmt/format.h>

#include <array>

#include "sdk/support/text.hpp"
#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::toolchain {
namespace {

namespace fs = std::filesystem;

struct Architecture {
    std::string_view machine;  ///< how a GNU triplet begins
    std::string_view arch;     ///< the kernel's ARCH
};
constexpr auto architectures = std::to_array<Architecture>({
    {"aarch64", "arm64"},
    {"arm", "arm"},
    {"riscv64", "riscv"},
    {"riscv32", "riscv"},
    {"x86_64", "x86_64"},
    {"i686", "i386"},
    {"powerpc64le", "powerpc"},
    {"powerpc", "powerpc"},
    {"mips64el", "mips"},
    {"mipsel", "mips"},
    {"loongarch64", "loongarch"},
    {"s390x", "s390"},
});

bool is_folder(const fs::path& folder) {
    std::error_code ignored;
    return fs::is_directory(folder, ignored);
}

}  // namespace

std::string kernel_architecture(const std::string& cross_compile) {
    const auto machine = cross_compile.substr(0, cross_compile.find('-'));
    for (const auto& row : architectures) {
        if (row.machine == machine) return std::string(row.arch);
    }
    return {};
}

host::Environment toolchain_environment(const host::Host& host, const Toolchain& toolchain) {
    auto environment = host.environment.only({"PATH", "HOME", "TMPDIR"});
    std::string path;
    for (const auto& folder : toolchain.search)
        path += folder.string() + ':';
    environment.set("PATH", path + environment.get("PATH").value_or("/usr/bin:/bin"));
    environment.set("LC_ALL", "C");
    return environment;
}

Result<fs::path> find_sysroot(const host::Host& host, const Toolchain& toolchain) {
    if (!toolchain.llvm) {
        const host::Command command{.argv = {toolchain.compiler.string(), "-print-sysroot"},
                                    .environment = toolchain_environment(host, toolchain)};
        TRY_ASSIGN(const auto exit, host::run_checked(host.processes, command, {.stop = host.stop}));
        const fs::path told(trim(exit.output));
        if (told.is_absolute() && told != "/" && is_folder(told)) return told.lexically_normal();
    }
    // Debian's cross compilers have none of their own: what is the target's lies in /usr/TRIPLET.
    auto triplet = toolchain.cross_compile;
    if (!triplet.empty()) triplet.pop_back();
    fs::path usr = "/usr";
    if (!toolchain.search.empty()) usr = toolchain.search.front().parent_path() / "tree/usr";
    if (!triplet.empty() && is_folder(usr / triplet / "lib")) return usr / triplet;
    return fs::path("/");
}

}  // namespace rpikit::toolchain
