// The stages from the host's tools to the staged modules.

#include <fmt/format.h>

#include <algorithm>

#include "sdk/boot/boot_method.hpp"
#include "sdk/host/file.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/kernel/host_tools.hpp"
#include "sdk/kernel/module_tree.hpp"
#include "sdk/kernel/signing.hpp"
#include "sdk/pipeline/build_state.hpp"
#include "sdk/pipeline/derive.hpp"
#include "sdk/pipeline/external_modules.hpp"
#include "sdk/pipeline/inputs.hpp"
#include "sdk/rootfs/initramfs.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::pipeline {

namespace fs = std::filesystem;

namespace {

Outcome outcome_of(const toolchain::Toolchain& toolchain) {
    return {.summary = fmt::format("{} {} ({})", toolchain.name, toolchain.version, toolchain.origin),
            .values = {
                {"identity", toolchain.identity}, {"name", toolchain.name}, {"version", toolchain.version}}};
}

Outcome outcome_of(const source::SourceTree& tree) {
    return {.summary = fmt::format("{} from '{}'", tree.version, tree.source.name),
            .values = {{"identity", tree.identity},
                       {"version", tree.version},
                       {"name", tree.source.name},
                       {"pin", tree.pin}}};
}

/// The tree all later stages build from; its entry may bring a command line of its own.
Outcome adopt(BuildState& state, source::SourceTree tree) {
    if (!tree.source.cmdline.empty()) state.board.boot.cmdline = tree.source.cmdline;
    state.source = std::move(tree);
    return outcome_of(*state.source);
}

/// The tools are what the stage found, so that one that is removed or replaced is looked for again.
Outcome tools_outcome(std::string summary, const std::vector<kernel::ToolCheck>& checks) {
    Outcome outcome{.summary = std::move(summary)};
    for (const auto& check : checks) {
        if (check.found) outcome.outputs.emplace_back(check.where);
    }
    return outcome;
}

/// Changes when a module's file changes; made from sizes and times, as make itself judges.
Result<std::string> modules_identity(const fs::path& objects) {
    auto order = host::read_file(objects / "modules.order");
    if (!order) return std::string("none");
    Sha256 hash;
    for (const auto line : lines(*order)) {
        // modules.order names objects in kernels since 6.3 and modules before.
        auto module = objects / line;
        module.replace_extension(".ko");
        const auto stamp = stamp_output(module);
        if (!stamp) return fail({.message = fmt::format("the build left no {}", module.string())});
        hash.update(fmt::format("{} {} {}\n", line, stamp->size, stamp->modified));
    }
    return hash.finish();
}

/// The key is there before anything is compiled, and a key that is replaced makes all that knows it anew.
Result<> add_signing_key(const kernel::BuildContext& context, const kernel::Configuration& configuration,
                         Outcome& outcome) {
    TRY_ASSIGN(const auto config, kconfig::DotConfig::read(configuration.file));
    TRY_ASSIGN(const auto key, kernel::prepare_signing_key(context, config));
    if (!key) return {};
    outcome.values.emplace("signing_key", key->fingerprint);
    if (context.makes_key) outcome.outputs.push_back(context.signing_key);
    return {};
}

/// What came of the board's devices, for the stage's line; empty when nothing is derived.
Result<std::string> derive_devices(BuildState& state, const kernel::ConfigurationRequest& request) {
    TRY_ASSIGN(const auto derives, state.derives());
    if (!derives) {
        TRY(host::remove_tree(state.folders.derived));
        return std::string();
    }
    TRY_ASSIGN(const auto derived, make_derived_fragment(state, request));
    for (const auto& warning : derived.derivation.warnings)
        state.host->warn(warning);
    const auto& nodes = derived.derivation.nodes;
    const auto count = [&](devices::Outcome outcome) {
        return std::ranges::count(nodes, outcome, &devices::DerivedNode::outcome);
    };
    return fmt::format(" ({} devices, drivers for {}, none in this kernel for {})", nodes.size(),
                       count(devices::Outcome::driven), count(devices::Outcome::no_driver));
}

/// Several lists of requests may give one configuration; the manifest names them.
std::string digest_of(const std::vector<kconfig::Assignment>& requests) {
    Sha256 hash;
    for (const auto& request : requests)
        hash.update(request.symbol + '=' + request.value + '\n');
    return hash.finish();
}

/// What `check_configuration` looks at.
void add_root_inputs(Fingerprint& inputs, const board::Board& board) {
    for (const auto& partition : board.image.partitions) {
        if (partition.content == "rootfs") inputs.add("root file system", partition.filesystem);
    }
    inputs.add("symbols the root needs", join(board.kernel.root_symbols, " "));
    inputs.add("command line", board.boot.cmdline);
    inputs.add("initramfs", board.initramfs.enabled ? board.initramfs.compression : "no");
}

/// Early: what is sure to fail, or cannot come to its root file system, is not worth compiling.
Result<> check_configuration(const BuildState& state, const kernel::Configuration& made) {
    TRY_ASSIGN(const auto config, kconfig::DotConfig::read(made.file));
    TRY(kernel::require_configured_tools(*state.host, config));
    return rootfs::check_root_reachable(state.board, config, state.board.initramfs.enabled);
}

/// The modules from outside the tree, each of which this kernel would load.
Result<std::vector<fs::path>> fitting_modules(const BuildState& state) {
    TRY_ASSIGN(const auto release, kernel::kernel_release(state.folders.objects));
    auto files = installed_modules(state.folders, release);
    if (files.empty()) return files;
    TRY_ASSIGN(const auto interface, kernel_interface(state.folders));
    for (const auto& file : files) {
        auto fits = check_installed(file, state.folders, interface);
        if (fits) continue;
        fits.error().hint = fmt::format(
            "rpi-kit module {0} FOLDER --install   (builds it again; or: rpi-kit module {0} {1} --remove)",
            state.board.name, file.filename().string());
        return fail(std::move(fits).error());
    }
    return files;
}

/// Changes when one of the files does; empty for none.
std::string identity_of(const std::vector<fs::path>& files) {
    std::string all;
    for (const auto& file : files) {
        if (const auto hash = sha256_file(file)) all += file.filename().string() + '=' + *hash + ' ';
    }
    return all.empty() ? "" : sha256(all);
}

}  // namespace

