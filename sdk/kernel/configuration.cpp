#include "sdk/kernel/configuration.hpp"

#include <algorithm>

#include "sdk/host/file.hpp"
#include "sdk/kernel/configuration_steps.hpp"
#include "sdk/support/sha256.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

namespace {

/// The requests that were proven, beside .config: what read_configuration gives without Kconfig.
constexpr std::string_view proven_file = "requests.config";

std::optional<kconfig::Tree> try_load_kconfig(const host::Host& host, const BuildContext& context) {
    auto tree = load_kconfig(host, context);
    if (tree) return *std::move(tree);
    if (host.warn) {
        const Error& error = tree.error();
        host.warn(
            "the Kconfig files of this kernel cannot be read, so a setting that does not take cannot be "
            "explained: " +
            error.message + (error.where ? " (" + to_string(*error.where) + ")" : ""));
    }
    return std::nullopt;
}

Result<> prove(const std::vector<kconfig::Assignment>& requests, const std::string& text,
               const std::optional<kconfig::Tree>& tree, const fs::path& file) {
    TRY_ASSIGN(const auto config, parse_dot_config(text, file));
    auto unmet = find_unmet(requests, config);
    if (unmet.empty()) return {};
    std::vector<kconfig::Assignment> additions;
    if (tree) additions = explain_unmet(unmet, *tree, config);
    return fail(unmet_error(unmet, additions));
}

Result<> save(const std::string& text, const std::vector<kconfig::Assignment>& requests,
              const BuildContext& context) {
    std::string lines;
    for (const auto& request : requests)
        lines += kconfig::to_line(request) + "\n";
    TRY(host::write_file(context.build / ".config", text));
    return host::write_file(context.build / proven_file, lines);
}

}  // namespace

Result<Configuration> configure(const host::Host& host, const BuildContext& context,
                                const ConfigurationRequest& request) {
    TRY_ASSIGN(auto requests, collect_requests(request));
    const auto tree = try_load_kconfig(host, context);
    if (tree) requests = settle_requests(*tree, std::move(requests));
    TRY_ASSIGN(std::string text, make_dot_config(host, context, request, requests));
    const auto cleared = settle_keys(text, requests, context);
    for (const auto& keys : cleared) {
        if (host.warn) host.warn(keys.symbol + " named " + keys.file + ", which does not exist: cleared");
    }
    TRY(prove(requests, text, tree, context.build / ".config"));
    std::ranges::sort(requests, {}, &kconfig::Assignment::symbol);
    TRY(save(text, requests, context));
    TRY_ASSIGN(auto configuration, read_configuration(context.build));
    configuration.requests = std::move(requests);
    for (const auto& keys : cleared)
        configuration.cleared.push_back(keys.symbol);
    return configuration;
}

Result<Configuration> read_configuration(const fs::path& build) {
    Configuration configuration{.file = build / ".config"};
    TRY_ASSIGN(const auto config, kconfig::DotConfig::read(configuration.file));
    configuration.enabled = config.enabled();
    TRY_ASSIGN(configuration.sha256, sha256_file(configuration.file));
    TRY_ASSIGN(const auto lines, host::read_file(build / proven_file));
    TRY_ASSIGN(configuration.requests, kconfig::DotConfig::parse(lines, build / proven_file));
    return configuration;
}

}  // namespace rpikit::kernel
