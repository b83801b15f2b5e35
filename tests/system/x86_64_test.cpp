// The generic PC for real: a kernel from the distribution's source, started by GRUB from UEFI and from BIOS.

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/program.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/system/as_user.hpp"
#include "tests/system/inspect_agrees.hpp"

namespace {

namespace test = rpikit::test;

/// A build's work folder; the user's own cache, so that the kernel's source is downloaded once.
struct Pc {
    test::TempDir work;
    std::string home = std::getenv("HOME");

    test::ProgramRun run(std::vector<std::string> arguments) const {
        return test::rpi_kit_as_user(work.path(), std::move(arguments));
    }
    /// The board "flash", whose root file system is f2fs. \param append put behind its command line
    void describe(const std::string& append) const {
        work.write("boards/flash.toml", R"(extends = "x86_64"
description = "A root file system on f2fs"
[boot]
cmdline = "root={root} rootfstype=f2fs rootwait console=tty0 console=ttyS0,115200"
[[boot.menu.entry]]
title = "Linux {release}"
append = ")" + append + R"("
[[image.partition]]
name = "root"
filesystem = "f2fs"
)");
    }
    /// Boots it by BIOS on a terminal on which `type` answers. \returns what was seen
    std::string boot_on_terminal(std::function<std::string(std::string_view all)> type) const {
        const auto console =
            test::run_in_pty({RPIKIT_PROGRAM, "boot", "flash", "--firmware", "bios"},
                             {.environment = rpikit::host::Environment({{"HOME", home},
                                                                        {"PATH", std::getenv("PATH")},
                                                                        {"RPI_KIT_DATA", RPIKIT_SOURCE_DIR},
                                                                        {"TERM", "vt100"}}),
                              .directory = work.path(),
                              .time_limit = std::chrono::minutes(5),
                              .type = std::move(type)});
        CHECK(console.signal == 0);
        return console.output;
    }
    /// The file system's own UUID, as util-linux reads it. \param partition counted from 0
    std::string filesystem_uuid(std::size_t partition) const {
        const auto inspected = run({"inspect", "--json", "out/flash/sdcard.img"});
        REQUIRE(inspected.code == 0);
        const auto offset = nlohmann::json::parse(inspected.out)["partitions"][partition]["offset"];
        const auto found = test::run_program({"/usr/sbin/blkid", "-p", "-O", offset.dump(), "-s", "UUID",
                                              "-o", "value", "out/flash/sdcard.img"},
                                             {.directory = work.path(), .home = home});
        INFO(found.err);
        REQUIRE(found.out.size() == 37);
        return found.out.substr(0, 36);
    }
    /// Builds `board`, which is x86_64 or extends it.
    void build(const std::string& board, const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments{"build", board, "--profile", "tiny"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto built = run(arguments);
        INFO(built.err);
        REQUIRE(built.code == 0);
    }
    /// Boots it, has it judged, and \returns the report.
    nlohmann::json boot(const std::string& board, const std::string& firmware,
                        const std::string& release) const {
        const auto booted = run({"boot", board, "--check", "--json", "--firmware", firmware});
        INFO(booted.out << booted.err);
        REQUIRE(booted.code == 0);
        auto report = nlohmann::json::parse(booted.out);
        CHECK(report["verdict"] == "passed");
        CHECK(report["checks"][0]["found"].get<std::string>().ends_with(release));
        return report;
    }
};

/// Chooses the second kernel of GRUB's menu on the serial console, logs in and asks for its release.
class FallbackUser {
  public:
    std::string type(std::string_view all) {
        const auto seen = all.substr(read_);
        const auto answer = [&](std::string_view cue, const std::string& keys) -> std::string {
            if (!seen.contains(cue)) return {};
            read_ = all.size();
            ++step_;
            return keys;
        };
        switch (step_) {
            case 0:
                return answer("Advanced options", "\x0e\r");  // Ctrl-N: the next entry
            case 1:
                return answer("(kept)", "\r");
            case 2:
                return answer("login:", "root\n");
            case 3:
                return answer("# ", "echo running $(uname -r); poweroff -f\n");
            default:
                return {};
        }
    }

  private:
    int step_ = 0;
    std::size_t read_ = 0;
};

}  // namespace

TEST_CASE(
    "a tiny real kernel for the PC, with modules signed by a key of its own, starts by UEFI and by BIOS",
    "[real]") {
    const Pc pc;
    pc.build("x86_64", {"--set", "MODULE_SIG=y"});
    pc.boot("x86_64", "uefi", "-tiny");
    pc.boot("x86_64", "bios", "-tiny");
    test::check_embedded_config(pc.work / "out/x86_64/build/kernel/arch/x86/boot/bzImage", pc.work.path());

    const auto verified = pc.run(
        {"inspect", "--signed-by", "out/x86_64/.state/signing/key.pem", "--json", "out/x86_64/sdcard.img"});
    INFO(verified.err);
    REQUIRE(verified.code == 0);
    CHECK(nlohmann::json::parse(verified.out)["modules"] == 4);
}

TEST_CASE(
    "a PC's root on f2fs, whose driver is a module, is refused without an initramfs and starts with one, "
    "from "
    "the kernel before in the menu too",
    "[real]") {
    const Pc pc;
    pc.describe("quiet");
    std::vector<std::string> options{"--set", "MISC_FILESYSTEMS=y", "--set", "F2FS_FS=m"};
    const auto refused =
        pc.run({"build", "flash", "--profile", "tiny", "--set", "MISC_FILESYSTEMS=y", "--set", "F2FS_FS=m"});
    INFO(refused.err);
    REQUIRE(refused.code == 1);
    CHECK(refused.err.contains("CONFIG_F2FS_FS=m"));
    CHECK(refused.err.contains("--initramfs"));

    options.emplace_back("--initramfs");
    pc.build("flash", options);
    const auto report = pc.boot("flash", "uefi", "-tiny");
    CHECK(std::ranges::any_of(report["mounts"], [](const nlohmann::json& mount) {
        return mount.get<std::string>().contains(" / f2fs ");
    }));
    test::check_initramfs_list(pc.work / "out/flash/build/initramfs", pc.work.path());

    options.insert(options.end(), {"--set", "LOCALVERSION=-next", "--keep", "1"});
    pc.build("flash", options);
    pc.boot("flash", "bios", "-next");

    FallbackUser user;
    const auto fallback = pc.boot_on_terminal([&](std::string_view all) { return user.type(all); });
    INFO(fallback);
    const auto at = fallback.find("running 6.");
    REQUIRE(at != std::string::npos);
    CHECK(fallback.substr(at, fallback.find('\r', at) - at).ends_with("-tiny"));

    // The root by the file system's own names; then by one that is not there, which ends in the rescue shell.
    pc.describe("root=UUID=" + pc.filesystem_uuid(2));
    pc.build("flash", options);
    pc.boot("flash", "bios", "-next");
    pc.describe("root=LABEL=nowhere rootwait=3");
    pc.build("flash", options);
    bool typed = false;
    const auto rescue = pc.boot_on_terminal([&](std::string_view all) -> std::string {
        const auto shell = all.find("this is a rescue shell");
        if (typed || shell == std::string_view::npos || !all.substr(shell).contains("/ # ")) return {};
        typed = true;
        return "echo label is on $(. /conf/functions; root=LABEL=rootfs; find_root); poweroff -f\n";
    });
    INFO(rescue);
    CHECK(rescue.contains("no device for root=LABEL=nowhere after 3 seconds"));
    CHECK(rescue.contains("label is on /dev/vda3"));
}