Stage tools_stage(const SharedState& state) {
    Stage stage{.name = "tools", .title = "check the host's tools", .checks_only = true};
    stage.inputs = [state](const Values&) -> Result<Fingerprint> {
        Fingerprint inputs;
        inputs.add("PATH", state->host->environment.get("PATH").value_or(""));
        inputs.add("program", state->options.program);
        inputs.add("boot method", state->board.boot.method);
        return inputs;
    };
    stage.run = [state](const Values&, const host::Progress&) -> Result<Outcome> {
        TRY_ASSIGN(const auto* method, boot::find_boot_method(state->board.boot.method));
        const auto check = [&] {
            return kernel::check_host_tools(*state->host, state->board.kernel.arch, method->tools);
        };
        const auto checks = check();
        const auto missing = kernel::missing_packages(checks, kernel::Need::wished);
        if (missing.empty()) return tools_outcome("all there", checks);
        state->host->note(fmt::format("installing {}: the kernel's build needs them", join(missing, " ")));
        if (auto installed = host::install_system_packages(*state->host, missing); !installed) {
            const bool goes_on = kernel::missing_packages(checks, kernel::Need::required).empty() &&
                                 installed.error().kind != ErrorKind::interrupted;
            if (!goes_on) return fail(std::move(installed).error());
            state->host->warn(installed.error().message);
            return tools_outcome(fmt::format("without {}", join(missing, " ")), checks);
        }
        return tools_outcome(fmt::format("installed {}", join(missing, " ")), check());
    };
    return stage;
}

