#include "sdk/pipeline/package.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/host/file.hpp"
#include "sdk/package/deb.hpp"
#include "sdk/package/tar.hpp"
#include "sdk/pipeline/build_state.hpp"
#include "sdk/pipeline/manifest.hpp"
#include "sdk/pipeline/record.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::pipeline {

namespace fs = std::filesystem;

namespace {

/// A finished build, and what is to be made of it.
struct Packing {
    SharedState state;
    PackageOptions options;
    Record compile;  ///< as the build left them
    Record modules;
    kernel::KernelArtifacts artifacts;

    fs::path folder() const { return state->folders.out / "packages"; }
    fs::path tar_file() const {
        const char* suffix = options.compression == archive::Compression::xz ? "xz" : "zst";
        return folder() / fmt::format("linux-{}-{}.tar.{}", state->board.name, artifacts.release, suffix);
    }
    /// What the kernel was compiled from: "source.identity".
    std::string built_with(std::string_view name) const {
        const auto& inputs = compile.inputs.inputs();
        const auto found = std::ranges::find(inputs, name, &std::pair<std::string, std::string>::first);
        return found == inputs.end() ? "" : found->second;
    }
};

using SharedPacking = std::shared_ptr<Packing>;

Error not_built(const board::Board& board, std::string cause) {
    return {.message = fmt::format("{} has not been built here", board.name),
            .causes = {std::move(cause)},
            .hint = fmt::format("rpi-kit build {}", board.name)};
}

Result<SharedPacking> read_build(const host::Host& host, const board::Board& board,
                                 const PackageOptions& options) {
    const BuildOptions build{.work = options.work,
                             .toolchains = options.toolchains,
                             .offline = true,
                             .sandbox = options.sandbox,
                             .program = options.program,
                             .jobs = options.jobs};
    auto packing = std::make_shared<Packing>(Packing{.options = options});
    TRY_ASSIGN(packing->state, make_build_state(host, board, build));
    const auto& folders = packing->state->folders;
    for (auto [name, record] :
         {std::pair{"compile", &packing->compile}, std::pair{"modules", &packing->modules}}) {
        const auto file = folders.state / fmt::format("{}.json", name);
        auto found = load_record(file);
        if (!found) return fail(not_built(board, fmt::format("there is no record of it: {}", file.string())));
        *record = *std::move(found);
    }
    const kernel::BuildContext context{.board = board.name, .kernel = board.kernel, .build = folders.objects};
    auto artifacts = kernel::read_artifacts(context, folders.modules);
    if (!artifacts) return fail(not_built(board, artifacts.error().message));
    packing->artifacts = *std::move(artifacts);
    return packing;
}

/// The tree that the kernel was compiled from, among what the board knows and what was named for the build.
Result<source::SourceTree> built_source(const Packing& packing) {
    const auto& state = *packing.state;
    std::vector<std::string> names;
    if (const auto manifest = load_manifest(state.folders.manifest)) {
        if (const auto name = manifest->inputs.find("source.name"); name != manifest->inputs.end())
            names.push_back(name->second);
    }
    for (const auto& source : state.board.kernel.sources)
        names.push_back(source.name);
    const auto identity = packing.built_with("source.identity");
    for (const auto& name : names) {
        auto request = state.source_request();
        request.wanted = name;
        const auto found = source::resolve(*state.host, state.board, request);
        if (found && found->ready && found->ready->identity == identity) return *found->ready;
    }
    return fail({.message = fmt::format("the source that {} was built from is not here any more, or is "
                                        "another one now",
                                        state.board.name),
                 .causes = {fmt::format("it was {}", identity)},
                 .hint = fmt::format("rpi-kit build {}", state.board.name)});
}

Result<toolchain::Toolchain> built_toolchain(const Packing& packing) {
    const auto& state = *packing.state;
    TRY_ASSIGN(const auto description, load_toolchain(state));
    TRY_ASSIGN(auto found, toolchain::find(*state.host, description));
    if (found.identity == packing.built_with("toolchain.identity")) return found;
    return fail(
        {.message = fmt::format("{} was built by another compiler than there is now", state.board.name),
         .causes = {fmt::format("it was {}", packing.built_with("toolchain.identity"))},
         .hint = fmt::format("rpi-kit build {}", state.board.name)});
}

/// What both formats depend on.
Fingerprint kernel_inputs(const Packing& packing) {
    Fingerprint inputs;
    inputs.add("program", packing.options.program);
    for (const char* name :
         {"source.identity", "toolchain.identity", "configure.sha256", "configure.signing_key"})
        inputs.add(name, packing.built_with(name));
    for (const auto& [name, value] : packing.compile.outcome.values)
        inputs.add("compile." + name, value);
    for (const auto& [name, value] : packing.modules.inputs.inputs())
        inputs.add("modules." + name, value);
    return inputs;
}

std::uint64_t total_size(const std::vector<fs::path>& files) {
    std::uint64_t total = 0;
    for (const auto& file : files) {
        std::error_code ignored;
        total += fs::file_size(file, ignored);
    }
    return total;
}

package::DebRequest deb_request(const Packing& packing, const std::string& headers_obstacle) {
    return {.release = packing.artifacts.release,
            .architecture = packing.state->board.rootfs.debian_arch,
            .headers = headers_obstacle.empty()};
}

/// Why linux-headers is left out although the kernel has modules; empty: it is not.
Result<std::string> headers_obstacle(Packing& packing) {
    auto& state = *packing.state;
    if (!state.toolchain) {
        TRY_ASSIGN(state.toolchain, built_toolchain(packing));
    }
    TRY_ASSIGN(const auto config, kconfig::DotConfig::read(packing.artifacts.config));
    if (config.value("MODULES") != "y") return std::string();
    const kernel::BuildContext context{.toolchain = *state.toolchain};
    return package::headers_obstacle(*state.host, context, state.board.rootfs.debian_arch);
}

Result<Outcome> run_deb(Packing& packing) {
    auto& state = *packing.state;
    TRY(package::require_deb_tools(*state.host));
    TRY_ASSIGN(const auto obstacle, headers_obstacle(packing));
    if (!obstacle.empty()) {
        state.host->warn(
            fmt::format("linux-headers is left out: {}; the programs in it run on the board", obstacle));
    }
    if (!state.source) {
        TRY_ASSIGN(state.source, built_source(packing));
    }
    TRY_ASSIGN(auto files, package::make_debs(*state.host, state.build_context(),
                                              deb_request(packing, obstacle), packing.folder() / "deb"));
    return Outcome{.summary = fmt::format("{} packages, {}", files.size(), format_size(total_size(files))),
                   .values = {{"release", packing.artifacts.release}},
                   .outputs = std::move(files)};
}

Stage deb_stage(const SharedPacking& packing) {
    Stage stage{.name = "deb", .title = "pack the kernel as Debian packages"};
    stage.inputs = [packing](const Values&) -> Result<Fingerprint> {
        auto inputs = kernel_inputs(*packing);
        TRY_ASSIGN(const auto obstacle, headers_obstacle(*packing));
        inputs.add("linux-headers", obstacle.empty() ? "yes" : "no");
        inputs.add("target architecture", packing->state->board.rootfs.debian_arch);
        return inputs;
    };
    stage.commands = [packing](const Values&) -> std::vector<host::Command> {
        auto& state = *packing->state;
        if (!state.source) {
            if (auto source = built_source(*packing)) state.source = *std::move(source);
        }
        const auto obstacle = headers_obstacle(*packing);
        const auto request = deb_request(*packing, obstacle ? *obstacle : "");
        return {
            package::deb_command(*state.host, state.planned_context(), request, packing->folder() / "deb")};
    };
    stage.run = [packing](const Values&, const host::Progress&) { return run_deb(*packing); };
    return stage;
}

Stage tar_stage(const SharedPacking& packing) {
    Stage stage{.name = "tar", .title = "pack what the kernel installs as a tar"};
    stage.inputs = [packing](const Values&) -> Result<Fingerprint> {
        auto inputs = kernel_inputs(*packing);
        inputs.add("device trees", join(packing->state->board.kernel.dtbs, " "));
        inputs.add("compression", packing->options.compression == archive::Compression::xz ? "xz" : "zstd");
        return inputs;
    };
    stage.run = [packing](const Values&, const host::Progress&) -> Result<Outcome> {
        TRY_ASSIGN(const auto tree,
                   package::kernel_tree(packing->artifacts, packing->state->board.kernel.dtbs, pinned_time));
        const auto file = packing->tar_file();
        TRY(host::make_directories(file.parent_path()));
        TRY(archive::write_tar(tree, file, packing->options.compression));
        return Outcome{
            .summary = fmt::format("{} entries, {}", tree.entries().size(), format_size(total_size({file}))),
            .values = {{"release", packing->artifacts.release}},
            .outputs = {file}};
    };
    return stage;
}

}  // namespace

Result<Plan> make_package_plan(const host::Host& host, const board::Board& board,
                               const PackageOptions& options) {
    TRY_ASSIGN(const auto packing, read_build(host, board, options));
    std::vector<Stage> stages;
    if (options.format == PackageFormat::tar) {
        stages.push_back(tar_stage(packing));
    } else {
        TRY(package::check_release(packing->artifacts.release, board.name));
        stages.push_back(deb_stage(packing));
    }
    return Plan(std::move(stages), packing->state->folders.state);
}

}  // namespace rpikit::pipeline
