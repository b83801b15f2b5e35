#include "sdk/cli/derive_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

using devices::DerivedNode;
using devices::Outcome;

/// Paths longer than this move what is behind them.
constexpr int path_width = 36;
constexpr int id_width = 28;

std::string first_id(const DerivedNode& node) {
    if (!node.needs.empty() && node.needs.front().id != node.path) return printable(node.needs.front().id);
    return node.compatible.empty() ? "" : printable(node.compatible.front());
}

using Values = std::map<std::string, std::string>;

/// "DRM=y DRM_VC4=y"; symbols that this kernel does not know are left out.
std::string with_values(const std::vector<std::string>& symbols, const Values& values) {
    std::vector<std::string> all;
    for (const auto& symbol : symbols) {
        const auto value = values.find(symbol);
        if (value != values.end()) all.push_back(fmt::format("{}={}", symbol, value->second));
    }
    return join(all, " ");
}

std::string symbols_of(const devices::Ways& ways, const Values& values) {
    if (ways.empty()) return "no Makefile builds it";
    return ways.front().empty() ? "always built" : with_values(ways.front(), values);
}

/// The driver comes first, as one reads: by which source, then by which symbols.
std::vector<std::string> driver_lines(const DerivedNode& node, const Values& values) {
    std::vector<std::string> found;
    for (const auto& need : node.needs)
        for (const auto& driver : need.drivers)
            found.push_back(fmt::format("{}: {}", driver.source, symbols_of(driver.ways, values)));
    for (const auto& wish : node.wishes)
        if (const auto symbols = with_values(wish.symbols, values); !symbols.empty())
            found.push_back(fmt::format("{}: {}", wish.reason, symbols));
    if (!node.reason.empty()) found.push_back("not all of it: " + printable(node.reason));
    return found;
}

std::string why(const DerivedNode& node) {
    if (!node.rule.file.empty()) {
        return fmt::format("{} ({}:{})", node.reason, node.rule.file.filename().string(), node.rule.line);
    }
    return printable(node.reason);
}

/// Devices of which the same is to be said: the first one's path stands for all.
struct Row {
    std::string path;
    std::string id;
    std::vector<std::string> lines;
    std::size_t more = 0;
};

std::vector<Row> rows_of(std::span<const DerivedNode> nodes, Outcome outcome, const Values& values) {
    std::vector<Row> rows;
    std::map<std::pair<std::string, std::vector<std::string>>, std::size_t> known;
    for (const auto& node : nodes) {
        if (node.outcome != outcome) continue;
        Row row{.path = printable(node.path), .id = first_id(node), .lines = {}};
        row.lines = outcome == Outcome::driven ? driver_lines(node, values) : std::vector{why(node)};
        const auto [at, is_new] = known.emplace(std::pair(row.id, row.lines), rows.size());
        if (is_new)
            rows.push_back(std::move(row));
        else
            ++rows[at->second].more;
    }
    return rows;
}

std::string section(const pipeline::DerivedConfiguration& derived, Outcome outcome, std::string_view title) {
    const auto& nodes = derived.derivation.nodes;
    const auto rows = rows_of(nodes, outcome, derived.requests.values);
    if (rows.empty()) return {};
    auto text = fmt::format("{} ({}):\n", title, std::ranges::count(nodes, outcome, &DerivedNode::outcome));
    for (const auto& row : rows) {
        auto path = row.path;
        auto id = row.id;
        if (row.more > 0) path += fmt::format(" (and {} more)", row.more);
        for (const auto& line : row.lines) {
            text += fmt::format("  {:<{}} {:<{}} {}\n", path, path_width, id, id_width, line);
            path.clear();
            id.clear();
        }
    }
    return text;
}

std::string cause_text(const devices::Request& request) {
    constexpr std::size_t shown = 3;
    auto first = request.because;
    const auto more =
        first.size() > shown ? fmt::format(" and {} more", first.size() - shown) : std::string();
    first.resize(std::min(first.size(), shown));
    return fmt::format("{} of {}{}{}", to_string(request.cause), printable(join(first, ", ")), more,
                       request.detail.empty() ? "" : ": " + request.detail);
}

std::string requests_text(const devices::Requests& requests) {
    std::string text = fmt::format("asked for ({}):\n", requests.requests.size());
    for (const auto& request : requests.requests)
        text += fmt::format("  {:<{}} {}\n", request.symbol + '=' + request.value, path_width,
                            cause_text(request));
    return text;
}

std::string refusals_text(const devices::Requests& requests) {
    if (requests.refusals.empty()) return {};
    std::string text = fmt::format("cannot be had ({}):\n", requests.refusals.size());
    for (const auto& refusal : requests.refusals) {
        text +=
            fmt::format("  {:<{}} {}\n", refusal.symbol, path_width, printable(join(refusal.nodes, ", ")));
        for (const auto& reason : refusal.reasons)
            text += fmt::format("    {}\n", printable(reason));
    }
    return text;
}

std::string head(const pipeline::DerivedConfiguration& derived) {
    const auto& sources = derived.sources;
    std::string text;
    if (!sources.device_trees.empty()) text += "device tree: " + join(sources.device_trees, ", ") + "\n";
    if (!sources.modaliases.empty()) text += fmt::format("modaliases: {}\n", sources.modaliases.size());
    if (!derived.derivation.platforms.empty())
        text += fmt::format("platform: {} ({})\n", join(derived.derivation.platforms, " "),
                            printable(derived.derivation.platform_of));
    return text;
}

}  // namespace

std::string derivation_text(const pipeline::DerivedConfiguration& derived, bool explain) {
    auto text = head(derived);
    text += section(derived, Outcome::driven, "driven");
    text += section(derived, Outcome::no_driver, "no driver in this kernel");
    text += section(derived, Outcome::left_out, "left out");
    text += refusals_text(derived.requests);
    if (explain) return text + requests_text(derived.requests);
    return text + fmt::format("{} symbols are asked for; --explain shows why each\n",
                              derived.requests.requests.size());
}

}  // namespace rpikit::cli
