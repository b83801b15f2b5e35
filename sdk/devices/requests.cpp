#include "sdk/devices/requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "sdk/devices/c_text.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::devices {

namespace {

using kconfig::Assignment;

bool is_platform(std::string_view symbol) {
    return symbol.starts_with("ARCH_") || symbol.starts_with("MACH_");
}

/// Not worth what they change elsewhere: EXPERT makes questions of what was on by itself.
bool is_never(std::string_view symbol) {
    return symbol == "EXPERT";
}

/// What one wish comes to: lines to add for each of its symbols.
struct Answer {
    std::vector<std::pair<std::string, std::vector<Assignment>>> added;  ///< symbol, and lines for it
    std::size_t cost() const {
        std::set<std::string_view> all;
        for (const auto& [symbol, lines] : added)
            for (const auto& line : lines)
                all.insert(line.symbol);
        return all.size();
    }
};

class Planner {
  public:
    Planner(const kconfig::Tree& tree, kconfig::DotConfig base, const Complete& complete,
            const std::vector<Assignment>& wanted)
        : tree_(tree), config_(std::move(base)), complete_(complete) {
        for (const auto& each : wanted)
            wanted_.insert_or_assign(each.symbol, each);
    }

    Result<Requests> run(Derivation& derivation) {
        changed_ = true;
        TRY(refresh());
        std::erase_if(derivation.platforms, [&](const auto& symbol) { return !tree_.defines(symbol); });
        for (const auto& symbol : derivation.platforms)
            allow_platform(symbol, derivation.platform_of);
        // What a node needs another one may bring: the first round only collects.
        auto trial = derivation.nodes;
        TRY(drive_all(trial));
        result_.refusals.clear();
        TRY(drive_all(derivation.nodes));
        for (const auto& node : derivation.nodes)
            note_values(node);
        for (auto& [symbol, request] : requests_)
            result_.requests.push_back(std::move(request));
        return std::move(result_);
    }

  private:
    /// The board's own platform with what that depends on (ARCH_BCM for ARCH_BCM2835).
    void allow_platform(const std::string& symbol, const std::string& compatible) {
        own_platforms_.push_back(symbol);
        const auto lines = tree_.reach(symbol, "y", config_);
        if (!lines) return refuse(symbol, compatible);
        for (const auto& line : *lines)
            platforms_.insert(line.symbol);
        platforms_.insert(symbol);
        take({.added = {{symbol, *lines}}}, Cause::platform, compatible, "", "y");
    }

    Result<> drive_all(std::vector<DerivedNode>& nodes) {
        for (auto& node : nodes) {
            if (node.outcome != Outcome::driven) continue;
            drive(node);
            for (const auto& wish : node.wishes)
                grant(wish, node);
            TRY(refresh());
            if (failure_) return fail(*std::move(failure_));
        }
        return {};
    }

    void note_values(const DerivedNode& node) {
        if (node.outcome != Outcome::driven) return;
        const auto add = [&](const std::string& symbol) {
            if (!symbol.starts_with('!') && tree_.defines(symbol))
                result_.values.emplace(symbol, config_.value(symbol));
        };
        for (const auto& need : node.needs)
            if (!need.drivers.front().ways.empty())
                std::ranges::for_each(need.drivers.front().ways.front(), add);
        for (const auto& wish : node.wishes)
            std::ranges::for_each(wish.symbols, add);
    }

    void drive(DerivedNode& node) {
        std::vector<Need> met;
        std::vector<const Driver*> unmet;
        for (auto& need : node.needs) {
            if (auto chosen = choose(need, node))
                met.push_back({.id = need.id, .drivers = {*std::move(chosen)}});
            else
                unmet.push_back(&need.drivers.front());
        }
        // Of a node that has what it needs, what only looks for it may be missing.
        const bool empty = met.empty() && node.wishes.empty();
        for (const auto* driver : unmet)
            if (empty || !mentions(driver)) complain(*driver, node);
        // Without any, the reader sees what would have driven it.
        if (!met.empty() || !node.wishes.empty())
            node.needs = std::move(met);
        else if (!unmet.empty())
            node.outcome = std::ranges::all_of(unmet, mentions) ? Outcome::no_driver : Outcome::left_out;
    }

