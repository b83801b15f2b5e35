#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>
#include <cstdlib>

#include "sdk/host/file.hpp"
#include "sdk/kernel/configuration_edit.hpp"
#include "sdk/kernel/configuration_steps.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using Lines = std::vector<std::string>;

namespace {

/// A real kernel tree, named by RPIKIT_TEST_KERNEL (read only), configured with the real make and conf.
struct RealKernel {
    std::unique_ptr<host::ProcessRunner> processes = host::make_process_runner();
    test::TestHost host{*processes, host::Environment::of_this_process()};
    kernel::BuildContext context;

    RealKernel() {
        const char* tree = std::getenv("RPIKIT_TEST_KERNEL");
        if (tree == nullptr || *tree == '\0') SKIP("RPIKIT_TEST_KERNEL names no kernel tree");
        if (!processes->find_program("aarch64-linux-gnu-gcc", host.host().environment)) {
            SKIP("there is no aarch64-linux-gnu-gcc");
        }
        context.kernel.arch = "arm64";
        context.source.root = tree;
        context.toolchain.cross_compile = "aarch64-linux-gnu-";
        context.toolchain.make_variables = {"CROSS_COMPILE=aarch64-linux-gnu-"};
        context.build = host.directory / "objects";
        context.log = host.directory / "build.log";
        context.sandboxed = host::probe_sandbox(host.host()).available;
    }

