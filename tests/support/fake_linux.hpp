#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rpikit::test {

/// What a fake kernel tree shall be like. The stages for `fail_at` and `sleep_at` are "configure", "compile"
/// and "modules_install".
struct FakeLinuxOptions {
    std::string version = "6.12.117";
    /// As the Raspberry Pi's own tree: with bcm2711_defconfig (whose kernel has modules) and device tree
    /// overlays.
    bool raspberrypi = false;
    /// Fragments whose symbols the tree shall know, beside its own, as symbols without dependencies: what a
    /// real board asks for then takes.
    std::vector<std::filesystem::path> fragments = {};
    /// A file of fake_linux/fake/failures without ".log": the stage prints it and fails. --set
    /// 'FAKE_FAIL="flex"' does the same for "compile".
    std::string fail = {};
    std::string fail_at = "compile";
    /// The stage takes so many seconds and leaves a half-written file meanwhile; --set FAKE_SLEEP=N too.
    unsigned sleep_seconds = 0;
    std::string sleep_at = "compile";
    bool sleep_once = false;  ///< only in a build folder that has not slept yet
    /// Folders outside the build folder that the tree tries to make and write to; see fake_evil().
    std::vector<std::filesystem::path> evil = {};
};

/// Writes a small tree with the kernel's own targets, variables, messages and files into `folder`: a real
/// `make` configures and builds it in about a second, with the compiler that CROSS_COMPILE, CC or LLVM names.
/// Its defconfig has the modules fat, vfat (which needs fat) and dummy; CONFIG_HID_GENERIC depends on
/// HID_SUPPORT, which is off.
std::filesystem::path make_fake_linux(const std::filesystem::path& folder,
                                      const FakeLinuxOptions& options = {});

/// Changes only the knobs (fail, sleep, evil) of a tree that make_fake_linux wrote.
void set_fake_linux_knobs(const std::filesystem::path& tree, const FakeLinuxOptions& options);

/// The targets of each `make` that ran in a build folder of a fake tree, in order: "defconfig",
/// "vmlinux Image.gz modules dtbs", "modules_install".
std::vector<std::string> fake_invocations(const std::filesystem::path& build);

/// What came of the attempts on FakeLinuxOptions::evil: "wrote /boot/EVIL" or "refused /boot/EVIL".
std::vector<std::string> fake_evil(const std::filesystem::path& build);

}  // namespace rpikit::test
