#include "sdk/export/export.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "sdk/export/kernel_tree.hpp"
#include "sdk/export/kit_files.hpp"
#include "sdk/host/file.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;

namespace fs = std::filesystem;

namespace {

/// A kernel's tree and build folder, and a toolchain of the store.
struct Kernel {
    test::FakeProcessRunner runner;
    test::TestHost host{runner};
    kernel::BuildContext context;

    Kernel() {
        for (const char* file : {"linux/Makefile",
                                 "linux/include/linux/module.h",
                                 "linux/include/generated/old.h",
                                 "linux/scripts/mod/modpost.c",
                                 "linux/scripts/dtc/dtc.c",
                                 "linux/scripts/kconfig/conf.c",
                                 "linux/arch/arm64/Makefile",
                                 "linux/arch/arm64/mm/Makefile",
                                 "linux/arch/arm64/include/asm/io.h",
                                 "linux/arch/x86/include/asm/io.h",
                                 "linux/drivers/big.c",
                                 "build/.config",
                                 "build/Module.symvers",
                                 "build/include/config/auto.conf",
                                 "build/include/generated/autoconf.h",
                                 "build/scripts/mod/modpost",
                                 "build/scripts/mod/modpost.o",
                                 "build/scripts/mod/.modpost.cmd",
                                 "build/arch/arm64/include/generated/asm/x.h",
                                 "build/vmlinux",
                                 "cache/store/toolchains/x/key/bin/x-gcc",
                                 "cache/store/toolchains/x/key/tree/usr/x/lib/libc.so"})
            host.directory.write(file, file);
        host.directory.write("build/include/config/kernel.release", "6.12.1\n");
        runner.answer("-print-sysroot", host::Exit{.output = "/\n"});
        context.kernel.arch = "arm64";
        context.source.root = host.directory / "linux";
        context.build = host.directory / "build";
        context.toolchain = {.name = "x",
                             .cross_compile = "x-",
                             .compiler = host.directory / "cache/store/toolchains/x/key/bin/x-gcc",
                             .version = "12",
                             .search = {host.directory / "cache/store/toolchains/x/key/bin"},
                             .make_variables = {"CROSS_COMPILE=x-"},
                             .origin = "store"};
    }
    auto export_to(const fs::path& folder) { return exporting::export_kit(host.host(), context, folder); }
};

exporting::KitInputs inputs() {
    return {
        .toolchain = {.name = "x",
                      .cross_compile = "aarch64-linux-gnu-",
                      .compiler = "/somewhere/aarch64-linux-gnu-gcc-12",
                      .make_variables = {"CROSS_COMPILE=aarch64-linux-gnu-", "CC=aarch64-linux-gnu-gcc-12"}},
        .arch = "arm64",
        .release = "6.12.1",
        .machine = "aarch64",
        .carries = true,
        .carries_sysroot = true,
        .sysroot = "/somewhere"};
}

std::string text_of(const exporting::KitInputs& from, const std::string& path) {
    for (const auto& file : exporting::kit_files(from)) {
        if (file.path == path) return file.text;
    }
    return {};
}

}  // namespace

TEST_CASE("a kit holds what a module's build wants, and no more of the kernel") {
    Kernel kernel;
    const auto folder = kernel.host.directory / "a/kit";
    const auto exported = kernel.export_to(folder);
    INFO((exported ? "" : render(exported.error(), false)));
    REQUIRE(exported);
    CHECK(exported->release == "6.12.1");
    CHECK(exported->carries_toolchain);
    const auto tree = folder / "kernel";
    for (const char* file :
         {"Makefile", "include/linux/module.h", "scripts/mod/modpost", "Module.symvers", ".config",
          "include/config/auto.conf", "include/generated/autoconf.h", "arch/arm64/Makefile",
          "arch/arm64/include/asm/io.h", "arch/arm64/include/generated/asm/x.h"}) {
        INFO(file);
        CHECK(fs::exists(tree / file));
    }
    for (const char* file :
         {"drivers", "vmlinux", "scripts/dtc", "scripts/kconfig", "scripts/mod/modpost.o",
          "scripts/mod/.modpost.cmd", "arch/x86", "arch/arm64/mm", "include/generated/old.h"}) {
        INFO(file);
        CHECK_FALSE(fs::exists(tree / file));
    }
    CHECK(fs::read_symlink(folder / "sysroot") == "toolchain/tree/usr/x");
    CHECK(fs::exists(folder / "sysroot/lib/libc.so"));
}

