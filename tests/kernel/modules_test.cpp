#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <csignal>
#include <fstream>
#include <optional>
#include <set>
#include <thread>

#include "sdk/host/file.hpp"
#include "sdk/kernel/build_folder.hpp"
#include "sdk/support/sha256.hpp"
#include "tests/kernel/build_fixture.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using namespace std::chrono_literals;
using test::BuildFixture;

namespace {

/// Configured and compiled; what is left is to stage the modules.
struct Built : BuildFixture {
    explicit Built(const std::string& settings = "", const test::FakeLinuxOptions& options = {})
        : BuildFixture(options) {
        const auto built = kernel::compile(host.host(), context, configure(settings), {});
        INFO((built ? "" : render(built.error(), false)));
        REQUIRE(built);
    }
    Result<kernel::KernelArtifacts> stage(bool strip = true) {
        return kernel::stage_modules(host.host(), context, staging(), strip);
    }
    fs::path modules() const { return staging() / "lib/modules/6.12.117"; }
};

std::string describe(const Result<kernel::KernelArtifacts>& result) {
    return result ? "" : render(result.error(), false);
}

/// The content of a folder: each file's path with its hash or link target, and its mode.
std::set<std::string> content_of(const fs::path& folder) {
    std::set<std::string> content;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        std::string line = entry.path().lexically_relative(folder).string();
        line += " " + std::to_string(static_cast<unsigned>(entry.symlink_status().permissions()));
        if (entry.is_symlink()) line += " -> " + fs::read_symlink(entry.path()).string();
        if (!entry.is_symlink() && entry.is_regular_file()) line += " " + sha256_file(entry.path()).value();
        content.insert(line);
    }
    return content;
}

std::size_t files_beside(const fs::path& staging) {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(staging.parent_path())) {
        count += entry.path().filename().string().starts_with(".staging") ? 1 : 0;
    }
    return count;
}

}  // namespace

TEST_CASE("modules are staged with what depmod makes, without links into the build") {
    Built fixture;
    const auto artifacts = fixture.stage();
    INFO(describe(artifacts));
    REQUIRE(artifacts);
    CHECK(artifacts->release == "6.12.117");
    CHECK(artifacts->module_count == 3);
    CHECK(artifacts->modules == fixture.staging());
    CHECK(artifacts->image == fixture.context.build / "arch/arm64/boot/Image.gz");
    REQUIRE(artifacts->dtbs.size() == 1);
    CHECK(artifacts->dtbs[0] == fixture.context.build / "arch/arm64/boot/dts/broadcom/bcm2711-rpi-4-b.dtb");
    for (const char* name : {"modules.dep", "modules.dep.bin", "modules.alias", "modules.symbols",
                             "modules.order", "modules.builtin", "kernel/fs/vfat.ko"}) {
        CHECK(fs::is_regular_file(fixture.modules() / name));
    }
    CHECK(host::read_file(fixture.modules() / "modules.dep")
              .value()
              .contains("kernel/fs/vfat.ko: kernel/fs/fat.ko"));
    CHECK_FALSE(fs::is_symlink(fixture.modules() / "build"));
    CHECK_FALSE(fs::is_symlink(fixture.modules() / "source"));
    CHECK(files_beside(fixture.staging()) == 0);
}

TEST_CASE("in the sandbox the same modules are staged as outside") {
    Built outside;
    if (!test::sandbox_works(outside.host.host())) SKIP("no sandbox here");
    REQUIRE(outside.stage());
    BuildFixture inside({}, "a folder: with a blank");
    inside.context.sandboxed = true;
    REQUIRE(kernel::compile(inside.host.host(), inside.context, inside.configure(), {}));
    const auto artifacts = kernel::stage_modules(inside.host.host(), inside.context, inside.staging(), true);
    INFO(describe(artifacts));
    REQUIRE(artifacts);
    CHECK(content_of(inside.staging()) == content_of(outside.staging()));
}

