#include "sdk/cli/reference_page.hpp"

#include <fmt/format.h>

#include "sdk/cli/exit_codes.hpp"
#include "sdk/cli/settings.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

/// Text inside a table's cell.
std::string cell(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '|' || c == '<') result += '\\';
        result += c == '\n' ? ' ' : c;
    }
    return result;
}

std::string option_row(const OptionText& option) {
    auto text = cell(option.description);
    if (!option.choices.empty()) text += fmt::format(" (one of `{}`)", fmt::join(option.choices, "`, `"));
    if (!option.fallback.empty()) text += fmt::format("; default `{}`", option.fallback);
    if (option.required) text += "; required";
    if (option.repeated) text += "; may be repeated";
    return fmt::format("| `{}` | {} |\n", cell(option.heading()), text);
}

std::string table(const CommandPage& page) {
    std::string rows;
    for (const auto& argument : page.arguments)
        rows += option_row(argument);
    for (const auto& option : page.options) {
        if (option.names.back() != "--help") rows += option_row(option);
    }
    return rows.empty() ? "" : "\n| | |\n|---|---|\n" + rows;
}

std::string section(const CommandPage& page, std::string_view heading) {
    auto text = fmt::format("\n{} {}\n\n{}.\n\n`{}`\n", heading, page.title, page.summary, page.usage());
    text += table(page);
    if (!page.examples.empty()) {
        text += "\nExamples:\n\n```\n";
        for (const auto line : lines(page.examples))
            text += fmt::format("{}\n", trim(line));
        text += "```\n";
    }
    if (!page.details.empty()) text += fmt::format("\n```\n{}```\n", page.details);
    for (const auto& command : page.commands) {
        if (!command.hidden) text += section(command, "###");
    }
    return text;
}

std::string type_words(const Setting& setting) {
    if (!setting.allowed.empty()) return cell(setting.allowed);
    switch (setting.type) {
        case SettingType::number:
            return fmt::format("{} to {}", setting.minimum, setting.maximum);
        case SettingType::yes_no:
            return "true, false";
        case SettingType::paths:
            return "paths";
        case SettingType::path:
            return "path";
        case SettingType::text:
        case SettingType::source:
            break;
    }
    return "text";
}

}  // namespace

std::string commands_reference(const CommandPage& program) {
    std::string text =
        "# Commands\n\n"
        "Made from the program's own table of commands: `rpi-kit reference` writes this page.\n\n"
        "Every command has `--help`, and a manual page: `man rpi-kit-build`, or `rpi-kit man build | man -l "
        "-`.\n"
        "\n## Options of every command\n";
    text += table(program);
    for (const auto& command : program.commands) {
        if (!command.hidden) text += section(command, "##");
    }
    return text;
}

std::string exit_codes_reference() {
    std::string text =
        "# Exit codes\n\n"
        "Made from the program's own table: `rpi-kit reference` writes this page.\n\n"
        "| code | `error.kind` of `--json` | meaning |\n|---|---|---|\n";
    for (const auto& row : exit_codes()) {
        text += fmt::format("| {} | {} | {} |\n", row.code,
                            row.name.empty() ? "" : fmt::format("`{}`", row.name), cell(row.meaning));
    }
    return text;
}

std::string settings_reference() {
    std::string text =
        "# Settings\n\n"
        "Made from the program's own table: `rpi-kit reference` writes this page.\n\n"
        "An option goes before an environment variable, that before `rpi-kit.toml` of the project, that "
        "before\n"
        "`$XDG_CONFIG_HOME/rpi-kit/settings.toml` (or `~/.config/rpi-kit/settings.toml`) of the user, that "
        "before\n"
        "the default. `rpi-kit settings` shows what holds and why.\n\n"
        "The project's file is the nearest `rpi-kit.toml` of the work folder and those above it, up to the "
        "folder\n"
        "with `.git` or below the home folder; where neither is above, only the work folder is looked at. "
        "Both files\n"
        "are TOML, `key = value`; paths start at the file's folder. What is marked `user` decides which "
        "program runs,\n"
        "or where: a project's file that sets it is refused.\n\n"
        "| key | type | environment variable | option | default | who | |\n|---|---|---|---|---|---|---|\n";
    for (const auto& setting : settings_table()) {
        const auto option =
            setting.flag.empty()
                ? std::string()
                : fmt::format("`{}{}`", setting.command.empty() ? "" : std::string(setting.command) + ' ',
                              setting.flag);
        text += fmt::format("| `{}` | {} | `{}` | {} | {} | {} | {} |\n", setting.key, type_words(setting),
                            setting.variable, option, cell(setting.fallback),
                            setting.user_only ? "user" : "project, user", cell(setting.doc));
    }
    return text;
}

}  // namespace rpikit::cli
