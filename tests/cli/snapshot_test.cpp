// What a person and a script get to see: stdout, stderr and exit code of whole commands, kept in snapshots/.
// After a wanted change: RPIKIT_UPDATE_SNAPSHOTS=1 test_cli, then read the difference.

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <sstream>

#include "tests/support/program.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

namespace fs = std::filesystem;
namespace test = rpikit::test;

const fs::path source = RPIKIT_SOURCE_DIR;

struct Case {
    std::string name;
    std::vector<std::string> arguments;
};

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
    return text;
}

/// The same text on every machine.
std::string normalized(std::string text, const test::TempDir& work) {
    text = replaced(std::move(text), work.path().string(), "<work>");
    return replaced(std::move(text), source.string(), "<rpi-kit>");
}

void compare(const std::string& name, const std::string& text) {
    const auto file = source / "tests" / "cli" / "snapshots" / (name + ".txt");
    if (std::getenv("RPIKIT_UPDATE_SNAPSHOTS") != nullptr) {
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
    std::ifstream stream(file);
    std::stringstream expected;
    expected << stream.rdbuf();
    CHECK(text == expected.str());
}

/// One file of a newc cpio (the kernel's initramfs format).
std::string cpio_entry(const std::string& name, const std::string& content, unsigned mode) {
    std::ostringstream entry;
    entry << "070701" << std::hex << std::uppercase << std::setfill('0');
    for (const std::size_t field :
         {std::size_t{1}, std::size_t{mode}, std::size_t{0}, std::size_t{0}, std::size_t{1}, std::size_t{0},
          content.size(), std::size_t{0}, std::size_t{0}, std::size_t{0}, std::size_t{0}, name.size() + 1,
          std::size_t{0}})
        entry << std::setw(8) << field;
    std::string bytes = entry.str() + name + '\0';
    bytes.append((4 - bytes.size() % 4) % 4, '\0');
    bytes += content;
    bytes.append((4 - content.size() % 4) % 4, '\0');
    return bytes;
}

/// What `inspect` and `diff` are shown.
void write_samples(const test::TempDir& work) {
    const auto trailer = cpio_entry("TRAILER!!!", "", 0);
    work.write("some.config",
               "CONFIG_HZ=300\nCONFIG_LOCALVERSION=\"-tiny\"\nCONFIG_EXT4_FS=y\n# CONFIG_WLAN is not set\n");
    work.write("other.config", "CONFIG_HZ=250\nCONFIG_LOCALVERSION=\"-tiny\"\nCONFIG_EXT4_FS=m\n");
    work.write("initrd", cpio_entry("init", "#!/bin/sh\n", 0100755) + trailer);
    work.write("hostile-initrd", cpio_entry("../evil", "boo\n", 0100644) + trailer);
    work.write("notes", "no kernel at all\n");
    work.write("usb-damaged/bootfiles.bin", "no tar at all\n");
}

/// A board of two files, so that what is shown of it does not follow the delivered ones.
void write_boards(const test::TempDir& work) {
    work.write("boards/soc/chip.toml", R"([kernel]
arch = "arm64"
toolchain = "aarch64-linux-gnu"
image = "Image"
[[kernel.source]]
name = "distro"
provider = "distro"
package = "linux-source-6.12"
profile = "own"
[kernel.profile.own]
base = "defconfig"
[boot]
method = "rpi-firmware"
cmdline = "root={root}"
firmware = ["start4.elf", "fixup4.dat"]
[image]
table = "mbr"
[[image.partition]]
name = "boot"
filesystem = "vfat"
content = "boot"
[[image.partition]]
name = "root"
filesystem = "ext4"
content = "rootfs"
[rootfs]
debian_arch = "arm64"
)");
    work.write("boards/child.toml",
               "extends = \"soc/chip\"\ndescription = \"A board of a chip\"\n[kernel]\ndtbs = [\"v/b.dtb\"]\n"
               "[[image.partition]]\nname = \"root\"\nfree = \"64M\"\n[rootfs]\nhostname = \"child\"\n");
}

}  // namespace

