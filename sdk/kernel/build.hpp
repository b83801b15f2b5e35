#pragma once

#include <string>
#include <vector>

#include "sdk/kernel/configuration.hpp"
#include "sdk/kernel/make.hpp"

namespace rpikit::kernel {

/// What a build leaves behind, all below the build folder or the staging folder.
struct KernelArtifacts {
    std::string release;          ///< 6.12.117, as `uname -r` will say
    std::filesystem::path image;  ///< arch/arm64/boot/Image.gz
    std::filesystem::path vmlinux;
    std::filesystem::path system_map;
    std::filesystem::path config;
    std::vector<std::filesystem::path> dtbs;
    std::filesystem::path modules;  ///< staging root: holds lib/modules/<release>; empty folder if no modules
    std::size_t module_count = 0;
    std::string signed_by = {};  ///< id of the modules' key, known after stage_modules; empty: not signed
};

/// Where the kernel's makefiles put the image, below the build folder: arch/arm64/boot.
std::filesystem::path boot_folder(const BuildContext& context);

/// Compiles vmlinux, the image, device trees and modules. Progress counts objects done of objects expected. A
/// failure is diagnosed (diagnosis.hpp).
Result<> compile(const host::Host& host, const BuildContext& context, const Configuration& configuration,
                 const host::Progress& progress);

/// The arguments of the make that `stage_modules` runs with `root` as its first writable folder.
std::vector<std::string> modules_targets(const BuildContext& context, const std::filesystem::path& root,
                                         bool strip);

/// Installs the modules through INSTALL_MOD_PATH into `staging` (made anew, whole or not at all), stripped
/// unless told not to, with depmod's files for the target's release; checks that every vermagic is the
/// kernel's and, with MODULE_SIG_ALL, that every signature is one of the context's key.
/// \param more modules that were built outside the tree; they go to updates/, where depmod prefers them
Result<KernelArtifacts> stage_modules(const host::Host& host, const BuildContext& context,
                                      const std::filesystem::path& staging, bool strip,
                                      const std::vector<std::filesystem::path>& more = {});

/// Reads back what a finished build left, without running make. An error if something is missing.
Result<KernelArtifacts> read_artifacts(const BuildContext& context, const std::filesystem::path& staging);

}  // namespace rpikit::kernel
