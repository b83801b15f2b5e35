#include "sdk/cli/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/board/document.hpp"
#include "sdk/board/schema.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace fs = std::filesystem;

namespace {

constexpr const char* project_file_name = "rpi-kit.toml";

board::Type file_type(SettingType type) {
    switch (type) {
        case SettingType::number:
            return board::Type::integer;
        case SettingType::yes_no:
            return board::Type::boolean;
        case SettingType::path:
            return board::Type::path;
        case SettingType::text:
        case SettingType::paths:
        case SettingType::source:
            break;
    }
    return board::Type::string;
}

const std::vector<board::Row>& file_rows() {
    static const auto rows = [] {
        std::vector<board::Row> list;
        for (const auto& setting : settings_table())
            list.push_back({.key = setting.key, .type = file_type(setting.type), .allowed = setting.allowed});
        return list;
    }();
    return rows;
}

std::string absolute(const fs::path& path, const fs::path& folder) {
    return (folder / path).lexically_normal().string();
}

/// A value as it is kept. \param folder what relative paths start at
std::string kept_form(const Setting& setting, const std::string& text, const fs::path& folder) {
    if (setting.type == SettingType::path) return absolute(text, folder);
    if (setting.type == SettingType::paths) {
        std::vector<std::string> kept;
        for (const auto path : split(text, ':'))
            if (!path.empty()) kept.push_back(absolute(path, folder));
        return join(kept, ":");
    }
    if (setting.type != SettingType::source) return text;
    for (const std::string_view prefix : {"dir:", "archive:"}) {
        if (text.starts_with(prefix) && !text.contains("://"))
            return std::string(prefix) + absolute(text.substr(prefix.size()), folder);
    }
    return text;
}

std::optional<std::string> number_complaint(const Setting& setting, std::int64_t number) {
    if (number >= setting.minimum && number <= setting.maximum) return std::nullopt;
    return fmt::format("'{}' must be from {} to {}, not {}", setting.key, setting.minimum, setting.maximum,
                       number);
}

std::string text_of(const board::Value& value) {
    if (const auto* number = value.integer()) return std::to_string(*number);
    if (const auto* yes = value.boolean()) return *yes ? "true" : "false";
    return *value.string();
}

Error not_for_projects(const Setting& setting, const Location& where, const host::Environment& environment) {
    const auto own = user_settings_file(environment);
    return {.message =
                fmt::format("a project cannot set '{}': it decides what runs on this machine", setting.key),
            .where = where,
            .hint = fmt::format("take the line out of it; your own file is {}",
                                own ? own->string() : "~/.config")};
}

/// Applies a file's values. \param project it came with a project
Result<> apply_file(Settings& settings, const fs::path& file, bool project,
                    const host::Environment& environment) {
    // A pipe would be waited for.
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) {
        return fail({.message = fmt::format("{} is no file of settings: not a regular file", file.string()),
                     .hint = "ls -ld " + shell_quote(file.string()),
                     .kind = ErrorKind::usage});
    }
    TRY_ASSIGN(const auto document, board::load_document(file));
    auto errors = board::validate(document, file_rows());
    std::string hint = "rpi-kit settings --help";
    for (const auto& member : document.table()->members) {
        const auto* setting = std::ranges::find(settings_table(), member.key, &Setting::key).base();
        if (setting == settings_table().data() + settings_table().size()) continue;
        if (project && setting->user_only) {
            errors.push_back(not_for_projects(*setting, member.where, environment));
            hint = errors.back().hint;
        }
        const auto* number = member.value.integer();
        if (number != nullptr && setting->type == SettingType::number) {
            if (auto complaint = number_complaint(*setting, *number); complaint && *number >= 0)
                errors.push_back({.message = *complaint, .where = member.value.where});
        }
    }
    if (!errors.empty()) {
        auto error = board::combine(std::move(errors), std::span(&file, 1));
        error.hint = std::move(hint);
        error.kind = ErrorKind::usage;
        return fail(std::move(error));
    }
    for (const auto& member : document.table()->members) {
        auto& value = settings.at(member.key);
        value.text = kept_form(*value.setting, text_of(member.value), file.parent_path());
        value.origin = project ? SettingOrigin::project_file : SettingOrigin::user_file;
        value.where = member.where;
    }
    settings.files.push_back(file);
    return {};
}

Error bad_variable(const Setting& setting, std::string_view text, std::string_view wanted) {
    return {.message = fmt::format("{}=\"{}\": {}", setting.variable, printable(text), wanted),
            .hint = fmt::format("unset {}", setting.variable),
            .kind = ErrorKind::usage};
}

