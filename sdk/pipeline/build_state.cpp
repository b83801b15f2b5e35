#include "sdk/pipeline/build_state.hpp"

#include <fmt/format.h>

#include "sdk/boot/boot_method.hpp"
#include "sdk/kernel/signing.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::pipeline {

namespace fs = std::filesystem;

BuildFolders::BuildFolders(const fs::path& work, const std::string& board)
    : out(work / "out" / board),
      state(out / ".state"),
      objects(out / "build" / "kernel"),
      derived(out / "build" / "derived"),
      modules(out / "build" / "modules"),
      initramfs(out / "build" / "initramfs"),
      edits(state / "edits"),
      installed_modules(out / "installed-modules"),
      key(state / "signing" / "key.pem"),
      log(out / "build.log"),
      draft(out / ".draft"),
      image(out / "sdcard.img"),
      manifest(out / "manifest.json") {}

source::Request BuildState::source_request() const {
    return {
        .wanted = options.source, .offline = options.offline, .update = options.update, .work = options.work};
}

std::string BuildState::profile_name() const {
    if (!options.profile.empty()) return options.profile;
    if (!board.kernel.default_profile.empty()) return board.kernel.default_profile;
    const auto& profile = source ? source->source.profile : first_source.profile;
    if (!profile.empty()) return profile;
    return "vendor";
}

Result<const board::Profile*> BuildState::profile() const {
    const auto name = profile_name();
    const auto profile = board.kernel.profiles.find(name);
    if (profile == board.kernel.profiles.end()) {
        std::vector<std::string> names;
        for (const auto& [known, ignored] : board.kernel.profiles)
            names.push_back(known);
        const auto near = near_match(name, names);
        return fail({.message = fmt::format("the board '{}' has no profile '{}'; it has {}", board.name, name,
                                            join(names, ", ")),
                     .where = Location{.file = board.file},
                     .hint = fmt::format("rpi-kit build {} --profile {}", board.name,
                                         near.value_or(names.empty() ? "NAME" : names.front())),
                     .kind = ErrorKind::usage});
    }
    return &profile->second;
}

Result<bool> BuildState::derives() const {
    TRY_ASSIGN(const auto* chosen, profile());
    return chosen->derive && options.config_file.empty();
}

Result<kernel::ConfigurationRequest> BuildState::configuration_request() const {
    TRY_ASSIGN(const auto* chosen, profile());
    kernel::ConfigurationRequest request{.base = chosen->base,
                                         .fragments = chosen->fragments,
                                         .settings = options.settings,
                                         .whole_file = options.config_file};
    if (request.base.empty()) request.base = source ? source->source.defconfig : first_source.defconfig;
    return request;
}

const fs::path& BuildState::users_key() const {
    return options.signing_key.empty() ? board.kernel.signing_key : options.signing_key;
}

const host::SandboxSupport& BuildState::sandbox_support() {
    if (!sandbox) {
        sandbox = options.sandbox ? host::probe_sandbox(*host)
                                  : host::SandboxSupport{.reason = "--no-sandbox was given"};
    }
    return *sandbox;
}

kernel::BuildContext BuildState::build_context() {
    return {.board = board.name,
            .kernel = board.kernel,
            .source = *source,
            .toolchain = *toolchain,
            .build = folders.objects,
            .log = folders.log,
            .jobs = options.jobs > 0 ? options.jobs : kernel::default_jobs(),
            .sandboxed = sandbox_support().available,
            .ccache = options.ccache && host->processes.find_program("ccache", host->environment).has_value(),
            .signing_key = users_key().empty() ? folders.key : users_key(),
            .makes_key = users_key().empty()};
}

kernel::BuildContext BuildState::planned_context() {
    if (!source) source = source::SourceTree{.root = "KERNEL-SOURCE", .source = first_source};
    if (!toolchain) {
        toolchain = toolchain::Toolchain{.name = board.kernel.toolchain,
                                         .make_variables = {"CROSS_COMPILE=" + board.kernel.cross_compile}};
    }
    return build_context();
}

Result<toolchain::Description> load_toolchain(const BuildState& state) {
    const auto& kernel = state.board.kernel;
    TRY_ASSIGN(auto description, toolchain::load(kernel.toolchain, state.options.toolchains));
    const bool same = kernel.cross_compile.empty() || kernel.cross_compile == description.cross_compile;
    if (same || description.llvm) return description;
    return fail(
        {.message = fmt::format("kernel.cross_compile is {}, but the toolchain {} is {}",
                                kernel.cross_compile, description.name, description.cross_compile),
         .where = Location{.file = state.board.file},
         .hint = fmt::format("name the toolchain of {} in kernel.toolchain; a new one is a file like {}",
                             kernel.cross_compile, description.file.string()),
         .kind = ErrorKind::usage});
}

Result<> load_artifacts(BuildState& state) {
    if (state.artifacts) return {};
    TRY_ASSIGN(state.artifacts, kernel::read_artifacts(state.build_context(), state.folders.modules));
    return {};
}

Result<SharedState> make_build_state(const host::Host& host, const board::Board& board,
                                     const BuildOptions& options) {
    auto state = std::make_shared<BuildState>(BuildState{.host = &host,
                                                         .board = board,
                                                         .options = options,
                                                         .folders = BuildFolders(options.work, board.name)});
    TRY_ASSIGN(const auto* method, boot::find_boot_method(board.boot.method));
    state->has_menu = method->has_menu;
    if (options.keep > 0 && !method->has_menu) {
        return fail({.message = fmt::format("--keep: the boot method {} has no menu to choose a kernel from",
                                            method->name),
                     .where = Location{.file = board.file},
                     .kind = ErrorKind::usage});
    }
    TRY(load_toolchain(*state));
    if (!options.profile.empty()) TRY(state->configuration_request());
    TRY(kernel::collect_requests({.base = "", .settings = options.settings}));
    if (!state->users_key().empty()) TRY(kernel::load_signing_key(state->users_key()));
    if (options.initramfs) state->board.initramfs.enabled = true;
    return state;
}

Result<Plan> make_build_plan(const host::Host& host, const board::Board& board, const BuildOptions& options) {
    TRY_ASSIGN(const auto state, make_build_state(host, board, options));
    std::vector<Stage> stages{tools_stage(state),     toolchain_stage(state), source_stage(state),
                              configure_stage(state), compile_stage(state),   modules_stage(state),
                              rootfs_stage(state)};
    if (state->board.initramfs.enabled) stages.push_back(initramfs_stage(state));
    stages.push_back(boot_stage(state));
    stages.push_back(image_stage(state));
    return Plan(std::move(stages), state->folders.state);
}

}  // namespace rpikit::pipeline
