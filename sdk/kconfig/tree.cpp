#include <algorithm>

#include "sdk/kconfig/calculator.hpp"
#include "sdk/kconfig/describer.hpp"
#include "sdk/kconfig/explainer.hpp"
#include "sdk/kconfig/influence.hpp"
#include "sdk/kconfig/kconfig.hpp"
#include "sdk/kconfig/parser.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kconfig {

struct Tree::Data {
    Model model;
    ShellCalls shell;
    Order order = {};
    std::vector<Macros::Check> checks = {};
    Dialect dialect = Dialect::choices_pick;
    std::filesystem::path root = {};
};

namespace {

/// What a command may write; the kernel's own reader takes 4 KiB.
constexpr std::size_t output_limit = 4096;
constexpr std::chrono::seconds command_time{30};

Shell make_shell(const host::Host& host, host::Command prototype, CommandWrapper wrap) {
    return [&host, prototype = std::move(prototype),
            wrap = std::move(wrap)](const std::string& text) -> Result<std::string> {
        host::Command command = prototype;
        command.argv = {"/bin/sh", "-c", "exec 2>/dev/null\n" + text};
        if (wrap) command = wrap(std::move(command));
        TRY_ASSIGN(auto exit,
                   host.processes.run(command,
                                      {.keep = output_limit, .time_limit = command_time, .stop = host.stop}));
        if (exit.timed_out) return fail({.message = "this command of Kconfig took too long: " + text});
        return std::move(exit.output);
    };
}

/// The kernel's Makefile gives Kconfig the compilers' own words; where nobody gave them they are asked for
/// when they are needed.
Result<> define_versions(Macros& macros, const host::Environment& environment) {
    for (const std::string tool : {"CC", "RUSTC"}) {
        const std::string name = tool + "_VERSION_TEXT";
        if (environment.get(name)) continue;
        const std::string command = "LC_ALL=C $(" + tool + ") --version 2>/dev/null | head -n 1 | tr -d '#'";
        TRY(macros.assign(name, Macros::Assignment::recursive, "$(shell," + command + ")", {}));
    }
    return {};
}

Result<> read(const std::filesystem::path& root, Model& model, Macros& macros, ShellCalls& shell,
              Order& order) {
    TRY(Parser(root, model, macros, shell).read("Kconfig"));
    TRY_ASSIGN(order, dependency_order(model));
    return {};
}

/// Error places are in the tree: as a path that people can open.
Error placed(Error error, const std::filesystem::path& root) {
    if (error.where && error.where->file.is_relative()) error.where->file = root / error.where->file;
    return error;
}

SymbolId id_of(const Model& model, const Symbol& symbol) {
    return static_cast<SymbolId>(&symbol - model.symbols.data());
}

const Symbol* find_defined(const Model& model, const std::string& name) {
    const Symbol* symbol = model.find(name);
    return symbol != nullptr && symbol->defined() ? symbol : nullptr;
}

/// A plan with the symbols' places, sorted by name.
std::vector<Assignment> assignments(const Model& model, const Plan& plan) {
    std::vector<Assignment> rows;
    for (const auto& [id, value] : plan) {
        const Symbol& symbol = model.symbols[id];
        const Place place = model.place_of(symbol);
        rows.push_back({symbol.name,
                        std::string(to_string(value)),
                        {.file = model.files[place.file], .line = place.line}});
    }
    std::ranges::sort(rows, {}, &Assignment::symbol);
    return rows;
}

}  // namespace

Tree::Tree(std::unique_ptr<Data> data) : data_(std::move(data)) {}
Tree::Tree(Tree&&) noexcept = default;
Tree& Tree::operator=(Tree&&) noexcept = default;
Tree::~Tree() = default;

Result<Tree> Tree::load(const host::Host& host, const std::filesystem::path& root,
                        const host::Environment& environment, CommandWrapper wrap) {
    Shell shell = make_shell(host, {.directory = root, .environment = environment}, std::move(wrap));
    auto data =
        std::make_unique<Data>(Model{}, ShellCalls(std::move(shell), CheckMemory::open(host, environment)));
    Macros macros(environment, data->shell);
    TRY(define_versions(macros, environment));
    auto result = read(root, data->model, macros, data->shell, data->order);
    if (!result) return fail(placed(std::move(result).error(), root));
    data->root = root;
    data->checks = macros.checks();
    data->dialect = dialect_of(environment.get("KERNELVERSION").value_or(""));
    return Tree(std::move(data));
}

/// What the tree itself demands of its surroundings.
Result<> Tree::check() const {
    for (const auto& check : data_->checks) {
        TRY_ASSIGN(const std::string fails, data_->shell.resolve(check.condition));
        if (fails != "y") continue;
        TRY_ASSIGN(std::string message, data_->shell.resolve(check.message));
        return fail(placed({.message = std::move(message), .where = check.where}, data_->root));
    }
    return {};
}

Result<DotConfig> Tree::complete(const std::vector<Assignment>& asked) const {
    return complete(begin({}), asked);
}

