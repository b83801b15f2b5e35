#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"
#include "sdk/inspect/module_fit.hpp"
#include "sdk/pipeline/build.hpp"

namespace rpikit::pipeline {

struct ModuleOptions {
    bool install = false;  ///< into the next image of the board
    bool strip = true;
};

/// Modules that were built outside the kernel's tree, or given as they are.
struct ExternalModules {
    std::string release;                       ///< of the kernel they fit
    std::vector<std::filesystem::path> files;  ///< absolute, below out/BOARD/external, as an image takes them
    std::string signed_by = {};                ///< id of the key; empty: not signed
    std::filesystem::path installed = {};      ///< the folder that the next image takes them from
};

/// Builds the modules of a folder against the board's kernel as it was built in the work folder, or takes a
/// module that is a file; checks that this kernel would load them. What does not fit is an error with every
/// reason. The caller holds the lock of the build. \param what a folder with a Kbuild or Makefile, or x.ko
Result<ExternalModules> make_external_modules(const host::Host& host, const board::Board& board,
                                              const BuildOptions& options, const std::filesystem::path& what,
                                              const ModuleOptions& wanted);

/// Takes an installed module out of the next image. \param name with or without ".ko"
Result<std::filesystem::path> remove_external_module(const BuildFolders& folders, const std::string& name);

/// What was installed for a release, sorted.
std::vector<std::filesystem::path> installed_modules(const BuildFolders& folders, const std::string& release);

/// Checks that a module on disk, packed or not, fits a kernel. \param file "x.ko", "x.ko.xz"
Result<> check_fit(const std::filesystem::path& file, const inspect::KernelInterface& kernel);

/// Keeps what a later build must know of a module that was installed: what it exports to others that are, and
/// the configuration of the kernel that it was checked against.
/// \param module the installed file  \param symvers Module.symvers of its folder; empty: it exports nothing
Result<> note_installed(const std::filesystem::path& module, const std::string& symvers,
                        const BuildFolders& folders);

/// Removes an installed module with what was kept of it.
Result<> remove_installed(const std::filesystem::path& module);

/// `check_fit` for an installed module; where no CRCs tell (CONFIG_MODVERSIONS), the kernel's configuration
/// must be the one it was installed for: a structure may have changed.
Result<> check_installed(const std::filesystem::path& module, const BuildFolders& folders,
                         const inspect::KernelInterface& kernel);

/// What the built kernel is to modules, from its Module.symvers, one of its own modules, and what the modules
/// that were installed for it export.
Result<inspect::KernelInterface> kernel_interface(const BuildFolders& folders);

}  // namespace rpikit::pipeline
