#include <CLI/CLI.hpp>
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "sdk/cli/command.hpp"
#include "sdk/host/file.hpp"
#include "tests/support/shown_commands.hpp"

namespace cli = rpikit::cli;
namespace test = rpikit::test;
namespace fs = std::filesystem;

namespace {

/// The words of a line up to where the shell would end the command, without quotes.
std::vector<std::string> words(const std::string& line) {
    std::vector<std::string> found;
    std::string word;
    bool started = false;
    char quote = '\0';
    for (const char c : line + ' ') {
        if (quote != '\0') {
            if (c == quote)
                quote = '\0';
            else
                word += c;
        } else if (c == '\'' || c == '"') {
            quote = c;
            started = true;
        } else if (c == ' ') {
            if (word == ">" || word == "|" || word == "||" || word == "&&") break;
            if (started || !word.empty()) found.push_back(word);
            word.clear();
            started = false;
        } else {
            word += c;
        }
    }
    return found;
}

/// What follows the program's name.
std::vector<std::string> arguments_of(const std::string& line) {
    const std::string name = "rpi-kit ";
    return words(line.substr(line.find(name) + name.size()));
}

/// The command line against the program's own table; nothing is run. Files that a page names need not be
/// here: a check for them is not what is wrong with a page.
std::string mistake(std::vector<std::string> arguments) {
    CLI::App app("", "rpi-kit");
    app.require_subcommand(1);
    app.fallthrough();
    app.set_version_flag("--version", "");
    std::string ignored;
    bool json = false;
    app.add_option("-C,--work", ignored);
    app.add_flag("--json", json);
    std::vector<cli::Runner> own_the_options;
    for (const auto& command : cli::commands())
        own_the_options.push_back(command.setup(*app.add_subcommand(std::string(command.name), "")));
    std::ranges::reverse(arguments);
    try {
        app.parse(arguments);
    } catch (const CLI::ValidationError& error) {
        return std::string(error.what()).contains("not exist") ? "" : error.what();
    } catch (const CLI::Success&) {
        return "";
    } catch (const CLI::ParseError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("every command that a page shows is one that the program takes") {
    std::set<std::string> commands;
    std::size_t lines = 0;
    for (const auto& page : test::pages(RPIKIT_SOURCE_DIR)) {
        for (const auto& shown : test::shown_commands(page)) {
            if (!shown.text.contains("rpi-kit ") || shown.text.contains("hello")) continue;
            INFO(page.filename() << ":" << shown.line << ": " << shown.text);
            const auto arguments = arguments_of(shown.text);
            CHECK(mistake(arguments).empty());
            if (!arguments.empty()) commands.insert(arguments.front());
            ++lines;
        }
    }
    CHECK(lines > 50);
    // Every command is shown somewhere.
    for (const auto& command : cli::commands()) {
        INFO(command.name);
        CHECK((command.hidden || commands.contains(std::string(command.name))));
    }
}

TEST_CASE("a command that a page shows wrongly is found") {
    CHECK(mistake(arguments_of("rpi-kit build rpi4 --source 'dir:my linux' | cat")).empty());
    CHECK_FALSE(mistake(arguments_of("rpi-kit build rpi4 --sauce distro")).empty());
    CHECK_FALSE(mistake(arguments_of("rpi-kit biuld rpi4")).empty());
    CHECK_FALSE(mistake(arguments_of("rpi-kit boot")).empty());
    CHECK_FALSE(mistake(arguments_of("rpi-kit build rpi4 -j none")).empty());
}

TEST_CASE("every page that a page points to is there") {
    const fs::path source = RPIKIT_SOURCE_DIR;
    for (const auto& page : test::pages(source)) {
        const auto text = rpikit::host::read_file(page, 1 << 20).value();
        for (auto at = text.find("]("); at != std::string::npos; at = text.find("](", at + 1)) {
            const auto target = text.substr(at + 2, text.find_first_of(")#", at + 2) - at - 2);
            if (target.empty() || target.contains("://") || target.find_first_of(" \n") != std::string::npos)
                continue;
            INFO(page.filename() << " points to " << target);
            CHECK(fs::exists(page.parent_path() / target));
        }
    }
}
