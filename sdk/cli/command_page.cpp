#include "sdk/cli/command_page.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "sdk/cli/declaration.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

constexpr std::string_view examples_heading = "Examples:\n";

/// CLI11 says "TEXT:{auto,kvm,tcg}": a type, then what its checks are called.
std::vector<std::string> choices_in(std::string_view type) {
    const auto open = type.find('{');
    const auto close = type.find('}', open);
    if (open == std::string_view::npos || close == std::string_view::npos) return {};
    std::vector<std::string> choices;
    for (const auto part : split(type.substr(open + 1, close - open - 1), ','))
        choices.emplace_back(trim(part));
    std::ranges::sort(choices);
    return choices;
}

/// The word that stands for a value: a check's name where it says more than the type.
std::string value_word(std::string_view type) {
    for (const std::string_view check : {"FILE", "DIR", "PATH"}) {
        if (type.ends_with(fmt::format(":{}", check)) || type.contains(fmt::format(":{}(", check)))
            return std::string(check);
    }
    return std::string(type.substr(0, type.find(':')));
}

OptionText text_of(const CLI::Option& option) {
    OptionText text{.names = {}, .description = option.get_description()};
    const auto type = option.get_type_name();
    if (option.get_positional()) {
        text.names = {option.get_name(true, false)};
    } else {
        for (const auto& name : option.get_snames())
            text.names.push_back("-" + name);
        for (const auto& name : option.get_lnames())
            text.names.push_back("--" + name);
    }
    if (option.get_type_size_max() != 0) text.value = value_word(type);
    text.choices = choices_in(type);
    text.fallback = option.get_default_str();
    text.required = option.get_required();
    text.repeated = option.get_items_expected_max() > 1;
    return text;
}

void add_options(CommandPage& page, const CLI::App& app) {
    for (const auto* option : app.get_options()) {
        if (option->get_group().empty()) continue;
        (option->get_positional() ? page.arguments : page.options).push_back(text_of(*option));
    }
}

}  // namespace

std::string OptionText::heading() const {
    auto text = join(names, ", ");
    if (!names.empty() && names.front().starts_with('-') && !value.empty()) text += ' ' + value;
    return text;
}

const CommandPage* CommandPage::find(std::string_view command) const {
    const auto found = std::ranges::find(commands, command, &CommandPage::name);
    return found == commands.end() ? nullptr : &*found;
}

std::string CommandPage::usage() const {
    auto text = title + " [OPTIONS]";
    for (const auto& argument : arguments) {
        auto word = argument.names.front() + (argument.repeated ? "..." : "");
        text += argument.required ? ' ' + word : " [" + word + ']';
    }
    return commands.empty() ? text : text + " COMMAND";
}

CommandPage page_of(const CLI::App& app) {
    CommandPage page{.name = app.get_name(), .title = app.get_name(), .summary = app.get_description()};
    const auto footer = app.get_footer();
    // A command's own commands inherit its footer.
    const bool inherited = app.get_parent() != nullptr && app.get_parent()->get_footer() == footer;
    if (!inherited && footer.starts_with(examples_heading)) {
        const auto end = std::min(footer.find("\n\n"), footer.size());
        page.examples = footer.substr(examples_heading.size(), end - examples_heading.size());
        page.details = footer.substr(std::min(end + 2, footer.size()));
    }
    page.hidden = app.get_group().empty();
    if (const auto* parent = app.get_parent(); parent != nullptr) {
        for (; parent != nullptr; parent = parent->get_parent())
            page.title = parent->get_name() + ' ' + page.title;
    }
    add_options(page, app);
    for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        // CLI11 keeps an option group as a command without a name.
        if (command->get_name().empty()) {
            add_options(page, *command);
        } else {
            page.commands.push_back(page_of(*command));
        }
    }
    return page;
}

CommandPage program_page() {
    CLI::App app;
    Declared declared;
    declare(app, declared);
    return page_of(app);
}

}  // namespace rpikit::cli