TEST_CASE("a toolchain of the store whose sysroot is the system's gives a kit without one") {
    Kernel kernel;
    kernel.context.toolchain.llvm = GENERATE(true, false);
    kernel.context.toolchain.cross_compile = kernel.context.toolchain.llvm ? "" : "native-";
    const auto folder = kernel.host.directory / "a/kit";
    const auto exported = kernel.export_to(folder);
    INFO((exported ? "" : render(exported.error(), false)));
    REQUIRE(exported);
    CHECK(exported->carries_toolchain);
    CHECK(exported->sysroot == "/");
    CHECK(fs::exists(folder / "toolchain/bin/x-gcc"));
    CHECK_FALSE(fs::exists(fs::symlink_status(folder / "sysroot")));
    const auto environment = host::read_file(folder / "environment").value();
    CHECK(environment.contains("export SYSROOT=/\n"));
    CHECK(environment.contains("$quoted/toolchain/bin"));
}

TEST_CASE("a folder that holds something, and a file, are left as they are") {
    Kernel kernel;
    const auto file = kernel.host.directory.write("full/precious", "mine");
    for (const auto& place : {file.parent_path(), file}) {
        const auto refused = kernel.export_to(place);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::usage);
    }
    CHECK(host::read_file(file).value() == "mine");
    fs::create_directories(kernel.host.directory / "empty");
    CHECK(kernel.export_to(kernel.host.directory / "empty"));
}

TEST_CASE("an export that fails leaves nothing behind") {
    Kernel kernel;
    fs::remove_all(kernel.host.directory / "cache/store/toolchains/x/key/bin");
    kernel.host.directory.write("cache/store/toolchains/x/key/sysroot", "");
    kernel.context.source.root = kernel.host.directory / "linux";
    // What shall become the kernel's own header is a folder already.
    fs::create_directories(kernel.host.directory / "linux/include/generated");
    fs::create_directories(kernel.context.build / "scripts/mod");
    fs::remove(kernel.host.directory / "linux/scripts/mod/modpost.c");
    fs::create_directories(kernel.host.directory / "linux/scripts/mod/modpost");
    const auto failed = kernel.export_to(kernel.host.directory / "a/kit");
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message.contains("cannot export"));
    CHECK_FALSE(fs::exists(kernel.host.directory / "a/kit"));
    CHECK(fs::is_empty(kernel.host.directory / "a"));
}

TEST_CASE("the environment finds its folder wherever that is, and quotes it") {
    const test::TempDir folder;
    const auto script = folder.write("it's $HOME`x`\\/environment", text_of(inputs(), "environment"));
    fs::permissions(script, fs::perms(0755));
    const auto runner = host::make_process_runner();
    const host::Environment environment(std::map<std::string, std::string>{{"PATH", "/usr/bin:/bin"}});
    const auto exit = runner->run(
        {.argv = {"sh", "-c", "eval \"$(\"$1\")\"; printf '%s|' \"$ARCH\" \"$CC\" \"$KERNEL_DIR\" \"$PATH\"",
                  "sh", script.string()},
         .environment = environment},
        {});
    REQUIRE(exit);
    const auto kit = fs::canonical(script.parent_path()).string();
    CHECK(exit->output == "arm64|aarch64-linux-gnu-gcc-12|" + kit + "/kernel|" + kit + "/bin:" + kit +
                              "/toolchain/bin:/usr/bin:/bin|");
}

TEST_CASE("the files of a kit name no place of the machine unless the toolchain is the system's") {
    for (const auto& file : exporting::kit_files(inputs()))
        CHECK_FALSE(file.text.contains("/somewhere"));
    auto system = inputs();
    system.carries = false;
    system.carries_sysroot = false;
    CHECK(text_of(system, "share/toolchain.cmake").contains("set(CMAKE_FIND_ROOT_PATH \"/somewhere\")"));
    CHECK(text_of(system, "share/toolchain.cmake").contains("\"aarch64-linux-gnu-g++-12\""));
    CHECK(text_of(system, "share/cross.ini").contains("cpu_family = 'aarch64'"));
    CHECK(text_of(system, "bin/target-run").contains("qemu-aarch64"));
    auto clang = inputs();
    clang.toolchain.llvm = true;
    CHECK(exporting::kit_files(clang).size() == 1);
}
