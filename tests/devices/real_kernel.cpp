#include "tests/devices/real_kernel.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <ctime>
#include <stdexcept>

#include "sdk/host/file.hpp"
#include "sdk/kernel/configuration_steps.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::test {

RealKernel::RealKernel() {
    const char* tree = std::getenv("RPIKIT_TEST_KERNEL");
    if (tree == nullptr || *tree == '\0') SKIP("RPIKIT_TEST_KERNEL names no kernel tree");
    if (!processes_->find_program("aarch64-linux-gnu-gcc", host_.host().environment))
        SKIP("there is no aarch64-linux-gnu-gcc");
    context_.kernel.arch = "arm64";
    context_.source.root = tree;
    context_.toolchain.cross_compile = "aarch64-linux-gnu-";
    context_.toolchain.make_variables = {"CROSS_COMPILE=aarch64-linux-gnu-"};
    context_.build = host_.directory / "objects";
    context_.log = host_.directory / "build.log";
    context_.sandboxed = host::probe_sandbox(host_.host()).available;
    // The first reading fills the page cache, the second is measured.
    REQUIRE(devices::Index::build(tree, "real", "arm64"));
    const auto begin = std::chrono::steady_clock::now();
    const auto cpu_begin = std::clock();
    auto index = devices::Index::build(tree, "real", "arm64");
    index_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    index_cpu_seconds_ = static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC;
    REQUIRE(index);
    index_ = *std::move(index);
}

kconfig::DotConfig RealKernel::configure(const std::string& base, const std::vector<std::string>& settings) {
    const auto done = kernel::configure(host_.host(), context_, {.base = base, .settings = settings});
    if (!done) throw std::runtime_error(render(done.error(), false));
    return kconfig::DotConfig::read(done->file).value();
}

Result<kernel::PlannedConfiguration> RealKernel::plan(const std::string& base,
                                                      const std::vector<std::string>& settings) {
    return kernel::PlannedConfiguration::make(host_.host(), context_, {.base = base, .settings = settings});
}

std::set<std::string> RealKernel::symbols_of_all_architectures() const {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(context_.source.root)) {
        if (!entry.path().filename().string().starts_with("Kconfig") || !entry.is_regular_file()) continue;
        const auto text = host::read_file(entry.path()).value();
        for (const auto line : lines(text))
            for (const std::string_view word : {"config ", "menuconfig "})
                if (line.starts_with(word)) found.emplace(trim(line.substr(word.size())));
    }
    return found;
}

std::string RealKernel::device_tree(const std::string& name) {
    const auto root = context_.source.root;
    const auto folder = root / "arch/arm64/boot/dts";
    const auto run = [&](std::vector<std::string> argv) {
        const auto done = processes_->run({.argv = std::move(argv),
                                           .directory = host_.directory.path(),
                                           .environment = host_.host().environment},
                                          {});
        if (!done || !done->success())
            throw std::runtime_error(name + ": " + (done ? done->output : done.error().message));
    };
    // As scripts/Makefile.lib does.
    run({"cpp", "-nostdinc", "-I", (root / "scripts/dtc/include-prefixes").string(), "-I", folder.string(),
         "-undef", "-D__DTS__", "-x", "assembler-with-cpp", "-o", "tree.dts",
         (folder / (name + ".dts")).string()});
    run({"dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-i", (folder / name).parent_path().string(), "-o",
         "tree.dtb", "tree.dts"});
    return host::read_file(host_.directory / "tree.dtb").value();
}

RealKernel& real_kernel() {
    static RealKernel kernel;
    return kernel;
}

}  // namespace rpikit::test