    /// Code that looks for a node, or tells of it, may be anybody's.
    static bool mentions(const Driver* driver) { return driver->evidence < Evidence::declaration; }

    /// The likeliest driver that can be had, with the way that it comes to be built by as its first.
    std::optional<Driver> choose(const Need& need, const DerivedNode& node) {
        for (const auto& driver : need.drivers) {
            for (std::size_t i = 0; i < driver.ways.size(); ++i) {
                if (!build(driver, driver.ways[i], node)) continue;
                auto chosen = driver;
                std::swap(chosen.ways.front(), chosen.ways[i]);
                return chosen;
            }
        }
        return std::nullopt;
    }

    /// Asks for all that builds a driver; \returns whether that can be had.
    bool build(const Driver& driver, const Conditions& way, const DerivedNode& node) {
        const auto answer = all_of(way, node.value);
        if (!answer) return false;
        const auto before = requests_;
        const auto config = config_;
        take(*answer, Cause::driver, node.path, driver.source, node.value);
        enter_folders(driver, way, node);
        const auto lost = first_lost(before);
        if (!lost) return true;
        requests_ = before;
        config_ = config;
        for (const auto& symbol : way)
            withdrawn_.emplace(symbol, *lost);
        return false;
    }

    /// Of what was asked for before the first that is no more: two drivers may exclude each other by what
    /// they depend on, which only the whole configuration shows.
    std::optional<std::string> first_lost(const std::map<std::string, Request>& before) {
        const auto old = config_;
        if (auto refreshed = refresh(); !refreshed) {
            failure_ = std::move(refreshed).error();
            return std::nullopt;
        }
        const auto lost = std::ranges::find_if(before, [&](const auto& row) {
            const auto& [symbol, request] = row;
            return request.value != "n" && old.value(symbol) != "n" && config_.value(symbol) == "n";
        });
        return lost == before.end() ? std::nullopt : std::optional(lost->first);
    }

    void complain(const Driver& driver, DerivedNode& node) {
        auto reason = fmt::format("no Makefile of this tree builds {}", driver.source);
        if (!driver.ways.empty()) {
            const auto symbol = missing_of(driver.ways.front(), node.value);
            if (!mentions(&driver)) refuse(symbol, node.path);
            reason = fmt::format("{} needs {}, which cannot be had", driver.source, symbol);
            if (const auto reasons = why_refused(symbol); !reasons.empty()) reason += ": " + reasons.back();
        }
        if (node.reason.empty()) node.reason = std::move(reason);
    }

    void enter_folders(const Driver& driver, const Conditions& way, const DerivedNode& node) {
        for (const auto& ways : driver.folders) {
            std::optional<Answer> best;
            for (const auto& each : ways) {
                auto answer = all_of(each, node.value);
                if (answer && (!best || answer->cost() < best->cost())) best = std::move(answer);
            }
            const auto wanting =
                std::ranges::find_if(way, [](const auto& each) { return !each.starts_with('!'); });
            const auto because = wanting == way.end() ? node.path : *wanting;
            if (best)
                take(*best, Cause::folder, because, driver.source, node.value);
            else
                refuse(missing_of(ways.front(), node.value), node.path);
        }
    }

    void grant(const RuleWish& wish, const DerivedNode& node) {
        for (const auto& symbol : wish.symbols) {
            // Rules are for all versions and architectures.
            if (!tree_.defines(symbol)) continue;
            if (const auto answer = all_of({symbol}, node.value))
                take(*answer, Cause::rule, node.path, wish.reason, node.value);
            else
                refuse(symbol, node.path);
        }
    }

