#include "sdk/cli/config_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sdk/cli/json_text.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

using nlohmann::ordered_json;

/// Why the symbol has its value.
std::string origin(const kernel::SymbolReport& report, const std::string& base) {
    const auto& symbol = report.description;
    if (report.asked) return "asked for: " + to_string(*report.asked);
    const auto selector = std::ranges::find(symbol.selected_by, true, &kconfig::Influence::active);
    if (selector != symbol.selected_by.end()) {
        return fmt::format("selected by {} ({})", selector->symbol, to_string(selector->where));
    }
    if (symbol.prompt.empty() && symbol.default_in_force) {
        return fmt::format("its default: {} ({})", symbol.default_in_force->expression,
                           to_string(symbol.default_in_force->where));
    }
    return fmt::format("not asked for: {} or its default decides", base);
}

/// A row of the report; further rows of the same kind have no heading.
class Rows {
  public:
    explicit Rows(std::string title) : text_(std::move(title) + "\n") {}
    void add(std::string_view heading, std::string_view line) {
        text_ += fmt::format("  {:<12} {}\n", heading == last_ ? "" : heading, line);
        last_ = heading;
    }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
    std::string last_;
};

void add_influences(Rows& rows, std::string_view heading, const std::vector<kconfig::Influence>& all) {
    std::size_t idle = 0;
    for (const auto& each : all) {
        if (!each.active) {
            ++idle;
            continue;
        }
        rows.add(heading,
                 fmt::format("{} = {}{} ({})", each.symbol, each.value,
                             each.condition.empty() ? "" : " if " + each.condition, to_string(each.where)));
    }
    if (idle > 0) rows.add(heading, fmt::format("{} that {} not set", idle, idle == 1 ? "is" : "are"));
}

std::string condition_line(const kconfig::Condition& condition) {
    auto line =
        fmt::format("{} is {} ({})", condition.expression, condition.value, to_string(condition.where));
    if (condition.value == "n" && !condition.unmet.empty()) line += ": " + join(condition.unmet, ", ");
    return line;
}

ordered_json influences_json(const std::vector<kconfig::Influence>& all) {
    ordered_json rows = ordered_json::array();
    for (const auto& each : all) {
        rows.push_back({{"symbol", each.symbol},
                        {"value", each.value},
                        {"condition", each.condition},
                        {"where", to_string(each.where)},
                        {"active", each.active}});
    }
    return rows;
}

ordered_json changes_json(const std::vector<kernel::Change>& changes) {
    ordered_json rows = ordered_json::array();
    for (const auto& each : changes)
        rows.push_back({{"symbol", each.symbol}, {"before", each.before}, {"after", each.after}});
    return rows;
}

}  // namespace

std::string changes_text(const std::vector<kernel::Change>& changes) {
    std::string text;
    for (const auto& each : changes)
        text += fmt::format("{}: {} -> {}\n", each.symbol, each.before, each.after);
    return text;
}

std::string to_json(const SavedConfiguration& saved) {
    ordered_json document = {{"changes", changes_json(saved.changes)}};
    if (saved.fragment.empty()) return json_text(document);
    ordered_json lines = ordered_json::array();
    for (const auto& line : saved.lines)
        lines.push_back(kconfig::to_line(line));
    document["lines"] = lines;
    document["fragment"] = saved.fragment.string();
    document["board"] = saved.board.string();
    return json_text(document);
}

std::string symbol_text(const kernel::SymbolReport& report, const std::string& base) {
    const auto& symbol = report.description;
    Rows rows(fmt::format("{} = {}", symbol.symbol, symbol.value));
    rows.add("type", symbol.type);
    rows.add("prompt", symbol.prompt.empty() ? "none: it cannot be set by hand" : symbol.prompt);
    rows.add("value", origin(report, base));
    for (const auto& where : symbol.defined)
        rows.add("defined", to_string(where));
    for (const auto& condition : symbol.depends)
        rows.add("depends on", condition_line(condition));
    add_influences(rows, "selected by", symbol.selected_by);
    add_influences(rows, "implied by", symbol.implied_by);
    if (!symbol.choice.empty()) rows.add("one of", join(symbol.choice, ", "));
    return rows.take();
}

std::string symbol_json(const kernel::SymbolReport& report, const std::string& base) {
    const auto& symbol = report.description;
    ordered_json defined = ordered_json::array();
    for (const auto& where : symbol.defined)
        defined.push_back(to_string(where));
    ordered_json depends = ordered_json::array();
    for (const auto& each : symbol.depends) {
        depends.push_back({{"expression", each.expression},
                           {"value", each.value},
                           {"where", to_string(each.where)},
                           {"unmet", each.unmet}});
    }
    return json_text(
        ordered_json{{"symbol", symbol.symbol},
                     {"value", symbol.value},
                     {"type", symbol.type},
                     {"prompt", symbol.prompt},
                     {"origin", origin(report, base)},
                     {"asked", report.asked ? ordered_json(to_string(*report.asked)) : ordered_json(nullptr)},
                     {"defined", defined},
                     {"depends", depends},
                     {"selected_by", influences_json(symbol.selected_by)},
                     {"implied_by", influences_json(symbol.implied_by)},
                     {"choice", symbol.choice}});
}

}  // namespace rpikit::cli