Result<std::string> checked_variable(const Setting& setting, const std::string& text) {
    if (setting.type == SettingType::number) {
        const auto number = parse_number(text);
        if (!number || *number > INT64_MAX) return fail(bad_variable(setting, text, "a number is wanted"));
        if (const auto complaint = number_complaint(setting, static_cast<std::int64_t>(*number)))
            return fail(bad_variable(setting, text, *complaint));
    } else if (setting.type == SettingType::yes_no) {
        if (text == "1" || text == "true" || text == "yes") return "true";
        if (text == "0" || text == "false" || text == "no") return "false";
        return fail(bad_variable(setting, text, "true or false is wanted"));
    } else if (!setting.allowed.empty()) {
        const auto allowed = board::choices(setting.allowed);
        if (std::ranges::find(allowed, text) == allowed.end())
            return fail(bad_variable(setting, text, "one of " + join(allowed, ", ") + " is wanted"));
    }
    return text;
}

/// An empty variable says nothing.
Result<> apply_variable(SettingValue& value, const SettingSources& sources) {
    const auto& setting = *value.setting;
    const auto text =
        setting.variable.empty() ? std::nullopt : sources.environment.get(std::string(setting.variable));
    if (!text || text->empty()) return {};
    TRY_ASSIGN(const auto checked, checked_variable(setting, *text));
    value.text = kept_form(setting, checked, sources.working_directory);
    value.origin = SettingOrigin::variable;
    return {};
}

void apply_work_option(Settings& settings, const SettingSources& sources) {
    if (sources.work.empty()) return;
    auto& work = settings.at("work");
    work.text = absolute(sources.work, sources.working_directory);
    work.origin = SettingOrigin::flag;
}

}  // namespace

std::string origin_name(const SettingValue& value) {
    switch (value.origin) {
        case SettingOrigin::user_file:
        case SettingOrigin::project_file:
            return to_string(value.where);
        case SettingOrigin::variable:
            return std::string(value.setting->variable);
        case SettingOrigin::flag:
            return std::string(value.setting->flag);
        case SettingOrigin::fallback:
            break;
    }
    return "default";
}

Settings::Settings() {
    for (const auto& setting : settings_table())
        values_.push_back({.setting = &setting});
}

const SettingValue& Settings::at(std::string_view key) const {
    return *std::ranges::find(values_, key, [](const auto& value) { return value.setting->key; });
}

SettingValue& Settings::at(std::string_view key) {
    return *std::ranges::find(values_, key, [](const auto& value) { return value.setting->key; });
}

std::optional<std::string> Settings::given(std::string_view key) const {
    const auto& value = at(key);
    if (value.origin == SettingOrigin::fallback) return std::nullopt;
    return value.text;
}

std::optional<fs::path> user_config_folder(const host::Environment& environment) {
    const auto config = environment.get("XDG_CONFIG_HOME").value_or("");
    if (config.starts_with('/')) return fs::path(config) / "rpi-kit";
    const auto home = environment.get("HOME").value_or("");
    if (home.starts_with('/')) return fs::path(home) / ".config" / "rpi-kit";
    return std::nullopt;
}

std::optional<fs::path> user_settings_file(const host::Environment& environment) {
    const auto folder = user_config_folder(environment);
    if (!folder) return std::nullopt;
    return *folder / "settings.toml";
}

std::optional<fs::path> project_settings_file(const fs::path& work, const host::Environment& environment) {
    std::error_code ignored;
    const fs::path home = environment.get("HOME").value_or("");
    std::optional<fs::path> nearest;
    if (fs::exists(work / project_file_name, ignored)) return work / project_file_name;
    for (auto folder = work; folder.has_relative_path(); folder = folder.parent_path()) {
        if (!home.empty() && folder == home) return nearest;
        if (!nearest && fs::exists(folder / project_file_name, ignored)) nearest = folder / project_file_name;
        if (fs::exists(folder / ".git", ignored)) return nearest;
    }
    return std::nullopt;
}

Result<Settings> load_settings(const SettingSources& sources) {
    Settings settings;
    std::error_code ignored;
    if (const auto own = user_settings_file(sources.environment); own && fs::exists(*own, ignored))
        TRY(apply_file(settings, *own, false, sources.environment));
    // The work folder says where the project's file is, so it is known before that is read.
    auto& work = settings.at("work");
    TRY(apply_variable(work, sources));
    apply_work_option(settings, sources);
    if (work.text.empty()) work.text = sources.working_directory.lexically_normal().string();
    auto folder = fs::path(work.text);
    if (!folder.has_filename()) folder = folder.parent_path();
    work.text = folder.string();
    if (const auto file = project_settings_file(folder, sources.environment))
        TRY(apply_file(settings, *file, true, sources.environment));
    for (const auto& value : settings.all()) {
        if (value.setting->key != "work") TRY(apply_variable(settings.at(value.setting->key), sources));
    }
    return settings;
}

}  // namespace rpikit::cli