    /// A driver that is wanted as a module is one, whatever its node would have.
    std::string allowed_value(const std::string& symbol, const std::string& value) const {
        const auto asked = wanted_.find(symbol);
        return asked != wanted_.end() && asked->second.value == "m" ? "m" : value;
    }

    bool is_unwanted(const std::string& symbol) const {
        const auto asked = wanted_.find(symbol);
        return asked != wanted_.end() && asked->second.value == "n";
    }

    std::optional<std::vector<Assignment>> reach(const std::string& symbol,
                                                 const std::string& proposed) const {
        const auto value = allowed_value(symbol, proposed);
        if (is_unwanted(symbol)) return std::nullopt;
        auto lines = tree_.reach(symbol, value, config_, [this](const std::string& name) {
            return is_never(name) || is_unwanted(name) || (is_platform(name) && foreign(name));
        });
        if (!lines) return lines;
        for (auto& line : *lines) {
            const bool lower = line.value == "n" || (line.value == "m" && config_.value(line.symbol) == "y");
            if (contradicts(line, lower)) return std::nullopt;
            // A module would do for many a dependency; but what is built in must not wait for one.
            if (value == "y" && line.value == "m" && !lower) line.value = "y";
        }
        return lines;
    }

    /// Whether a line would switch off, even to a module, what was asked for, or on what had to be off.
    bool contradicts(const Assignment& line, bool lower) const {
        if (const auto asked = wanted_.find(line.symbol);
            asked != wanted_.end() && asked->second.value != line.value)
            return true;
        const auto known = requests_.find(line.symbol);
        return known != requests_.end() &&
               (lower ? known->second.value != line.value : known->second.value == "n");
    }

    /// Another platform's. Without a prompt it is a fact of the architecture (ARCH_HAS_...), and what depends
    /// on the board's own platform is a part of that (MACH_STM32MP157).
    bool foreign(const std::string& symbol) const {
        if (platforms_.contains(symbol)) return false;
        const auto known = foreign_.find(symbol);
        if (known != foreign_.end()) return known->second;
        const auto description = tree_.describe(symbol, config_);
        const auto names_own = [&](const kconfig::Condition& condition) {
            return std::ranges::any_of(own_platforms_,
                                       [&](const auto& own) { return has_word(condition.expression, own); });
        };
        const bool result = description && !description->prompt.empty() &&
                            std::ranges::none_of(description->depends, names_own);
        return foreign_.emplace(symbol, result).first->second;
    }

    std::optional<Answer> all_of(const Conditions& symbols, const std::string& value) const {
        Answer answer;
        for (const auto& symbol : symbols) {
            if (symbol.starts_with('!')) {
                if (config_.value(symbol.substr(1)) != "n") return std::nullopt;
                continue;
            }
            auto lines = reach(symbol, value);
            if (!lines) return std::nullopt;
            answer.added.emplace_back(symbol, *std::move(lines));
        }
        return answer;
    }

    /// The first symbol that cannot be had.
    std::string missing_of(const Conditions& symbols, const std::string& value) const {
        for (const auto& symbol : symbols)
            if (!symbol.starts_with('!') && !reach(symbol, value)) return symbol;
        return symbols.empty() ? "" : symbols.front();
    }

    std::vector<std::string> why_refused(const std::string& symbol) const {
        const auto name = symbol.starts_with('!') ? symbol.substr(1) : symbol;
        if (is_unwanted(name))
            return {fmt::format("CONFIG_{}=n is asked for in {}", name, to_string(wanted_.at(name).where))};
        if (is_platform(name) && tree_.defines(name) && foreign(name))
            return {fmt::format("{} is another platform's", name)};
        if (const auto found = withdrawn_.find(symbol); found != withdrawn_.end())
            return {fmt::format("{} would switch {} off, which was asked for before", name, found->second)};
        return tree_.explain(name, "y", config_);
    }

