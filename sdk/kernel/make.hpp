#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"
#include "sdk/host/sandbox.hpp"
#include "sdk/source/source.hpp"
#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::kernel {

/// Everything a `make` of this kernel needs to know; the one place where its command line is put together.
struct BuildContext {
    std::string board = "BOARD";  ///< its name, for the commands that hints show
    board::Kernel kernel;
    source::SourceTree source;
    toolchain::Toolchain toolchain;
    std::filesystem::path build;  ///< O=: object tree of this board
    std::filesystem::path log;    ///< full output of all commands
    unsigned jobs = 1;
    bool sandboxed = true;  ///< bubblewrap; paths inside are /mnt/source and /mnt/build
    bool ccache = false;
    std::filesystem::path signing_key = {};  ///< PEM, for CONFIG_MODULE_SIG; may not be there yet
    bool makes_key = false;  ///< signing_key is made when it is needed; otherwise it is the user's
    /// What make sees as the folder above O= when it is sandboxed: where the packages of bindeb-pkg appear.
    /// Empty folders appear there, too. Empty: whatever is written there is lost.
    std::filesystem::path results = {};
    std::string timestamp = "2024-01-01 00:00:00 +0000";  ///< KBUILD_BUILD_TIMESTAMP, pinned
};

/// `make O=... ARCH=... CROSS_COMPILE=... targets` with a clean environment (allow-list), the pinned
/// KBUILD_BUILD_* variables, inside the sandbox when asked. \param writable more folders to be written to
/// (INSTALL_MOD_PATH); inside the sandbox the n-th is /mnt/output<n>
host::Command make_command(const host::Host& host, const BuildContext& context,
                           const std::vector<std::string>& targets,
                           const std::vector<std::filesystem::path>& writable = {});

/// The PATH a build sees: the toolchain's folders, the user's, then /usr/sbin and /sbin, where depmod lives.
std::string build_path(const host::Host& host, const std::vector<std::filesystem::path>& search);

/// The folder below arch/ for a value of ARCH, as the tree's Makefile has it (SRCARCH).
std::string source_architecture(const std::string& arch);

/// Without the sandbox make sees the real paths, and the kernel's own makefiles cannot work in a folder whose
/// name has a blank, a colon or a percent sign: an error that says so. Inside the sandbox any path works.
/// \param writable as for make_command
Result<> check_build_paths(const BuildContext& context,
                           const std::vector<std::filesystem::path>& writable = {});

/// Makes the folders that a build writes to, checks the paths, removes what a killed run left half written,
/// runs make_command to its end with its output appended to the log. A failure is diagnosed (diagnosis.hpp):
/// the meaning as message, the log line that gave it away as cause, the last lines as detail, the remedy as
/// hint. \param on_output as in RunOptions
Result<host::Exit> run_make(const host::Host& host, const BuildContext& context,
                            const std::vector<std::string>& targets,
                            const std::vector<std::filesystem::path>& writable = {},
                            const std::function<void(std::string_view)>& on_output = {});

/// The same for a target that talks to the user: the terminal is handed over, nothing is logged.
Result<> run_make_on_terminal(const host::Host& host, const BuildContext& context,
                              const std::vector<std::string>& targets,
                              const std::vector<std::filesystem::path>& writable = {});

/// `cores` x 2, lowered so that each job has at least 512 MiB of `available` bytes; at least 1.
unsigned jobs_for(unsigned cores, std::uint64_t available);

/// What a board's kernel is made of: vmlinux, image, device trees and, where they are enabled, modules.
std::vector<std::string> build_targets(const board::Kernel& kernel, bool modules);

/// Logical cores x 2, lowered so that each job has at least 512 MiB of the memory available now.
unsigned default_jobs();

}  // namespace rpikit::kernel