TEST_CASE("modules are stripped of what only a debugger reads, unless told not to") {
    Built fixture;
    REQUIRE(fixture.stage(false));
    const fs::path module = fixture.modules() / "kernel/fs/fat.ko";
    CHECK(sha256_file(module).value() == sha256_file(fixture.context.build / "fs/fat.ko").value());
    CHECK_FALSE(fixture.log().contains("STRIP"));
    REQUIRE(fixture.stage(true));
    CHECK(fixture.log().contains("STRIP"));
}

TEST_CASE("compressed modules are found and their vermagic is read") {
    const std::string kind = GENERATE("XZ", "ZSTD");
    Built fixture("CONFIG_MODULE_COMPRESS=y\nCONFIG_MODULE_COMPRESS_" + kind + "=y");
    const auto artifacts = fixture.stage();
    INFO(describe(artifacts));
    REQUIRE(artifacts);
    CHECK(artifacts->module_count == 3);
    CHECK(fs::exists(fixture.modules() / ("kernel/fs/fat.ko." + std::string(kind == "XZ" ? "xz" : "zst"))));
}

TEST_CASE("a kernel without modules has an empty staging folder") {
    BuildFixture fixture;
    REQUIRE(kernel::compile(fixture.host.host(), fixture.context, fixture.configure("", "allnoconfig"), {}));
    const auto artifacts =
        kernel::stage_modules(fixture.host.host(), fixture.context, fixture.staging(), true);
    INFO(describe(artifacts));
    REQUIRE(artifacts);
    CHECK(artifacts->module_count == 0);
    CHECK(fs::is_empty(fixture.staging()));
    CHECK(fixture.count_invocations("modules_install") == 0);
}

TEST_CASE("the staging folder is made anew: nothing of an earlier one stays, whatever the umask") {
    Built fixture;
    REQUIRE(fixture.stage());
    const auto first = content_of(fixture.staging());
    std::ofstream(fixture.modules() / "kernel/old.ko") << "old";
    const mode_t before = ::umask(077);
    const auto again = fixture.stage();
    ::umask(before);
    INFO(describe(again));
    REQUIRE(again);
    CHECK(content_of(fixture.staging()) == first);
}

TEST_CASE("a module that was built for another release stops the build by name") {
    Built fixture;
    // A stale module: its text holds the release that it was made for.
    const fs::path module = fixture.context.build / "drivers/dummy.ko";
    std::string bytes = host::read_file(module).value();
    const auto at = bytes.find("vermagic=6.12.117");
    REQUIRE(at != std::string::npos);
    bytes[at + 9] = '5';
    std::ofstream(module, std::ios::binary) << bytes;
    const auto staged = fixture.stage();
    REQUIRE_FALSE(staged);
    const std::string text = render(staged.error(), false);
    CHECK(text.contains("dummy.ko"));
    CHECK(text.contains("5.12.117"));
    CHECK_FALSE(fs::exists(fixture.staging()));
    CHECK(files_beside(fixture.staging()) == 0);
}

TEST_CASE("without depmod, which make only warns of, the modules are refused") {
    Built fixture;
    fixture.context.toolchain.make_variables.emplace_back("DEPMOD=no-such-depmod");
    const auto staged = fixture.stage();
    REQUIRE_FALSE(staged);
    CHECK(render(staged.error(), false).contains("apt-get install kmod"));
    CHECK_FALSE(fs::exists(fixture.staging()));
}

TEST_CASE("modules_install that fails leaves the earlier staging folder as it was") {
    Built fixture;
    REQUIRE(fixture.stage());
    const auto before = content_of(fixture.staging());
    test::set_fake_linux_knobs(fixture.context.source.root,
                               {.fail = "disk-full", .fail_at = "modules_install"});
    const auto staged = fixture.stage();
    REQUIRE_FALSE(staged);
    CHECK(staged.error().hint == "df -h . /tmp");
    CHECK(content_of(fixture.staging()) == before);
    CHECK(files_beside(fixture.staging()) == 0);
}

