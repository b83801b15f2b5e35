#include "sdk/pipeline/derive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "sdk/boot/device_tree_compiler.hpp"
#include "sdk/emulator/machine_tree.hpp"
#include "sdk/host/file.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/kernel/device_trees.hpp"
#include "sdk/kernel/planned_configuration.hpp"
#include "sdk/pipeline/inputs.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::pipeline {

namespace fs = std::filesystem;

namespace {

/// More devices than any machine has; a file with more lines is something else.
constexpr std::size_t most_modaliases = 10'000;

struct NamedTree {
    std::string name;
    devices::DeviceTree tree;
};

Result<> require_device_tree_compiler(const host::Host& host) {
    if (host.processes.find_program("dtc", host.environment)) return {};
    const std::string package = boot::device_tree_compiler_package;
    host.note(fmt::format("installing {}: the board's device tree is compiled to see its devices", package));
    return host::install_system_packages(host, {package});
}

/// The kernel's, or the board's own where that stands in for it.
Result<std::string> device_tree(BuildState& state, const std::string& name) {
    const auto& root = state.source->root;
    const auto own = kernel::own_device_tree(state.board.kernel, root, name);
    if (!own.empty()) return host::read_file(own, kernel::largest_device_tree);
    TRY(require_device_tree_compiler(*state.host));
    return boot::compile_kernel_device_tree(*state.host, root,
                                            kernel::source_architecture(state.board.kernel.arch), name);
}

Result<std::vector<NamedTree>> read_trees(BuildState& state) {
    const auto& board = state.board;
    std::vector<NamedTree> trees;
    const auto add = [&](const std::string& name, const std::string& blob) -> Result<> {
        auto tree = devices::read_device_tree(blob);
        if (!tree) return fail(tree.error(), fmt::format("the device tree {} cannot be read", name));
        trees.push_back({name, *std::move(tree)});
        return {};
    };
    for (const auto& name : board.kernel.dtbs) {
        TRY_ASSIGN(const auto blob, device_tree(state, name));
        TRY(add(name, blob));
    }
    // A PC tells of its devices while it runs.
    if (!trees.empty() || board.kernel.arch == "x86" || board.emulator.machine.empty()) return trees;
    TRY_ASSIGN(const auto blob, emulator::machine_device_tree(*state.host, board));
    TRY(add("QEMU's machine " + board.emulator.machine, blob));
    return trees;
}

/// Of two variants of a board most nodes are the same: each has one row.
void merge(devices::Derivation& into, devices::Derivation more) {
    std::set<std::pair<std::string, std::vector<std::string>>> known;
    for (const auto& node : into.nodes)
        known.emplace(node.path, node.compatible);
    for (auto& node : more.nodes)
        if (known.emplace(node.path, node.compatible).second) into.nodes.push_back(std::move(node));
    for (auto& symbol : more.platforms)
        if (std::ranges::count(into.platforms, symbol) == 0) into.platforms.push_back(std::move(symbol));
    if (into.platform_of.empty()) into.platform_of = std::move(more.platform_of);
    std::ranges::move(more.warnings, std::back_inserter(into.warnings));
}

Result<std::vector<devices::Rule>> load_all_rules(const std::vector<fs::path>& files) {
    std::vector<devices::Rule> all;
    for (const auto& file : files) {
        TRY_ASSIGN(auto rules, devices::load_rules(file));
        std::ranges::move(rules, std::back_inserter(all));
    }
    return all;
}

Error no_devices(const board::Board& board) {
    return {
        .message = fmt::format("the board '{}' names no devices to derive a configuration from", board.name),
        .where = Location{.file = board.file},
        .causes = {"kernel.dtbs names no device tree, and kernel.modaliases no list of devices"},
        .hint = fmt::format("rpi-kit config {} derive --from-modalias ssh:HOST   (the devices of a machine "
                            "that runs)",
                            board.name)};
}

Result<devices::Derivation> derive_all(BuildState& state, const devices::Index& index,
                                       const std::vector<devices::Rule>& rules, DeviceSources& sources) {
    const auto& kernel = state.board.kernel;
    const devices::NodeChoices choices{.leave_out = kernel.devices.leave_out,
                                       .as_module = kernel.devices.as_module};
    devices::Derivation all{.nodes = {}, .platforms = {}, .platform_of = {}, .warnings = {}};
    if (sources.modaliases.empty()) {
        TRY_ASSIGN(sources.modaliases, read_modaliases(kernel.modaliases));
        TRY_ASSIGN(const auto trees, read_trees(state));
        if (trees.empty() && sources.modaliases.empty()) return fail(no_devices(state.board));
        for (const auto& [name, tree] : trees) {
            auto derivation = devices::derive(index, tree, rules, kernel.arch, choices);
            if (!derivation) return fail(derivation.error(), fmt::format("{} does not fit the board", name));
            merge(all, *std::move(derivation));
            sources.device_trees.push_back(name);
        }
    }
    merge(all, devices::derive_modaliases(index, sources.modaliases, rules));
    return all;
}

}  // namespace

