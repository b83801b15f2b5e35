#include <algorithm>

#include "sdk/host/file.hpp"
#include "sdk/kernel/build.hpp"
#include "sdk/kernel/failure.hpp"
#include "sdk/kernel/module_tree.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

namespace {

Result<> require_file(const BuildContext& context, const fs::path& file, const std::string& what) {
    std::error_code error;
    if (fs::is_regular_file(file, error) && fs::file_size(file, error) > 0) return {};
    return fail({.message = "the build left no " + what + ": " + file.string() + " is missing or empty",
                 .hint = fill_in("rpi-kit build BOARD", context)});
}

}  // namespace

std::string source_architecture(const std::string& arch) {
    if (arch == "x86_64" || arch == "i386") return "x86";
    if (arch == "sparc32" || arch == "sparc64") return "sparc";
    return arch == "parisc64" ? "parisc" : arch;
}

Result<std::string> kernel_release(const fs::path& build) {
    const fs::path file = build / "include/config/kernel.release";
    TRY_ASSIGN(const std::string text, host::read_file(file));
    std::string release(trim(text));
    // It names a folder below lib/modules.
    const auto is_plain = [](char c) { return c > ' ' && c < 127 && c != '/'; };
    if (release.empty() || release.starts_with('.') || !std::ranges::all_of(release, is_plain)) {
        return fail({.message = "no kernel release: '" + release + "'", .where = Location{.file = file}});
    }
    return release;
}

fs::path boot_folder(const BuildContext& context) {
    return context.build / "arch" / source_architecture(context.kernel.arch) / "boot";
}

Result<KernelArtifacts> read_artifacts(const BuildContext& context, const fs::path& staging) {
    const fs::path arch = boot_folder(context);
    KernelArtifacts artifacts{.image = arch / context.kernel.image,
                              .vmlinux = context.build / "vmlinux",
                              .system_map = context.build / "System.map",
                              .config = context.build / ".config",
                              .modules = staging};
    TRY_ASSIGN(artifacts.release, kernel_release(context.build));
    TRY(require_file(context, artifacts.image, "kernel image"));
    TRY(require_file(context, artifacts.vmlinux, "vmlinux"));
    TRY(require_file(context, artifacts.system_map, "System.map"));
    TRY_ASSIGN(const auto config, kconfig::DotConfig::read(artifacts.config));
    for (const std::string& dtb : context.kernel.dtbs) {
        artifacts.dtbs.push_back(arch / "dts" / dtb);
        TRY(require_file(context, artifacts.dtbs.back(), "device tree"));
    }
    std::error_code error;
    if (!fs::is_directory(staging, error)) {
        return fail({.message = "no folder of staged modules: " + staging.string(),
                     .hint = fill_in("rpi-kit build BOARD", context)});
    }
    if (config.value("MODULES") != "y") return artifacts;
    TRY_ASSIGN(const auto modules, list_modules(staging, artifacts.release));
    artifacts.module_count = modules.size();
    return artifacts;
}

}  // namespace rpikit::kernel
