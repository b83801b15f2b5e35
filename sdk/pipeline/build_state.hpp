#pragma once

#include <memory>
#include <optional>

#include "sdk/archive/file_tree.hpp"
#include "sdk/boot/boot_files.hpp"
#include "sdk/kernel/build.hpp"
#include "sdk/kernel/configuration.hpp"
#include "sdk/pipeline/build.hpp"

namespace rpikit::pipeline {

/// What the stages of one build share: the question, the folders, and what has been made so far in this
/// process. A part that an up-to-date stage did not make is made by `load` functions when a later stage asks
/// for it.
struct BuildState {
    const host::Host* host;
    board::Board board;
    BuildOptions options;
    BuildFolders folders;

    bool has_menu = false;  ///< the boot method can start one of several kernels
    std::optional<toolchain::Toolchain> toolchain = {};
    std::optional<source::SourceTree> source = {};
    std::optional<kernel::KernelArtifacts> artifacts = {};
    std::optional<kernel::Configuration> configuration = {};
    std::optional<archive::FileTree> root_tree = {};
    std::optional<archive::FileTree> boot_tree = {};
    boot::Loader loader = {};                 ///< made with the boot tree
    std::vector<boot::KeptKernel> kept = {};  ///< likewise: earlier kernels that the image has too

    source::Request source_request() const;
    /// The profile asked for, or the board's, or the source's own, or "vendor".
    std::string profile_name() const;
    /// An error that names the board's profiles when it lacks this one.
    Result<const board::Profile*> profile() const;
    /// Whether the configuration is derived from the board's devices: not when a whole one is given.
    Result<bool> derives() const;
    /// Base, fragments and settings, without what is derived.
    Result<kernel::ConfigurationRequest> configuration_request() const;
    /// The key that the user gave for modules; empty: one is made when it is needed.
    const std::filesystem::path& users_key() const;
    /// Whether the build can be isolated here; asked once, when it is first needed.
    const host::SandboxSupport& sandbox_support();
    kernel::BuildContext build_context();
    /// The same for --dry-run: what is not there yet, tree or toolchain, has a name in its place.
    kernel::BuildContext planned_context();

    /// The source that is tried first, once `source_stage` was asked.
    board::KernelSource first_source = {};
    std::optional<host::SandboxSupport> sandbox = {};
};

/// 2024-01-01 00:00:00 UTC, the same instant as the kernel's pinned KBUILD_BUILD_TIMESTAMP.
constexpr std::int64_t pinned_time = 1'704'067'200;

/// Reads back what the kernel's stages left, unless it is known.
Result<> load_artifacts(BuildState& state);

using SharedState = std::shared_ptr<BuildState>;

/// The state that a build starts from; errors as by make_build_plan.
Result<SharedState> make_build_state(const host::Host& host, const board::Board& board,
                                     const BuildOptions& options);

/// The board's toolchain; an error when the board's own prefix is another one's.
Result<toolchain::Description> load_toolchain(const BuildState& state);

Stage tools_stage(const SharedState& state);
Stage toolchain_stage(const SharedState& state);
Stage source_stage(const SharedState& state);
Stage configure_stage(const SharedState& state);
Stage compile_stage(const SharedState& state);
Stage modules_stage(const SharedState& state);
Stage rootfs_stage(const SharedState& state);
Stage initramfs_stage(const SharedState& state);
Stage boot_stage(const SharedState& state);
Stage image_stage(const SharedState& state);

}  // namespace rpikit::pipeline