TEST_CASE("commands through a pipe") {
    const test::TempDir work;
    work.write("boards/broken.toml",
               "extends = \"soc/bcm2711\"\ndescripton = \"typing mistake\"\n[kernel]\narch = 7\n");
    work.write("boards/circle.toml", "extends = \"circle\"\n");
    work.write("boards/prefix.toml",
               "extends = \"rpi4\"\ndescription = \"x\"\n[kernel]\ncross_compile = \"arm-none-eabi-\"\n");
    work.write("misguided/rpi-kit.toml", "jobs = 2\nsandbox = false\n");
    write_samples(work);
    write_boards(work);
    const auto given = GENERATE(values<Case>({
        {"help", {"--help"}},
        {"no-arguments", {}},
        {"settings-help", {"settings", "--help"}},
        {"settings", {"settings"}},
        {"settings-of-project", {"settings", "-C", "misguided"}},
        {"completion-help", {"completion", "--help"}},
        {"completion-unknown", {"completion", "tcsh"}},
        {"man-help", {"man", "--help"}},
        {"man-unknown", {"man", "biuld"}},
        {"build-help", {"build", "--help"}},
        {"boot-help", {"boot", "--help"}},
        {"config-help", {"config", "--help"}},
        {"config-menuconfig-no-terminal", {"config", "rpi4", "--profile", "tiny", "menuconfig"}},
        {"config-no-subcommand", {"config", "rpi4"}},
        {"config-malformed-setting", {"config", "rpi4", "set", "HZ"}},
        {"config-unknown-board", {"config", "rpi44", "diff"}},
        {"missing-signing-key", {"build", "rpi4", "--signing-key", "none.pem"}},
        {"initramfs-help", {"initramfs", "--help"}},
        {"initramfs-not-built", {"initramfs", "rpi4", "--list"}},
        {"initramfs-compression", {"initramfs", "rpi4", "--compression", "zsdt"}},
        {"package-help", {"package", "--help"}},
        {"package-not-built", {"package", "rpi4", "--deb"}},
        {"package-no-format", {"package", "rpi4"}},
        {"package-unknown-format", {"package", "rpi4", "--rpm"}},
        {"package-two-formats", {"package", "rpi4", "--deb", "--tar"}},
        {"unknown-command", {"bulid", "rpi4"}},
        {"unknown-option", {"build", "rpi4", "--colour"}},
        {"missing-board", {"build"}},
        {"unknown-board", {"build", "odroid"}},
        {"near-board", {"build", "rpi44"}},
        {"broken-board", {"build", "broken"}},
        {"broken-board-json", {"build", "broken", "--json"}},
        {"circle-board", {"build", "circle"}},
        {"other-prefix", {"build", "prefix", "--explain"}},
        {"doctor-help", {"doctor", "--help"}},
        {"doctor-unknown-board", {"doctor", "rpi44"}},
        {"unknown-profile", {"build", "rpi4", "--profile", "tinny", "--explain"}},
        {"bad-jobs", {"build", "rpi4", "-j", "many"}},
        {"missing-rootfs", {"build", "rpi4", "--rootfs", "nowhere"}},
        {"boot-not-built", {"boot", "rpi4"}},
        {"board-list", {"board", "list"}},
        {"board-help", {"board", "--help"}},
        {"board-new-help", {"board", "new", "--help"}},
        {"board-show-help", {"board", "show", "--help"}},
        {"board-check-help", {"board", "check", "--help"}},
        {"board-edit-help", {"board", "edit", "--help"}},
        {"board-show", {"board", "show", "child"}},
        {"board-show-resolved", {"board", "show", "child", "--resolved"}},
        {"board-check", {"board", "check", "boards/broken.toml", "boards/circle.toml", "rpi4"}},
        {"board-check-json", {"board", "check", "boards/broken.toml", "--json"}},
        {"board-new-there", {"board", "new", "broken", "--from", "rpi4"}},
        {"board-new-name", {"board", "new", "../x", "--from", "rpi4"}},
        {"board-new-soc", {"board", "new", "mine", "--soc", "bcm2711", "--dry-run"}},
        {"inspect-help", {"inspect", "--help"}},
        {"inspect-config-file", {"inspect", "some.config"}},
        {"inspect-symbol", {"inspect", "--config", "CONFIG_LOCALVERSION", "some.config"}},
        {"inspect-symbol-json", {"inspect", "--config", "WLAN", "some.config", "--json"}},
        {"inspect-list-json", {"inspect", "--list", "--json", "initrd"}},
        {"inspect-cat", {"inspect", "--cat", "/init", "initrd"}},
        {"inspect-outside", {"inspect", "--unpack", "out", "hostile-initrd"}},
        {"inspect-two-ways", {"inspect", "--list", "--show-config", "some.config"}},
        {"inspect-no-key", {"inspect", "--signed-by", "", "some.config"}},
        {"inspect-unknown", {"inspect", "notes"}},
        {"inspect-missing", {"inspect", "nowhere"}},
        {"diff-help", {"diff", "--help"}},
        {"diff-configs", {"diff", "some.config", "other.config"}},
        {"diff-configs-json", {"diff", "some.config", "other.config", "--json"}},
        {"diff-files", {"diff", "initrd", "hostile-initrd"}},
        {"diff-same", {"diff", "some.config", "some.config"}},
        {"diff-not-built", {"diff", "boards", "some.config"}},
        {"devices-help", {"devices", "--help"}},
        {"flash-help", {"flash", "--help"}},
        {"flash-no-device", {"flash", "notes"}},
        {"flash-no-terminal", {"flash", "notes", "/dev/sdb"}},
        {"flash-not-exact", {"flash", "notes", "sdb", "--yes"}},
        {"flash-no-image", {"flash", "none.img", "/dev/sdb", "--yes"}},
        {"flash-not-built", {"flash", "rpi4", "/dev/sdb", "--yes"}},
        {"flash-unknown-board", {"flash", "rpi44", "/dev/sdb", "--yes"}},
        {"flash-no-bmap", {"flash", "notes", "/dev/sdb", "--bmap", "none.bmap", "--yes"}},
        {"flash-missing-device", {"flash", "notes", "/dev/no-such-device", "--yes"}},
        {"flash-missing-device-json", {"flash", "notes", "/dev/no-such-device", "--yes", "--json"}},
        {"flash-file-as-device", {"flash", "notes", "initrd", "--dry-run"}},
        {"flash-character-device", {"flash", "notes", "/dev/null", "--yes"}},
        {"flash-usb-no-port", {"flash", "notes", "usb:../../etc", "--yes"}},
        {"flash-usb-no-gadget", {"flash", "notes", "usb:99-9", "--yes"}},
        {"read-help", {"read", "--help"}},
        {"read-file-there", {"read", "/dev/sdb", "notes"}},
        {"read-folder", {"read", "/dev/sdb", "boards"}},
        {"read-missing-device", {"read", "/dev/no-such-device", "out.img"}},
        {"usb-help", {"usb", "--help"}},
        {"usb-boot-help", {"usb", "boot", "--help"}},
        {"usb-no-subcommand", {"usb"}},
        {"usb-two-choices", {"usb", "boot", "boards", "--all", "--port", "1-1"}},
        {"usb-not-built", {"usb", "boot", "rpi4"}},
        {"usb-missing-folder", {"usb", "boot", "./nowhere"}},
        {"usb-no-second-stage", {"usb", "boot", "boards", "--json"}},
        {"usb-damaged-archive", {"usb", "boot", "usb-damaged"}},
        {"toolchain-help", {"toolchain", "--help"}},
        {"toolchain-install-help", {"toolchain", "install", "--help"}},
        {"toolchain-env-shell", {"toolchain", "env", "llvm", "--shell", "csh"}},
        {"toolchain-uninstall-outside", {"toolchain", "uninstall", "../../.."}},
        {"toolchain-install-dry-run", {"toolchain", "install", "aarch64-linux-gnu", "--store", "--dry-run"}},
        {"toolchain-du-empty", {"toolchain", "du"}},
        {"module-help", {"module", "--help"}},
        {"module-not-built", {"module", "rpi4", "boards"}},
        {"module-two-ways", {"module", "rpi4", "boards", "--install", "--remove"}},
        {"overlay-help", {"overlay", "--help"}},
        {"overlay-add-help", {"overlay", "add", "--help"}},
        {"overlay-not-built", {"overlay", "check", "notes", "rpi4"}},
        {"overlay-no-method", {"overlay", "add", "notes", "x86_64"}},
        {"overlay-missing", {"overlay", "check", "none.dts", "rpi4"}},
        {"sdk-help", {"sdk", "--help"}},
        {"sdk-export-help", {"sdk", "export", "--help"}},
        {"sdk-not-built", {"sdk", "export", "rpi4", "kit"}},
        {"unknown-toolchain", {"toolchain", "which", "aarch64-linux-gun"}},
    }));
    std::vector<std::string> argv{RPIKIT_PROGRAM};
    argv.insert(argv.end(), given.arguments.begin(), given.arguments.end());
    const auto run = test::run_program(argv, {.directory = work.path(), .home = work / "home"});
    std::string command = "$ rpi-kit";
    for (const auto& argument : given.arguments)
        command += ' ' + argument;
    INFO(command);
    compare(given.name, normalized(command + "\nexit " + std::to_string(run.code) + "\n--- stdout\n" +
                                       run.out + "--- stderr\n" + run.err,
                                   work));
}