TEST_CASE("killed while it stages the modules, the next run ends as if nothing had been") {
    Built reference;
    REQUIRE(reference.stage());
    Built fixture;
    test::set_fake_linux_knobs(fixture.context.source.root,
                               {.sleep_seconds = 600, .sleep_at = "modules_install", .sleep_once = true});
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(fixture.stage() ? 0 : 1);
    while (!fs::exists(fixture.context.build / "fake_slept"))
        std::this_thread::sleep_for(5ms);
    REQUIRE(::kill(child, SIGKILL) == 0);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    CHECK(files_beside(fixture.staging()) == 1);
    CHECK_FALSE(fs::exists(fixture.staging()));
    // Without the sandbox make ends a moment later than we.
    while (kernel::running_make(fixture.context.build))
        std::this_thread::sleep_for(5ms);
    const auto staged = fixture.stage();
    INFO(describe(staged));
    REQUIRE(staged);
    CHECK(content_of(fixture.staging()) == content_of(reference.staging()));
    CHECK(files_beside(fixture.staging()) == 0);
}

TEST_CASE("a make that is already at work in the build folder is not run into, but named") {
    Built fixture;
    const auto other = fixture.host.directory.write("other.mk", "all:\n\t@touch started; sleep 20\n");
    std::optional<Result<kernel::KernelArtifacts>> staged;
    const auto react = [&](std::string_view) {
        if (!staged && fs::exists(fixture.context.build / "started")) staged = fixture.stage();
        return host::Reaction{.stop = staged.has_value()};
    };
    const auto exit =
        fixture.processes->run({.argv = {"make", "-f", other.string()}, .directory = fixture.context.build},
                               {.on_output = react, .time_limit = 15s});
    REQUIRE(exit);
    REQUIRE(staged.has_value());
    REQUIRE_FALSE(staged->has_value());
    CHECK(staged->error().hint.starts_with("kill "));
    CHECK(fixture.stage());
}

TEST_CASE("artifacts are read back without make, and what is missing is named") {
    Built fixture;
    const auto staged = fixture.stage();
    REQUIRE(staged);
    const auto runs = test::fake_invocations(fixture.context.build).size();
    const auto read = kernel::read_artifacts(fixture.context, fixture.staging());
    REQUIRE(read);
    CHECK(read->release == staged->release);
    CHECK(read->module_count == 3);
    CHECK(test::fake_invocations(fixture.context.build).size() == runs);

    for (const char* gone :
         {"vmlinux", "System.map", ".config", "include/config/kernel.release", "arch/arm64/boot/Image.gz",
          "arch/arm64/boot/dts/broadcom/bcm2711-rpi-4-b.dtb"}) {
        const fs::path file = fixture.context.build / gone;
        fs::rename(file, file.string() + ".away");
        const auto missing = kernel::read_artifacts(fixture.context, fixture.staging());
        fs::rename(file.string() + ".away", file);
        REQUIRE_FALSE(missing);
        CHECK(render(missing.error(), false).contains(gone));
    }
}

TEST_CASE("a staging folder that is not there, or lost its list of modules, is no artifact") {
    Built fixture;
    CHECK_FALSE(kernel::read_artifacts(fixture.context, fixture.staging()));
    REQUIRE(fixture.stage());
    fs::remove(fixture.modules() / "modules.dep.bin");
    CHECK_FALSE(kernel::read_artifacts(fixture.context, fixture.staging()));
}

TEST_CASE("a release that is no name of a folder is refused") {
    Built fixture;
    REQUIRE(fixture.stage());
    for (const char* release : {"", "\n", "../../etc\n", "..\n", "6.12 117\n"}) {
        std::ofstream(fixture.context.build / "include/config/kernel.release") << release;
        CHECK_FALSE(kernel::read_artifacts(fixture.context, fixture.staging()));
    }
}
