#include "sdk/cli/manual_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/cli/exit_codes.hpp"
#include "sdk/cli/version.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

/// Text as roff shows it: no line is taken for a request, and a hyphen can be copied as one.
std::string roff(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const bool line_start = result.empty() || result.back() == '\n';
        if (line_start && (c == '.' || c == '\'')) result += "\\&";
        if (c == '\\')
            result += "\\e";
        else if (c == '-')
            result += "\\-";
        else
            result += c;
    }
    return result;
}

std::string bold(std::string_view text) {
    return fmt::format("\\fB{}\\fR", roff(text));
}

std::string section(std::string_view title) {
    return fmt::format(".SH {}\n", title);
}

std::string option_entry(const OptionText& option) {
    std::string text = ".TP\n" + bold(join(option.names, ", "));
    if (option.names.front().starts_with('-') && !option.value.empty())
        text += fmt::format(" \\fI{}\\fR", roff(option.value));
    text += '\n' + roff(option.description.empty() ? "No more is known of it" : option.description) + ".\n";
    if (!option.choices.empty()) text += roff("One of " + join(option.choices, ", ")) + ".\n";
    if (!option.fallback.empty()) text += roff("Default: " + option.fallback) + ".\n";
    return text;
}

std::string entries(std::string_view title, const std::vector<OptionText>& options) {
    if (options.empty()) return {};
    std::string text(title);
    for (const auto& option : options)
        text += option_entry(option);
    return text;
}

std::string command_list(const CommandPage& program) {
    std::string text = section("COMMANDS");
    for (const auto* page : manual_pages(program)) {
        if (page == &program) continue;
        text += fmt::format(".TP\n.BR {} (1)\n{}.\n", roff(manual_name(*page)), roff(page->summary));
    }
    return text;
}

/// What a command's own commands take, each below a heading of its own.
std::string own_commands(const CommandPage& page) {
    std::string text = page.commands.empty() ? "" : section("COMMANDS");
    for (const auto& command : page.commands) {
        if (command.hidden) continue;
        text += fmt::format(".SS {}\n{}.\n", roff(command.usage()), roff(command.summary));
        text += entries("", command.arguments) + entries("", command.options);
    }
    return text;
}

std::string examples(const CommandPage& page) {
    if (page.examples.empty()) return {};
    std::string text = section("EXAMPLES") + ".nf\n";
    for (const auto line : lines(page.examples))
        text += roff(line.substr(std::min<std::size_t>(line.find_first_not_of(' '), line.size()))) + '\n';
    return text + ".fi\n";
}

std::string details(const CommandPage& page) {
    return page.details.empty() ? "" : section("NOTES") + ".nf\n" + roff(page.details) + ".fi\n";
}

std::string exit_status() {
    std::string text = section("EXIT STATUS");
    for (const auto& row : exit_codes())
        text += fmt::format(".TP\n.B {}\n{}.\n", row.code, roff(row.meaning));
    return text;
}

}  // namespace

std::vector<const CommandPage*> manual_pages(const CommandPage& program) {
    std::vector<const CommandPage*> pages{&program};
    for (const auto& command : program.commands) {
        if (!command.hidden) pages.push_back(&command);
    }
    return pages;
}

std::string manual_name(const CommandPage& page) {
    auto name = page.title;
    std::ranges::replace(name, ' ', '-');
    return name;
}

std::string manual_page(const CommandPage& program, const CommandPage& page) {
    const bool whole = &page == &program;
    auto title = manual_name(page);
    std::ranges::transform(title, title.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
    auto summary = page.summary;
    if (summary.ends_with('.')) summary.pop_back();
    auto text = fmt::format(".TH {} 1 {} \"rpi-kit {}\" \"rpi-kit\"\n", roff(title), RPIKIT_RELEASE_DATE,
                            program_version());
    text += section("NAME") + fmt::format("{} \\- {}\n", roff(manual_name(page)), roff(summary));
    text += section("SYNOPSIS") + bold(page.title) + roff(page.usage().substr(page.title.size())) + '\n';
    text += section("DESCRIPTION") + roff(summary) + ".\n";
    text += entries(section("ARGUMENTS"), page.arguments) + entries(section("OPTIONS"), page.options);
    if (!whole) text += entries(section("GLOBAL OPTIONS"), program.options);
    text += whole ? command_list(program) : own_commands(page);
    text += examples(page) + details(page) + exit_status() + section("SEE ALSO");
    return text + (whole ? ".BR man (1)\n" : ".BR rpi\\-kit (1)\n");
}

}  // namespace rpikit::cli