Stage toolchain_stage(const SharedState& state) {
    Stage stage{.name = "toolchain", .title = "find the cross toolchain"};
    stage.ready = [state](const Values&) -> Result<Readiness> {
        TRY_ASSIGN(const auto description, load_toolchain(*state));
        auto found = toolchain::find(*state->host, description);
        if (!found) return Readiness{.reason = found.error().message};
        state->toolchain = std::move(*found);
        return Readiness{.outcome = outcome_of(*state->toolchain)};
    };
    stage.run = [state](const Values&, const host::Progress& progress) -> Result<Outcome> {
        TRY_ASSIGN(const auto description, load_toolchain(*state));
        TRY_ASSIGN(state->toolchain,
                   toolchain::install(*state->host, description, false, state->options.offline, progress));
        return outcome_of(*state->toolchain);
    };
    return stage;
}

Stage source_stage(const SharedState& state) {
    Stage stage{.name = "source", .title = "get the kernel's source"};
    stage.ready = [state](const Values&) -> Result<Readiness> {
        TRY_ASSIGN(auto resolution, source::resolve(*state->host, state->board, state->source_request()));
        state->first_source = resolution.source;
        if (state->options.update) return Readiness{.reason = "--update was given"};
        if (!resolution.ready) {
            return Readiness{.reason =
                                 fmt::format("not there yet; '{}' is tried first", resolution.source.name)};
        }
        return Readiness{.outcome = adopt(*state, std::move(*resolution.ready))};
    };
    stage.run = [state](const Values&, const host::Progress& progress) -> Result<Outcome> {
        TRY_ASSIGN(auto tree, source::fetch(*state->host, state->board, state->source_request(), progress));
        return adopt(*state, std::move(tree));
    };
    return stage;
}

Stage configure_stage(const SharedState& state) {
    Stage stage{.name = "configure", .title = "configure the kernel and prove it"};
    stage.inputs = [state](const Values& values) -> Result<Fingerprint> {
        Fingerprint inputs;
        add_value(inputs, values, "source.identity");
        add_value(inputs, values, "toolchain.identity");
        inputs.add("architecture", state->board.kernel.arch);
        TRY_ASSIGN(const auto request, state->configuration_request());
        inputs.add("base", request.base);
        TRY(add_files(inputs, "fragment", request.fragments));
        inputs.add("--set", join(request.settings, " "));
        TRY(add_derivation_inputs(inputs, *state));
        if (!request.whole_file.empty()) TRY(add_files(inputs, "--config", {{request.whole_file}}));
        if (const auto& file = state->users_key(); !file.empty()) {
            TRY_ASSIGN(const auto key, kernel::load_signing_key(file));
            inputs.add("signing key", key.fingerprint);
        }
        return inputs;
    };
    stage.commands = [state](const Values&) -> std::vector<host::Command> {
        const auto context = state->planned_context();
        const auto request = state->configuration_request();
        if (!request) return {};
        std::vector<host::Command> commands;
        for (const auto& targets : kernel::configuration_targets(context, *request))
            commands.push_back(kernel::make_command(*state->host, context, targets));
        return commands;
    };
    stage.run = [state](const Values&, const host::Progress&) -> Result<Outcome> {
        TRY_ASSIGN(auto request, state->configuration_request());
        const auto context = state->build_context();
        TRY(toolchain::check_minimum_version(*state->host, context.toolchain, context.kernel.arch,
                                             context.source.root));
        TRY_ASSIGN(const auto devices, derive_devices(*state, request));
        TRY_ASSIGN(request, with_derived_fragment(*state, std::move(request)));
        TRY_ASSIGN(state->configuration, kernel::configure(*state->host, context, request));
        const auto& made = *state->configuration;
        if (!made.cleared.empty()) {
            state->host->note(fmt::format("cleared {}: they name files that this tree does not have",
                                          join(made.cleared, ", ")));
        }
        Outcome outcome{
            .summary = fmt::format("{}{}: {} symbols set, all {} requests took", state->profile_name(),
                                   devices, made.enabled, made.requests.size()),
            .values = {{"sha256", made.sha256},
                       {"requests", digest_of(made.requests)},
                       {"profile", state->profile_name()}},
            .outputs = {made.file}};
        if (!devices.empty()) outcome.outputs.push_back(state->folders.derived_devices());
        TRY(add_signing_key(context, made, outcome));
        return outcome;
    };
    return stage;
}

