#include "sdk/devices/makefile.hpp"

#include <algorithm>
#include <optional>

#include "sdk/support/text.hpp"

namespace rpikit::devices {

namespace {

constexpr std::string_view symbol_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

/// The symbols of all "CONFIG_X" in a text.
Conditions symbols_in(std::string_view text) {
    constexpr std::string_view mark = "CONFIG_";
    Conditions found;
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at)) {
        at += mark.size();
        const auto end = std::min(text.find_first_not_of(symbol_characters, at), text.size());
        found.emplace_back(text.substr(at, end - at));
    }
    std::ranges::sort(found);
    const auto repeated = std::ranges::unique(found);
    found.erase(repeated.begin(), repeated.end());
    return found;
}

/// Words of a list; blanks inside $(...) do not separate.
std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= text.size(); ++at) {
        const char c = at < text.size() ? text[at] : ' ';
        if (c == '(') ++depth;
        if (c == ')') --depth;
        if (at < text.size() && (depth > 0 || (c != ' ' && c != '\t'))) continue;
        if (at > begin) found.push_back(text.substr(begin, at - begin));
        begin = at + 1;
    }
    return found;
}

/// What an ifeq, ifneq, ifdef or ifndef asks for; empty when it is not about symbols.
struct Branch {
    Conditions when_true;
    Conditions when_false;
    bool in_else = false;
    const Conditions& active() const { return in_else ? when_false : when_true; }
};

Conditions negated(const Conditions& conditions) {
    // "not both" is no list of symbols.
    if (conditions.size() != 1) return {};
    return {"!" + conditions.front()};
}

std::optional<Branch> read_branch(std::string_view line) {
    const auto word = line.substr(0, line.find_first_of(" \t("));
    const bool equal = word == "ifeq" || word == "ifneq";
    if (!equal && word != "ifdef" && word != "ifndef") return std::nullopt;
    const auto symbols = symbols_in(line);
    bool positive = word == "ifeq" || word == "ifdef";
    // ifeq ($(CONFIG_X),) and ifeq ($(CONFIG_X),n): not set.
    const auto comma = line.rfind(',');
    if (equal && comma != std::string_view::npos) {
        auto value = trim(line.substr(comma + 1));
        value = trim(value.substr(0, value.rfind(')')));
        if (value.empty() || value == "n") positive = !positive;
    }
    Branch branch{.when_true = symbols, .when_false = negated(symbols)};
    if (!positive) std::swap(branch.when_true, branch.when_false);
    return branch;
}

class Reader {
  public:
    Makefile read(std::string_view text) {
        std::string line;
        for (auto rest : lines(text)) {
            rest = rest.substr(0, rest.find('#'));
            const bool more = rest.ends_with('\\');
            if (more) rest.remove_suffix(1);
            line += rest;
            line += ' ';
            if (more) continue;
            statement(trim(line));
            line.clear();
        }
        statement(trim(line));
        return std::move(lists_);
    }

  private:
    void statement(std::string_view line) {
        if (line.empty()) return;
        if (auto branch = read_branch(line)) return branches_.push_back(*std::move(branch));
        if (line.starts_with("endif") && !branches_.empty()) return branches_.pop_back();
        if (line.starts_with("else") && !branches_.empty()) return otherwise(trim(line.substr(4)));
        assignment(line);
    }

    /// "else", or "else ifeq ...", which the same endif ends.
    void otherwise(std::string_view rest) {
        const auto before = branches_.back().when_false;
        branches_.back().in_else = true;
        auto next = read_branch(rest);
        if (!next) return;
        merge(next->when_true, before);
        merge(next->when_false, before);
        branches_.back() = *std::move(next);
    }

    void assignment(std::string_view line) {
        const auto equals = line.find('=');
        if (equals == std::string_view::npos || equals == 0) return;
        auto name = line.substr(0, equals);
        while (!name.empty() && (name.back() == '+' || name.back() == ':' || name.back() == '?'))
            name.remove_suffix(1);
        name = trim(name);
        // "obj-" and "obj-n" are never built; a name with a colon is a rule's own variable.
        if (name.empty() || name.ends_with('-') || name.ends_with("-n")) return;
        if (name.find_first_of(": \t\"") != std::string_view::npos && !name.contains("$(")) return;
        Conditions conditions = symbols_in(name);
        for (const auto& branch : branches_) {
            if (!merge(conditions, branch.active())) return;
        }
        auto& list = lists_[list_name(name)];
        for (const auto word : words(line.substr(equals + 1)))
            list.push_back({std::string(word), conditions});
    }

    Makefile lists_;
    std::vector<Branch> branches_;
};

}  // namespace

bool merge(Conditions& into, const Conditions& more) {
    Conditions both;
    std::ranges::set_union(into, more, std::back_inserter(both));
    into = std::move(both);
    return std::ranges::none_of(into, [&](const std::string& each) {
        return each.starts_with('!') && std::ranges::binary_search(into, each.substr(1));
    });
}

std::string list_name(std::string_view variable) {
    if (const auto at = variable.find("$("); at != std::string_view::npos && at > 0) {
        variable = variable.substr(0, at);
        if (variable.ends_with('-')) variable.remove_suffix(1);
        return std::string(variable);
    }
    for (const std::string_view suffix : {"-y", "-m", "-objs"}) {
        if (variable.ends_with(suffix)) {
            variable.remove_suffix(suffix.size());
            break;
        }
    }
    return std::string(variable);
}

Makefile read_makefile(std::string_view text) {
    return Reader().read(text);
}

}  // namespace rpikit::devices