TEST_CASE("an error under a terminal is coloured unless NO_COLOR is set") {
    const test::TempDir work;
    const std::vector<std::string> argv{RPIKIT_PROGRAM, "build", "nothing"};
    rpikit::host::Environment environment({{"PATH", "/usr/bin:/bin"},
                                           {"HOME", work.path().string()},
                                           {"TERM", "xterm"},
                                           {"RPI_KIT_DATA", RPIKIT_SOURCE_DIR}});
    const auto coloured = test::run_in_pty(argv, {.environment = environment, .directory = work.path()});
    CHECK(coloured.code == 2);
    CHECK(coloured.output.contains("\x1b["));
    CHECK(test::visible(coloured.output).contains("error: "));
    environment.set("NO_COLOR", "1");
    const auto plain = test::run_in_pty(argv, {.environment = environment, .directory = work.path()});
    CHECK_FALSE(plain.output.contains("\x1b["));
}

TEST_CASE("mistakes of a board under a terminal have their caret below the mistake") {
    const test::TempDir work;
    work.write("boards/bad.toml", "extends = \"rpi4\"\n[kernel]\n\tarch = \"arm46\"\n");
    rpikit::host::Environment environment({{"PATH", "/usr/bin:/bin"},
                                           {"HOME", work.path().string()},
                                           {"TERM", "xterm"},
                                           {"RPI_KIT_DATA", RPIKIT_SOURCE_DIR}});
    const auto run = test::run_in_pty({RPIKIT_PROGRAM, "board", "check", "boards/bad.toml"},
                                      {.environment = environment, .directory = work.path()});
    CHECK(run.code == 1);
    CHECK(run.output.contains("boards/bad.toml:3:9: \x1b[1;31merror\x1b[0m: 'arch' cannot be"));
    CHECK(run.output.contains("    3 | \tarch = \"arm46\"\r\n      | \t       ^\r\n"));
}