    void refuse(const std::string& symbol, const std::string& node) {
        auto found = std::ranges::find(result_.refusals, symbol, &Refusal::symbol);
        if (found == result_.refusals.end()) {
            result_.refusals.push_back({.symbol = symbol, .nodes = {}, .reasons = why_refused(symbol)});
            found = std::prev(result_.refusals.end());
        }
        if (std::ranges::find(found->nodes, node) == found->nodes.end()) found->nodes.push_back(node);
    }

    void take(const Answer& answer, Cause cause, const std::string& because, const std::string& detail,
              const std::string& value) {
        for (const auto& [symbol, lines] : answer.added) {
            for (const auto& line : lines) {
                const bool itself = line.symbol == symbol;
                note(line, itself ? cause : Cause::dependency, itself ? because : symbol,
                     itself ? detail : "");
            }
            // Asked for before, or on without being asked for: one reason more.
            if (const auto known = requests_.find(symbol); known != requests_.end() && lines.empty())
                note({symbol, value, {}}, cause, because, detail);
        }
    }

    void note(const Assignment& line, Cause cause, const std::string& because, const std::string& detail) {
        const auto [at, is_new] = requests_.try_emplace(
            line.symbol,
            Request{
                .symbol = line.symbol, .value = line.value, .cause = cause, .because = {}, .detail = detail});
        auto& request = at->second;
        if (cause < request.cause) {  // what is wanted for itself is no mere dependency
            request.cause = cause;
            request.detail = detail;
            request.because.clear();
        }
        const bool raised = request.value != "y" && line.value == "y";
        if (raised) request.value = "y";
        if (cause == request.cause && std::ranges::find(request.because, because) == request.because.end())
            request.because.push_back(because);
        if (is_new || config_.value(line.symbol) != "y") config_.set(line.symbol, request.value);
        changed_ = changed_ || is_new || raised;
    }

    Result<> refresh() {
        if (!complete_ || !changed_) return {};
        std::vector<Assignment> all;
        for (const auto& [symbol, request] : requests_)
            all.push_back({symbol, request.value, {}});
        TRY_ASSIGN(config_, complete_(all));
        changed_ = false;
        return {};
    }

    const kconfig::Tree& tree_;
    kconfig::DotConfig config_;
    const Complete& complete_;
    std::map<std::string, Assignment> wanted_;
    std::set<std::string> platforms_;
    std::vector<std::string> own_platforms_;
    mutable std::map<std::string, bool> foreign_;
    std::map<std::string, Request> requests_;
    std::map<std::string, std::string> withdrawn_;  ///< symbol, and what it would have switched off
    Requests result_;
    bool changed_ = false;
    std::optional<Error> failure_;  ///< of `complete_`, where a bool is returned
};

}  // namespace

std::string_view to_string(Cause cause) {
    constexpr auto names =
        std::to_array<std::string_view>({"platform", "driver", "folder", "rule", "dependency"});
    return names.at(static_cast<std::size_t>(cause));
}

std::string Requests::fragment() const {
    std::string text;
    for (const auto& request : requests) {
        const auto first = request.because.empty() ? std::string() : request.because.front();
        const auto more =
            request.because.size() > 1 ? fmt::format(" and {} more", request.because.size() - 1) : "";
        text += fmt::format("# {}: {}{}{}{}\n{}\n", to_string(request.cause), printable(first), more,
                            request.detail.empty() ? "" : "; ", request.detail,
                            kconfig::to_line({request.symbol, request.value, {}}));
    }
    return text;
}

Result<Requests> plan_requests(const kconfig::Tree& tree, const kconfig::DotConfig& base,
                               Derivation& derivation, const Complete& complete,
                               const std::vector<Assignment>& wanted) {
    return Planner(tree, base, complete, wanted).run(derivation);
}

}  // namespace rpikit::devices
