#include <algorithm>
#include <array>
#include <map>

#include "sdk/kernel/configuration_steps.hpp"
#include "sdk/kernel/signing.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

namespace {

using kconfig::Assignment;

constexpr std::array<std::string_view, 2> key_symbols = {"SYSTEM_TRUSTED_KEYS", "SYSTEM_REVOCATION_KEYS"};
constexpr std::size_t detail_limit = 20;

/// A relative name is looked for where make does: in the build folder, then in the source.
bool key_file_exists(const std::string& name, const BuildContext& context) {
    std::error_code ignored;
    return fs::exists(context.build / name, ignored) || fs::exists(context.source.root / name, ignored);
}

std::string headline(const Unmet& unmet) {
    return "CONFIG_" + unmet.request.symbol + "=" + unmet.request.value + " did not take: it is " +
           unmet.became;
}

std::string detail_line(const Unmet& unmet) {
    std::string line = headline(unmet) + " (" + to_string(unmet.request.where) + ")";
    if (!unmet.reasons.empty()) line += ": " + unmet.reasons.back();
    return line + "\n";
}

std::string hint_for(const std::vector<Unmet>& unmet, const std::vector<Assignment>& additions) {
    if (additions.empty()) {
        return "take the line out of " + unmet.front().request.where.file.string() +
               ", or meet what it needs";
    }
    std::vector<std::string> names;
    names.reserve(additions.size());
    for (const auto& addition : additions)
        names.push_back("CONFIG_" + addition.symbol + "=" + addition.value);
    return "ask for these too, in a fragment or with --set: " + join(names, " ");
}

}  // namespace

std::vector<MissingKeys> clear_missing_keys(std::string& config, const BuildContext& context) {
    std::vector<MissingKeys> cleared;
    for (const auto symbol : key_symbols) {
        const std::string start = "\nCONFIG_" + std::string(symbol) + "=";
        const auto at = config.find(start);
        if (at == std::string::npos) continue;
        const auto value = at + start.size();
        const auto length = std::min(config.find('\n', value), config.size()) - value;
        const std::string file = kconfig::unquote(config.substr(value, length));
        // A PKCS #11 address (RFC 7512) is no file.
        if (file.empty() || file.starts_with("pkcs11:") || key_file_exists(file, context)) continue;
        config.replace(value, length, "\"\"");
        cleared.push_back({std::string(symbol), file});
    }
    return cleared;
}

std::vector<MissingKeys> settle_keys(std::string& config, std::vector<Assignment>& requests,
                                     const BuildContext& context) {
    auto cleared = clear_missing_keys(config, context);
    use_signing_key(config, context);
    const auto values = parse_dot_config(config, ".config");
    const bool signs = values && signs_with_key(context, *values);
    std::erase_if(requests, [&](const Assignment& each) {
        if (each.symbol == "MODULE_SIG_KEY") return signs;
        return std::ranges::find(cleared, each.symbol, &MissingKeys::symbol) != cleared.end();
    });
    return cleared;
}

std::vector<Unmet> find_unmet(const std::vector<Assignment>& requests, const kconfig::DotConfig& config) {
    std::vector<Unmet> unmet;
    for (const auto& request : requests) {
        const std::string& value = config.value(request.symbol);
        if (!kconfig::same_value(value, request.value)) unmet.push_back({request, value, {}});
    }
    return unmet;
}

std::vector<Assignment> explain_unmet(std::vector<Unmet>& unmet, const kconfig::Tree& tree,
                                      const kconfig::DotConfig& config) {
    std::map<std::string, Assignment> additions;
    for (auto& each : unmet) {
        each.reasons = tree.explain(each.request.symbol, each.request.value, config);
        for (auto& addition : tree.remedy(each.request.symbol, each.request.value, config)) {
            auto& row = additions.try_emplace(addition.symbol, addition).first->second;
            if (addition.value == "y") row.value = "y";
        }
    }
    for (const auto& each : unmet) {
        const auto row = additions.find(each.request.symbol);
        if (row != additions.end() && row->second.value == each.request.value) additions.erase(row);
    }
    std::vector<Assignment> sorted;
    sorted.reserve(additions.size());
    for (auto& [symbol, addition] : additions)
        sorted.push_back(std::move(addition));
    return sorted;
}

Error unmet_error(const std::vector<Unmet>& unmet, const std::vector<Assignment>& additions) {
    const Unmet& first = unmet.front();
    Error error{.message = headline(first),
                .where = first.request.where,
                .causes = first.reasons,
                .hint = hint_for(unmet, additions)};
    for (std::size_t i = 1; i < std::min(unmet.size(), detail_limit + 1); ++i) {
        error.detail += detail_line(unmet[i]);
    }
    if (unmet.size() > detail_limit + 1) {
        error.detail += "and " + std::to_string(unmet.size() - detail_limit - 1) + " more did not take\n";
    }
    return error;
}

}  // namespace rpikit::kernel