    Result<kernel::Configuration> configure(const Lines& settings, const std::string& base = "allnoconfig") {
        return kernel::configure(host.host(), context, {.base = base, .settings = settings});
    }
};

/// One for all tests, so that the kernel's conf is compiled once.
RealKernel& real_kernel() {
    static RealKernel kernel;
    return kernel;
}

/// What a Raspberry Pi 4 needs in any case.
const Lines platform = {"ARCH_BCM=y",    "ARCH_BCM2835=y", "MODULES=y",  "NET=y",      "NETDEVICES=y",
                        "INPUT=y",       "USB_SUPPORT=y",  "USB=y",      "BLOCK=y",    "TTY=y",
                        "SERIAL_8250=y", "THERMAL=y",      "WIRELESS=y", "CFG80211=m", "WLAN=y"};

Lines with(const Lines& more) {
    Lines all = platform;
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace

TEST_CASE("requests that a real kernel drops are explained by the dependency that is missing", "[real]") {
    struct Row {
        const char* request;
        Lines missing;  ///< all that has to be asked for too
    };
    const auto& row =
        GENERATE(Row{"HID_GENERIC=y", {"HID=y", "HID_SUPPORT=y"}}, Row{"USB_HID=y", {"HID_SUPPORT=y"}},
                 Row{"BCM2711_THERMAL=y", {"MFD_SYSCON=y", "THERMAL_OF=y"}},
                 Row{"BRCMFMAC=m", {"WLAN_VENDOR_BROADCOM=y"}}, Row{"SQUASHFS=y", {"MISC_FILESYSTEMS=y"}},
                 Row{"SERIAL_8250_BCM2835AUX=y", {"SERIAL_8250_EXTENDED=y", "SERIAL_8250_SHARE_IRQ=y"}});
    CAPTURE(row.request);
    RealKernel& kernel = real_kernel();
    const auto refused = kernel.configure(with({row.request}));
    REQUIRE_FALSE(refused);
    const Error& error = refused.error();
    CAPTURE(render(error, false));
    CHECK(error.message.starts_with("CONFIG_" + std::string(row.request) + " did not take: it is n"));
    for (const auto& missing : row.missing) {
        const auto name = missing.substr(0, missing.find('='));
        CHECK(std::ranges::any_of(error.causes,
                                  [&](const auto& cause) { return cause.contains(name + " is n ("); }));
        CHECK(error.hint.contains(missing));
    }
    // The proof of the explanation: with what it names the request takes.
    auto settings = with({row.request});
    settings.insert(settings.end(), row.missing.begin(), row.missing.end());
    const auto met = kernel.configure(settings);
    if (!met) FAIL(render(met.error(), false));
    const std::string hint = error.hint.substr(error.hint.find(": "));
    CHECK(std::ranges::count(hint, '=') == static_cast<std::ptrdiff_t>(row.missing.size()));
}

TEST_CASE("the option --set HZ=300 on a real kernel", "[real]") {
    RealKernel& kernel = real_kernel();
    const auto base = GENERATE("allnoconfig", "defconfig");
    const auto made = kernel.configure({"HZ=300"}, base);
    if (!made) FAIL(render(made.error(), false));
    const auto config = kconfig::DotConfig::read(made->file);
    REQUIRE(config);
    CHECK(config->value("HZ") == "300");
    CHECK(config->value("HZ_300") == "y");
    CHECK(config->value("HZ_250") == "n");
}

TEST_CASE("a real configuration is final: olddefconfig changes nothing, and so does merge_config.sh",
          "[real]") {
    RealKernel kernel;
    kernel.context.sandboxed =
        false;  // merge_config.sh must find the source where the build folder says it is
    const auto settings = with({"HZ=300", "IKCONFIG=y"});
    const auto made = kernel.configure(settings);
    if (!made) FAIL(render(made.error(), false));
    const auto text = host::read_file(made->file);
    REQUIRE(text);
    REQUIRE(kernel::run_make(kernel.host.host(), kernel.context, {"olddefconfig"}));
    CHECK(host::read_file(made->file).value() == *text);

    const auto fragment = kernel.context.build / "fragment.config";
    REQUIRE(host::write_file(fragment, kernel::merge_requests("", made->requests)));
    const auto merged = host::run_checked(
        *kernel.processes,
        {.argv = {"sh", (kernel.context.source.root / "scripts/kconfig/merge_config.sh").string(), "-n", "-O",
                  ".", fragment.string()},
         .directory = kernel.context.build,
         .environment = [&] {
             auto environment = kernel.host.host().environment;
             environment.set("ARCH", "arm64");
             environment.set("CROSS_COMPILE", "aarch64-linux-gnu-");
             environment.set("KCONFIG_CONFIG", "merged.config");
             return environment;
         }()});
    if (!merged) FAIL(render(merged.error(), false));
    CHECK(host::read_file(kernel.context.build / "merged.config").value_or("") == *text);
}

TEST_CASE("the Kconfig files of a real kernel load fast, for every architecture, without a command",
          "[real]") {
    RealKernel& kernel = real_kernel();
    const std::string arch = GENERATE("arm64", "arm", "x86_64", "riscv");
    auto context = kernel.context;
    context.kernel.arch = arch;
    const auto start = std::chrono::steady_clock::now();
    const auto tree = kernel::load_kconfig(kernel.host.host(), context);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    if (!tree) FAIL(render(tree.error(), false));
    CAPTURE(arch, time.count());
    CHECK(tree->symbols().size() > 15000);
    CHECK(tree->defines("EXT4_FS"));
}

TEST_CASE("the smallest fragment reproduces an edited real configuration", "[real]") {
    RealKernel& kernel = real_kernel();
    const std::string base = "allnoconfig";
    std::string lines;
    for (const auto& setting : platform)
        lines += "CONFIG_" + setting + "\n";
    kernel::ConfigurationRequest request{
        .base = base, .fragments = {kernel.host.directory.write("platform.config", lines)}};
    const auto made = kernel::configure(kernel.host.host(), kernel.context, request);
    if (!made) FAIL(render(made.error(), false));
    // As an editor leaves it: with all that follows from what was typed.
    const auto file = kernel.host.directory / "edited.config";
    const auto text = host::read_file(made->file).value() +
                      "CONFIG_HZ_1000=y\nCONFIG_BTRFS_FS=m\nCONFIG_WLAN=n\n# CONFIG_USB is not set\n";
    REQUIRE(host::write_file(file, text));
    const auto wanted = kernel::complete_configuration(kernel.host.host(), kernel.context, file);
    if (!wanted) FAIL(render(wanted.error(), false));
    const auto own = kernel.host.directory / "own.config";
    REQUIRE(host::remove_tree(own));
    const auto change = kernel::minimal_change(kernel.host.host(), kernel.context, request, *wanted, own);
    if (!change) FAIL(render(change.error(), false));
    const auto fragment = kernel::apply("", *change);
    CAPTURE(base, fragment);
    const auto proven = kconfig::DotConfig::read(made->file).value();
    CHECK(change->add.size() < kernel::compare(proven, *wanted).size() / 2);
    CHECK(fragment.contains("CONFIG_HZ_1000=y\n"));
    CHECK(fragment.contains("CONFIG_BTRFS_FS=m\n"));
    CHECK_FALSE(fragment.contains("CONFIG_HZ=1000"));    // decided by HZ_1000
    CHECK_FALSE(fragment.contains("CONFIG_RAID6_PQ="));  // selected by BTRFS_FS
    CHECK_FALSE(fragment.contains("CONFIG_HZ_250"));     // of the same choice
    REQUIRE(host::write_file(own, fragment));
    request.fragments.push_back(own);
    const auto again = kernel::configure(kernel.host.host(), kernel.context, request);
    if (!again) FAIL(render(again.error(), false));
    CHECK(kernel::compare(kconfig::DotConfig::read(again->file).value(), *wanted).empty());
}
