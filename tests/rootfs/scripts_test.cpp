#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "sdk/host/process.hpp"
#include "sdk/rootfs/system_files.hpp"
#include "sdk/support/text.hpp"
#include "tests/rootfs/fixtures.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;

namespace {

/// The first words of all commands of a shell script, roughly: good enough for scripts as plain as ours.
std::set<std::string> commands_of(const std::string& script) {
    const std::set<std::string> separators{"|", "||", "&&",    "then", "do", "else",
                                           "{", "if", "while", "exec", "*)"};
    std::set<std::string> commands;
    bool continued = false;
    for (const auto line : lines(script)) {
        const auto text = trim(line);
        bool expected = !continued;
        continued = text.ends_with('\\');
        // Comments, and the patterns of a case.
        if (text.starts_with('#') || (text.ends_with(')') && !text.contains('('))) continue;
        for (const auto word : split(text, ' ')) {
            if (separators.contains(std::string(word))) {
                expected = true;
            } else if (expected && word != "!" && !word.contains('=') && !word.ends_with(')')) {
                commands.emplace(word.substr(0, word.find(';')));
                expected = false;
            }
        }
        for (auto at = text.find("$("); at != std::string_view::npos; at = text.find("$(", at + 2)) {
            commands.emplace(text.substr(at + 2, text.find_first_of(" )", at + 2) - at - 2));
        }
    }
    return commands;
}

}  // namespace

TEST_CASE("the start scripts are valid shell", "[rootfs]") {
    test::TempDir folder;
    const auto runner = host::make_process_runner();
    for (const auto& script : rootfs::start_scripts(test::example_rootfs())) {
        INFO(script.path);
        CHECK(script.content.starts_with("#!/bin/sh\n"));
        const auto file = folder.write(script.path, script.content);
        const auto exit = runner->run({.argv = {"sh", "-n", file.string()}}, {});
        REQUIRE(exit);
        CHECK(exit->output.empty());
        CHECK(exit->success());
    }
}

TEST_CASE("what the start scripts run is asked of busybox", "[rootfs]") {
    std::set<std::string> known{"command", "printf", "umask",  "[",  ":",   "case", "done", "echo",
                                "esac",    "exit",   "export", "fi", "for", "kill", "read", "while",
                                ";;",      "}",      "''",     "",   ";",   "do",   "else", "then"};
    for (const auto name : rootfs::needed_applets())
        known.emplace(name);
    for (const auto name : rootfs::needed_network_applets())
        known.emplace(name);
    for (const auto& script : rootfs::start_scripts(test::example_rootfs())) {
        for (const auto& command : commands_of(script.content)) {
            INFO(script.path << " runs '" << command << "'");
            CHECK((known.contains(command) || command.starts_with("/etc/init.d/")));
        }
    }
}

TEST_CASE("inittab starts and stops with scripts that are there", "[rootfs]") {
    const auto rootfs = test::example_rootfs();
    std::set<std::string> scripts;
    for (const auto& script : rootfs::start_scripts(rootfs))
        scripts.insert('/' + script.path);
    int used = 0;
    for (const auto& file : rootfs::settings_files(rootfs)) {
        if (file.path != "etc/inittab") continue;
        for (const auto line : lines(file.content)) {
            const auto program = line.substr(line.rfind(':') + 1);
            if (!program.starts_with("/etc/init.d/")) continue;
            ++used;
            CHECK(scripts.contains(std::string(program.substr(0, program.find(' ')))));
        }
    }
    CHECK(used == 5);
}
