#include "sdk/kernel/configuration_edit.hpp"

#include <algorithm>

#include "sdk/host/file.hpp"
#include "sdk/kernel/configuration_steps.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

using kconfig::Assignment;
using kconfig::DotConfig;

namespace {

Error unknown_symbol(const kconfig::Tree& tree, const std::string& symbol) {
    const auto names = tree.symbols();
    const auto near = near_match(symbol, names);
    return {.message = "no Kconfig file of this kernel and architecture defines " + symbol,
            .hint = near ? "did you mean " + *near + "?" : "",
            .kind = ErrorKind::usage};
}

}  // namespace

Result<DotConfig> parse_dot_config(std::string_view text, const fs::path& file) {
    TRY_ASSIGN(const auto assignments, DotConfig::parse(text, file));
    DotConfig config;
    for (const auto& each : assignments)
        config.set(each.symbol, each.value);
    return config;
}

std::vector<Change> compare(const DotConfig& before, const DotConfig& after) {
    std::set<std::string> symbols;
    for (const auto* config : {&before, &after}) {
        for (const auto& [symbol, value] : config->values())
            symbols.insert(symbol);
    }
    std::vector<Change> changes;
    for (const auto& symbol : symbols) {
        const auto& a = before.value(symbol);
        const auto& b = after.value(symbol);
        if (!kconfig::same_value(a, b)) changes.push_back({symbol, a, b});
    }
    return changes;
}

Result<> edit_configuration(const host::Host& host, const BuildContext& context, const std::string& target,
                            const fs::path& file) {
    const fs::path folder = file.parent_path();
    // Inside the sandbox the first writable folder has a name of its own, see make_command.
    const fs::path seen = context.sandboxed ? fs::path("/mnt/output0") / file.filename() : file;
    return run_make_on_terminal(host, context, {"KCONFIG_CONFIG=" + seen.string(), target}, {folder});
}

Result<DotConfig> complete_configuration(const host::Host& host, const BuildContext& context,
                                         const fs::path& file) {
    TRY_ASSIGN(std::string text, make_dot_config(host, context, {.base = "", .whole_file = file}, {}));
    std::vector<Assignment> no_requests;
    settle_keys(text, no_requests, context);
    return parse_dot_config(text, file);
}

std::string apply(std::string_view fragment, const FragmentChange& change) {
    return merge_requests(without_symbols(fragment, change.drop), change.add);
}

Result<ProvenSettings> prove_settings(const host::Host& host, const BuildContext& context,
                                      const ConfigurationRequest& request,
                                      const std::vector<std::string>& settings) {
    TRY_ASSIGN(const auto asked, collect_requests({.base = "", .settings = settings}));
    TRY_ASSIGN(auto requests, collect_requests(request));
    TRY_ASSIGN(const auto tree, load_kconfig(host, context));
    for (const auto& each : asked) {
        if (!tree.defines(each.symbol)) return fail(unknown_symbol(tree, each.symbol));
    }
    requests.insert(requests.end(), asked.begin(), asked.end());
    requests = settle_requests(tree, std::move(requests));
    TRY_ASSIGN(std::string text, make_dot_config(host, context, request, requests));
    settle_keys(text, requests, context);
    ProvenSettings proven;
    TRY_ASSIGN(proven.config, parse_dot_config(text, context.build / ".config"));
    if (auto unmet = find_unmet(requests, proven.config); !unmet.empty()) {
        const auto additions = explain_unmet(unmet, tree, proven.config);
        return fail(unmet_error(unmet, additions));
    }
    for (const auto& each : asked) {
        const auto settled = std::ranges::find(requests, each.symbol, &Assignment::symbol);
        if (settled != requests.end()) proven.settings.push_back(*settled);
    }
    return proven;
}

Result<SymbolReport> report_symbol(const host::Host& host, const BuildContext& context,
                                   const ConfigurationRequest& request, const DotConfig& config,
                                   const std::string& symbol) {
    TRY_ASSIGN(const auto tree, load_kconfig(host, context));
    auto description = tree.describe(symbol, config);
    if (!description) return fail(unknown_symbol(tree, symbol));
    SymbolReport report{.description = *std::move(description)};
    TRY_ASSIGN(auto requests, collect_requests(request));
    requests = settle_requests(tree, std::move(requests));
    const auto asked = std::ranges::find(requests, symbol, &Assignment::symbol);
    if (asked != requests.end()) report.asked = asked->where;
    return report;
}

}  // namespace rpikit::kernel
