#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"
#include "sdk/host/sandbox.hpp"
#include "sdk/source/source.hpp"
#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::kernel {

/// Everything a `make` of this kernel needs to know; the one place where its command line is put together.
struct BuildContext {
    board::Kernel kernel;
    source::SourceTree source;
    toolchain::Toolchain toolchain;
    std::filesystem::path build;  ///< O=: object tree of this board
    std::filesystem::path log;    ///< full output of all commands
    unsigned jobs = 1;
    bool sandboxed = true;  ///< bubblewrap; paths inside are /mnt/source and /mnt/build
    bool ccache = false;
    std::string timestamp = "2024-01-01 00:00:00 +0000";  ///< KBUILD_BUILD_TIMESTAMP, pinned
};

/// `make O=... ARCH=... CROSS_COMPILE=... targets` with a clean environment (allow-list), the pinned
/// KBUILD_BUILD_* variables, inside the sandbox when asked. \param writable more folders to be written to
/// (INSTALL_MOD_PATH); inside the sandbox the n-th is /mnt/output<n>
host::Command make_command(const host::Host& host, const BuildContext& context,
                           const std::vector<std::string>& targets,
                           const std::vector<std::filesystem::path>& writable = {});

/// Logical cores x 2, lowered so that each job has at least 512 MiB of the memory available now.
unsigned default_jobs();

}  // namespace rpikit::kernel
