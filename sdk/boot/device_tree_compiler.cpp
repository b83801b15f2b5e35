#include "sdk/boot/device_tree_compiler.hpp"

#include <fmt/format.h>

#include "sdk/boot/host_files.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::boot {

namespace fs = std::filesystem;

namespace {

/// One of the two programs; what it said is the error's detail.
Result<> run_tool(const host::Host& host, const fs::path& file, std::vector<std::string> argv,
                  const std::string& package) {
    auto environment = host.environment.only({"PATH", "TMPDIR"});
    environment.set("LC_ALL", "C");
    if (!host.processes.find_program(argv.front(), environment)) {
        return fail({.message = fmt::format("{} is missing, which compiles device trees", argv.front()),
                     .hint = "sudo apt-get install " + package});
    }
    TRY_ASSIGN(const auto exit, host.processes.run({.argv = std::move(argv), .environment = environment},
                                                   {.stop = host.stop}));
    if (exit.success()) return {};
    return fail({.message = fmt::format("{} cannot be compiled", file.string()),
                 .detail = last_lines(exit.output, 20)});
}

Result<std::string> compile_in(const host::Host& host, const fs::path& file,
                               const std::vector<fs::path>& includes, const fs::path& work) {
    TRY(host::make_directories(work));
    TRY_ASSIGN(const auto text, host::read_file(file, device_tree_source_limit));
    auto source = file;
    if (text.contains("#include")) {
        source = work / "source.dts";
        std::vector<std::string> argv = {"cpp",       "-nostdinc", "-undef",
                                         "-D__DTS__", "-x",        "assembler-with-cpp"};
        for (const auto& folder : includes)
            argv.insert(argv.end(), {"-I", folder.string()});
        argv.insert(argv.end(), {"-o", source.string(), file.string()});
        TRY(run_tool(host, file, std::move(argv), "cpp"));
    }
    const auto blob = work / "tree.dtb";
    TRY(run_tool(host, file,
                 {"dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-i", file.parent_path().string(), "-o",
                  blob.string(), source.string()},
                 device_tree_compiler_package));
    return host::read_file(blob, device_tree_source_limit);
}

}  // namespace

Result<std::string> compile_device_tree_source(const host::Host& host, const fs::path& file,
                                               const std::vector<fs::path>& includes) {
    const auto work = host::temporary_sibling(host.cache / "device-tree");
    auto blob = compile_in(host, file, includes, work);
    const auto removed = host::remove_tree(work);
    if (blob && !removed) return fail(removed.error());
    return blob;
}

Result<std::string> compile_kernel_device_tree(const host::Host& host, const fs::path& kernel,
                                               const std::string& source_arch, const std::string& name) {
    const auto folder = kernel / "arch" / source_arch / "boot/dts";
    auto file = folder / name;
    file.replace_extension(".dts");
    if (!is_file(file)) {
        return fail({.message = fmt::format("this kernel has no source of the device tree {}", name),
                     .causes = {fmt::format("there is no {}", file.string())},
                     .hint = "rpi-kit board show BOARD --resolved   (kernel.dtbs: where the name stands; "
                             "kernel.dtb_file can name a device tree of the board's own)"});
    }
    return compile_device_tree_source(host, file, {kernel / "scripts/dtc/include-prefixes", folder});
}

}  // namespace rpikit::boot
