#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/host/environment.hpp"
#include "sdk/support/result.hpp"

namespace CLI {
class App;
}

/// What may be said once instead of with every command. An option goes before an environment variable, that
/// before the project's file, the user's file and the default.
namespace rpikit::cli {

enum class SettingType {
    text,
    number,
    yes_no,
    path,    ///< in a file relative to the file's folder
    paths,   ///< separated by colons; each as above
    source,  ///< as --source; the path in "dir:PATH" and "archive:PATH" as above
};

/// A row of the table of settings: loader, `rpi-kit settings`, --help and docs/reference read it.
struct Setting {
    std::string_view key;  ///< in a settings file
    SettingType type;
    std::string_view variable = {};  ///< of the environment
    std::string_view flag = {};      ///< "--jobs"; "--no-NAME" says no
    std::string_view command = {};   ///< the only one whose `flag` this is; empty: all that have it
    std::string_view fallback = {};  ///< default, as people read it
    std::string_view allowed = {};   ///< "auto|kvm|tcg"; empty: anything of the type
    std::int64_t minimum = 0;        ///< of a number
    std::int64_t maximum = 0;
    /// Decides which program runs, or where what runs is written: never taken from a file that came with a
    /// project.
    bool user_only = false;
    std::string_view doc = {};  ///< one sentence without its stop
};

std::span<const Setting> settings_table();

enum class SettingOrigin { fallback, user_file, project_file, variable, flag };

struct SettingValue {
    const Setting* setting = nullptr;
    std::string text = {};  ///< numbers in decimal, "true" or "false", paths absolute; empty: not set
    SettingOrigin origin = SettingOrigin::fallback;
    Location where = {};  ///< of a file's
};

/// "rpi-kit.toml:3:1", "RPI_KIT_JOBS", "--jobs", "default"
std::string origin_name(const SettingValue& value);

class Settings {
  public:
    Settings();

    std::span<const SettingValue> all() const { return values_; }
    const SettingValue& at(std::string_view key) const;
    SettingValue& at(std::string_view key);
    /// The value of a key, unless the default holds.
    std::optional<std::string> given(std::string_view key) const;
    std::vector<std::filesystem::path> files = {};  ///< those that were read

  private:
    std::vector<SettingValue> values_;
};

/// From where settings come; no file and no variable is read elsewhere.
struct SettingSources {
    const host::Environment& environment;
    std::filesystem::path working_directory;  ///< absolute
    std::string work = {};                    ///< --work as typed
};

/// The user's own files for all work folders: $XDG_CONFIG_HOME/rpi-kit, or ~/.config/rpi-kit; nothing without
/// a home.
std::optional<std::filesystem::path> user_config_folder(const host::Environment& environment);

/// settings.toml in it.
std::optional<std::filesystem::path> user_settings_file(const host::Environment& environment);

/// The nearest "rpi-kit.toml" of the work folder and those above it, up to one that has a .git or lies
/// directly in the home folder. Where neither is above the work folder, that alone is looked at: /tmp is
/// anybody's.
std::optional<std::filesystem::path> project_settings_file(const std::filesystem::path& work,
                                                           const host::Environment& environment);

/// Reads both files and the environment. All mistakes of a file are in one error; a project's file that has
/// what only a user may set is one, too.
Result<Settings> load_settings(const SettingSources& sources);

/// Gives each option of the parsed command that was not typed the value that was set for it, and notes what
/// was typed. \returns an error when an option does not take the value
Result<> apply_settings(CLI::App& app, Settings& settings);

/// Names the setting in the description of every option that has one.
void describe_settings(CLI::App& app);

}  // namespace rpikit::cli
