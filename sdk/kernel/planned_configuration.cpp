#include "sdk/kernel/planned_configuration.hpp"

#include <algorithm>
#include <iterator>

#include "sdk/host/file.hpp"
#include "sdk/kernel/configuration_steps.hpp"

namespace rpikit::kernel {

namespace {

using kconfig::Assignment;

Result<std::vector<Assignment>> base_lines(const BuildContext& context, const kconfig::Tree& tree,
                                           const std::string& base) {
    std::vector<Assignment> lines;
    if (base == "alldefconfig") return lines;
    if (base == "allnoconfig") {
        // Kconfig passes over what cannot be n: numbers and texts keep their defaults, as with conf, which
        // says nothing to the members of a choice.
        for (auto& symbol : tree.symbols())
            if (tree.choice_members(symbol).empty()) lines.push_back({std::move(symbol), "n", {}});
        return lines;
    }
    const auto architecture = source_architecture(context.kernel.arch);
    const auto file = context.source.root / "arch" / architecture / "configs" / base;
    auto text = host::read_file(file);
    if (!text) {
        return fail({.message = "what " + base + " comes to is not known before make has run",
                     .causes = {text.error().message},
                     .hint = "let the profile start from allnoconfig, or from a file in arch/" +
                             architecture + "/configs"});
    }
    return kconfig::DotConfig::parse(*text, file);
}

}  // namespace

Result<PlannedConfiguration> PlannedConfiguration::make(const host::Host& host, const BuildContext& context,
                                                        const ConfigurationRequest& request) {
    TRY_ASSIGN(auto requests, collect_requests(request));
    TRY_ASSIGN(auto tree, load_kconfig(host, context));
    TRY_ASSIGN(auto base, base_lines(context, tree, request.base));
    requests = settle_requests(tree, std::move(requests));
    return PlannedConfiguration(std::move(tree), base, std::move(requests));
}

Result<kconfig::DotConfig> PlannedConfiguration::with(const std::vector<Assignment>& more) const {
    auto lines = more;
    std::ranges::copy(requests_, std::back_inserter(lines));
    return tree_.complete(base_, lines);
}

}  // namespace rpikit::kernel
