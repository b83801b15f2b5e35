#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace rpikit::cli {

/// An option or argument as its page shows it.
struct OptionText {
    std::vector<std::string> names;  ///< {"-j", "--jobs"}; an argument: {"BOARD"}
    std::string value = {};          ///< what stands for its value: "FOLDER"; empty: a flag
    std::string description = {};
    std::string fallback = {};              ///< the default that the option itself knows
    std::vector<std::string> choices = {};  ///< all values that are allowed, when they are listed
    bool required = false;
    bool repeated = false;

    /// "-j, --jobs UINT"
    std::string heading() const;
};

/// Everything that is known of a command. Help, completion, manual and reference pages are made of the same
/// declarations: there is no second list to keep.
struct CommandPage {
    std::string name;   ///< "boot"
    std::string title;  ///< "rpi-kit usb boot"
    std::string summary;
    std::string examples;      ///< a command a line, indented
    std::string details = {};  ///< lines to be shown as they are
    bool hidden = false;       ///< not listed: for scripts of ours
    std::vector<OptionText> arguments = {};
    std::vector<OptionText> options = {};
    std::vector<CommandPage> commands = {};

    const CommandPage* find(std::string_view command) const;
    /// "rpi-kit boot [OPTIONS] BOARD"
    std::string usage() const;
};

/// The page of an application, with all its commands.
CommandPage page_of(const CLI::App& app);

/// The whole program's.
CommandPage program_page();

}  // namespace rpikit::cli
