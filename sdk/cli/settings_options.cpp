#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "sdk/cli/settings.hpp"

namespace rpikit::cli {

namespace {

/// "boot" of the program; "usb boot" is another command.
bool is_command(const CLI::App& app, std::string_view name) {
    return app.get_name() == name && app.get_parent() != nullptr && app.get_parent()->get_parent() == nullptr;
}

/// The option that a setting stands for in one command, if it has it.
CLI::Option* option_of(CLI::App& app, const Setting& setting) {
    if (setting.flag.empty() || (!setting.command.empty() && !is_command(app, setting.command)))
        return nullptr;
    return app.get_option_no_throw(std::string(setting.flag));
}

bool is_negative(const Setting& setting) {
    return setting.flag.starts_with("--no-");
}

/// What the option is given: of a flag that says no, the opposite.
std::string option_text(const SettingValue& value) {
    if (!is_negative(*value.setting)) return value.text;
    return value.text == "true" ? "false" : "true";
}

Result<> give(CLI::Option& option, const SettingValue& value) {
    try {
        option.add_result(option_text(value));
        option.run_callback();
    } catch (const CLI::Error& error) {
        Error failure{.message = fmt::format("setting '{}' of {}: {}", value.setting->key, origin_name(value),
                                             error.what()),
                      .hint = "rpi-kit settings",
                      .kind = ErrorKind::usage};
        if (!value.where.file.empty()) failure.where = value.where;
        return fail(std::move(failure));
    }
    return {};
}

void note_typed(const CLI::Option& option, SettingValue& value) {
    value.origin = SettingOrigin::flag;
    value.text = option.get_type_size_max() == 0 ? (is_negative(*value.setting) ? "false" : "true")
                                                 : option.results().back();
}

}  // namespace

Result<> apply_settings(CLI::App& app, Settings& settings) {
    for (const auto& known : settings.all()) {
        auto& value = settings.at(known.setting->key);
        auto* option = option_of(app, *value.setting);
        if (option == nullptr || value.setting->key == "work") continue;
        if (option->count() > 0) {
            note_typed(*option, value);
        } else if (value.origin != SettingOrigin::fallback) {
            TRY(give(*option, value));
        }
    }
    for (auto* command : app.get_subcommands())
        TRY(apply_settings(*command, settings));
    return {};
}

void describe_settings(CLI::App& app) {
    for (const auto& setting : settings_table()) {
        if (auto* option = option_of(app, setting))
            option->description(fmt::format("{} [setting: {}]", option->get_description(), setting.key));
    }
    for (auto* command : app.get_subcommands([](CLI::App*) { return true; }))
        describe_settings(*command);
}

}  // namespace rpikit::cli