Stage compile_stage(const SharedState& state) {
    Stage stage{.name = "compile", .title = "compile the kernel"};
    stage.inputs = [state](const Values& values) -> Result<Fingerprint> {
        Fingerprint inputs;
        add_value(inputs, values, "source.identity");
        add_value(inputs, values, "toolchain.identity");
        add_value(inputs, values, "configure.sha256");
        add_value(inputs, values, "configure.signing_key");
        // Goes up with what the record holds, so that one of an earlier program is not taken for whole.
        inputs.add("form of the record", "2");
        inputs.add("image", state->board.kernel.image);
        inputs.add("device trees", join(state->board.kernel.dtbs, " "));
        TRY(add_own_device_tree(inputs, state->board.kernel));
        add_root_inputs(inputs, state->board);
        return inputs;
    };
    stage.commands = [state](const Values&) -> std::vector<host::Command> {
        return {kernel::make_command(*state->host, state->planned_context(),
                                     kernel::build_targets(state->board.kernel, true))};
    };
    stage.run = [state](const Values&, const host::Progress& progress) -> Result<Outcome> {
        if (const auto& sandbox = state->sandbox_support(); !sandbox.available) {
            state->host->warn(fmt::format("building without a sandbox: {}", sandbox.reason));
        }
        if (!state->configuration) {
            TRY_ASSIGN(state->configuration, kernel::read_configuration(state->folders.objects));
        }
        TRY(check_configuration(*state, *state->configuration));
        const auto context = state->build_context();
        TRY(kernel::compile(*state->host, context, *state->configuration, progress));
        TRY_ASSIGN(const auto release, kernel::kernel_release(context.build));
        TRY_ASSIGN(const auto modules, modules_identity(context.build));
        const auto boot = kernel::boot_folder(context);
        Outcome outcome{.summary = release, .outputs = {boot / context.kernel.image}};
        Sha256 hash;
        for (const auto& dtb : context.kernel.dtbs)
            outcome.outputs.push_back(boot / "dts" / dtb);
        for (const auto& output : outcome.outputs) {
            TRY_ASSIGN(const auto digest, sha256_file(output));
            hash.update(digest);
        }
        outcome.values = {{"release", release},
                          {"modules", modules},
                          {"image", hash.finish()},
                          {"tree", state->source->root.string()}};
        return outcome;
    };
    return stage;
}

Stage modules_stage(const SharedState& state) {
    Stage stage{.name = "modules", .title = "stage the modules"};
    stage.inputs = [state](const Values& values) -> Result<Fingerprint> {
        Fingerprint inputs;
        add_value(inputs, values, "compile.release");
        add_value(inputs, values, "compile.modules");
        add_value(inputs, values, "configure.signing_key");
        inputs.add("strip", state->options.strip_modules ? "yes" : "no");
        const auto release = values.find("compile.release");
        if (release == values.end()) return inputs;
        const auto installed = installed_modules(state->folders, release->second);
        if (!installed.empty()) add_value(inputs, values, "configure.sha256");
        for (const auto& file : installed) {
            TRY_ASSIGN(auto stamp, scan(file));
            inputs.add("module " + file.filename().string(), std::move(stamp));
        }
        return inputs;
    };
    stage.commands = [state](const Values&) -> std::vector<host::Command> {
        const auto context = state->planned_context();
        return {kernel::make_command(
            *state->host, context,
            kernel::modules_targets(context, state->folders.modules, state->options.strip_modules),
            {state->folders.modules})};
    };
    stage.run = [state](const Values&, const host::Progress&) -> Result<Outcome> {
        TRY_ASSIGN(const auto more, fitting_modules(*state));
        TRY_ASSIGN(state->artifacts,
                   kernel::stage_modules(*state->host, state->build_context(), state->folders.modules,
                                         state->options.strip_modules, more));
        const auto& key = state->artifacts->signed_by;
        return Outcome{.summary = fmt::format("{} modules{}", state->artifacts->module_count,
                                              key.empty() ? "" : ", signed by the key " + key),
                       .values = {{"count", fmt::format("{}", state->artifacts->module_count)},
                                  {"installed", identity_of(more)}},
                       .outputs = {state->folders.modules}};
    };
    return stage;
}

}  // namespace rpikit::pipeline