Tree::Beginning::Beginning(std::unique_ptr<const Calculator> calculator)
    : calculator_(std::move(calculator)) {}
Tree::Beginning::Beginning(Beginning&&) noexcept = default;
Tree::Beginning& Tree::Beginning::operator=(Beginning&&) noexcept = default;
Tree::Beginning::~Beginning() = default;

Tree::Beginning Tree::begin(const std::vector<Assignment>& asked) const {
    auto calculator = std::make_unique<Calculator>(data_->model, data_->order, data_->shell, data_->dialect);
    calculator->ask(asked);
    return Beginning(std::move(calculator));
}

Result<DotConfig> Tree::complete(const Beginning& beginning, const std::vector<Assignment>& asked) const {
    TRY(check());
    auto calculator = *beginning.calculator_;
    calculator.ask(asked);
    auto completed = calculator.complete();
    data_->shell.save();
    return completed;
}

bool Tree::defines(const std::string& symbol) const {
    return find_defined(data_->model, symbol) != nullptr;
}

std::vector<std::string> Tree::symbols() const {
    std::vector<std::string> names;
    for (const Symbol& symbol : data_->model.symbols) {
        if (symbol.defined()) names.push_back(symbol.name);
    }
    std::ranges::sort(names);
    return names;
}

bool Tree::is_string(const std::string& symbol) const {
    const Symbol* found = find_defined(data_->model, symbol);
    return found != nullptr && found->type == Type::string;
}

std::vector<std::string> Tree::choice_members(const std::string& symbol) const {
    const Model& model = data_->model;
    const Symbol* found = find_defined(model, symbol);
    if (found == nullptr) return {};
    std::vector<std::string> names;
    for (const SymbolId member : model.entries[model.choice_of(*found)].members) {
        names.push_back(model.symbols[member].name);
    }
    return names;
}

std::optional<std::string> Tree::decided_by(const std::string& symbol, const std::string& value) const {
    const Model& model = data_->model;
    const Symbol* found = find_defined(model, symbol);
    if (found == nullptr || !found->prompts.empty()) return std::nullopt;
    for (const Property& row : found->defaults) {
        const Expression& given = model.expressions[row.value];
        const Expression& condition = model.expressions[row.condition.expression];
        if (given.op != Operator::symbol || condition.op != Operator::symbol) continue;
        const Symbol& member = model.symbols[condition.left];
        const bool same = same_value(model.symbols[given.left].name, unquote(value));
        if (same && member.defined() && !member.prompts.empty()) return member.name;
    }
    return std::nullopt;
}

std::vector<std::string> Tree::explain(const std::string& symbol, const std::string& wanted,
                                       const DotConfig& config) const {
    const Model& model = data_->model;
    if (const Symbol* found = find_defined(model, symbol)) {
        return Explainer(model, config, data_->shell).explain(id_of(model, *found), wanted);
    }
    std::vector<std::string> lines = {"no Kconfig file of this kernel and architecture defines " + symbol};
    const auto names = symbols();
    if (const auto near = near_match(symbol, names)) lines.push_back("did you mean " + *near + "?");
    return lines;
}

std::vector<Assignment> Tree::remedy(const std::string& symbol, const std::string& wanted,
                                     const DotConfig& config) const {
    const Model& model = data_->model;
    const Symbol* found = find_defined(model, symbol);
    if (found == nullptr) return {};
    return assignments(model, Explainer(model, config, data_->shell).remedy(id_of(model, *found), wanted));
}

std::optional<std::vector<Assignment>> Tree::reach(
    const std::string& symbol, const std::string& wanted, const DotConfig& config,
    const std::function<bool(const std::string&)>& refuse) const {
    const Model& model = data_->model;
    const Symbol* found = find_defined(model, symbol);
    if (found == nullptr || !found->logical()) return std::nullopt;
    const Evaluator values(model, config, data_->shell);
    Solver solver(model, values, refuse);
    std::optional<Plan> modules = Plan{};
    auto need = to_tristate(wanted);
    if (need == Tristate::module && found->type == Type::boolean) need = Tristate::yes;
    if (need == Tristate::module && model.modules != 0) modules = solver.raise(model.modules, Tristate::yes);
    auto plan = solver.raise(id_of(model, *found), need);
    if (!plan || !modules) return std::nullopt;
    // While modules are off the solver knows only y.
    if (const auto itself = plan->find(id_of(model, *found)); itself != plan->end()) itself->second = need;
    plan->insert(modules->begin(), modules->end());
    return assignments(model, *plan);
}

std::optional<Description> Tree::describe(const std::string& symbol, const DotConfig& config) const {
    const Symbol* found = find_defined(data_->model, symbol);
    if (found == nullptr) return std::nullopt;
    return Describer(data_->model, config, data_->shell).describe(*found);
}

std::vector<std::string> Tree::independent(const std::map<std::string, std::string>& changes) const {
    return independent_changes(data_->model, changes);
}

}  // namespace rpikit::kconfig
