#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sdk/cli/command.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/cli/settings.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

/// What holds, as people read it: the default in words where there is no value.
std::string shown(const SettingValue& value) {
    return value.text.empty() ? std::string(value.setting->fallback) : printable(value.text);
}

std::string settings_text(const Settings& settings) {
    std::string text;
    for (const auto& value : settings.all())
        text +=
            fmt::format("{:<14} {}  ({})\n", value.setting->key, shown(value), printable(origin_name(value)));
    return text;
}

nlohmann::ordered_json origin_json(const SettingValue& value) {
    switch (value.origin) {
        case SettingOrigin::user_file:
        case SettingOrigin::project_file:
            return {{"kind", value.origin == SettingOrigin::user_file ? "user" : "project"},
                    {"file", value.where.file.string()},
                    {"line", value.where.line}};
        case SettingOrigin::variable:
            return {{"kind", "environment"}, {"variable", value.setting->variable}};
        case SettingOrigin::flag:
            return {{"kind", "option"}, {"option", value.setting->flag}};
        case SettingOrigin::fallback:
            break;
    }
    return {{"kind", "default"}};
}

nlohmann::ordered_json value_json(const SettingValue& value) {
    if (value.text.empty()) return nullptr;
    if (value.setting->type == SettingType::yes_no) return value.text == "true";
    if (value.setting->type == SettingType::number) return parse_number(value.text).value_or(0);
    return value.text;
}

std::string settings_json(const Settings& settings) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const auto& value : settings.all()) {
        rows.push_back({{"name", value.setting->key},
                        {"value", value_json(value)},
                        {"default", value.setting->fallback},
                        {"user_only", value.setting->user_only},
                        {"origin", origin_json(value)}});
    }
    return json_text(nlohmann::ordered_json{{"settings", rows}});
}

/// The table, below --help.
std::string table_text() {
    std::string text =
        "Files: rpi-kit.toml of the project, settings.toml of the user, as KEY = VALUE. That one is in\n"
        "$XDG_CONFIG_HOME/rpi-kit (without the variable ~/.config/rpi-kit), where the user's boards/ is, "
        "too.\n"
        "Those with a star cannot be set by a project.\n\n";
    for (const auto& setting : settings_table())
        text += fmt::format("  {:<14}{} {:<22} {}\n", setting.key, setting.user_only ? '*' : ' ',
                            setting.variable, setting.doc);
    return text;
}

}  // namespace

Command settings_command() {
    return {
        .name = "settings",
        .summary = "Show every setting, its value, and where that comes from",
        .examples =
            "  rpi-kit settings\n"
            "  rpi-kit settings --json\n"
            "  RPI_KIT_JOBS=4 rpi-kit settings",
        .setup = [](CLI::App&) -> Runner {
            return [](const Context& context) -> Result<int> {
                context.out(context.json ? settings_json(context.settings) : settings_text(context.settings));
                return 0;
            };
        },
        .details = table_text()};
}

}  // namespace rpikit::cli