Result<std::vector<std::string>> parse_modaliases(std::string_view text, const fs::path& file) {
    std::vector<std::string> all;
    for (const auto line : lines(text)) {
        const auto alias = trim(line);
        if (alias.empty() || alias.starts_with('#')) continue;
        if (!alias.contains(':') || all.size() == most_modaliases) {
            return fail({.message = fmt::format("{} is no list of modaliases", file.string()),
                         .causes = {fmt::format("a line of it: {}", printable(alias.substr(0, 60)))},
                         .hint = "find /sys/devices -name modalias -exec cat {} + > FILE   (on the machine "
                                 "whose devices they are)"});
        }
        all.emplace_back(alias);
    }
    return all;
}

Result<std::vector<std::string>> read_modaliases(const std::vector<fs::path>& files) {
    std::vector<std::string> all;
    for (const auto& file : files) {
        TRY_ASSIGN(const auto text, host::read_file(file, std::size_t{4} << 20));
        TRY_ASSIGN(auto some, parse_modaliases(text, file));
        std::ranges::move(some, std::back_inserter(all));
    }
    return all;
}

Result<DerivedConfiguration> derive_configuration(BuildState& state,
                                                  const kernel::ConfigurationRequest& request,
                                                  const std::vector<std::string>& modaliases) {
    DerivedConfiguration derived{.sources = {.modaliases = modaliases}, .derivation = {}, .requests = {}};
    TRY_ASSIGN(const auto rules, load_all_rules(state.options.device_rules));
    TRY_ASSIGN(const auto index, devices::open_index(*state.host, *state.source, state.board.kernel.arch));
    TRY_ASSIGN(derived.derivation, derive_all(state, index, rules, derived.sources));
    const auto context = state.build_context();
    TRY_ASSIGN(const auto plan, kernel::PlannedConfiguration::make(*state.host, context, request));
    TRY_ASSIGN(const auto base, plan.with({}));
    TRY_ASSIGN(derived.requests, devices::plan_requests(
                                     plan.tree(), base, derived.derivation,
                                     [&](const auto& more) { return plan.with(more); }, plan.requests()));
    return derived;
}

Result<DerivedConfiguration> make_derived_fragment(BuildState& state,
                                                   const kernel::ConfigurationRequest& request) {
    TRY_ASSIGN(auto derived, derive_configuration(state, request));
    TRY(host::make_directories(state.folders.derived));
    TRY(host::write_file(state.folders.derived_fragment(), derived.requests.fragment()));
    TRY(host::write_file(state.folders.derived_devices(), to_json(derived)));
    return derived;
}

Result<kernel::ConfigurationRequest> with_derived_fragment(const BuildState& state,
                                                           kernel::ConfigurationRequest request) {
    TRY_ASSIGN(const auto derives, state.derives());
    if (derives) request.fragments.insert(request.fragments.begin(), state.folders.derived_fragment());
    return request;
}

Result<> add_derivation_inputs(Fingerprint& inputs, const BuildState& state) {
    TRY_ASSIGN(const auto derives, state.derives());
    if (!derives) return {};
    const auto& kernel = state.board.kernel;
    inputs.add("device trees", join(kernel.dtbs, " "));
    TRY(add_own_device_tree(inputs, kernel));
    inputs.add("machine", kernel.dtbs.empty() ? state.board.emulator.machine : "");
    inputs.add("devices left out", join(kernel.devices.leave_out, "\n"));
    inputs.add("devices as modules", join(kernel.devices.as_module, "\n"));
    TRY(add_files(inputs, "list of modaliases", kernel.modaliases));
    return add_files(inputs, "device rules", state.options.device_rules);
}

}  // namespace rpikit::pipeline
