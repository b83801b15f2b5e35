#include "tests/support/fake_process.hpp"

#include <algorithm>

namespace rpikit::test {

void FakeProcessRunner::answer(std::string word, host::Exit exit) {
    answer(std::move(word), [exit = std::move(exit)](const host::Command&) { return exit; });
}

Result<host::Exit> FakeProcessRunner::run(const host::Command& command, const host::RunOptions& options) {
    commands.push_back(command);
    const auto matches = [&](const auto& rule) {
        return std::filesystem::path(command.argv.front()).filename() == rule.first ||
               std::ranges::find(command.argv, rule.first) != command.argv.end();
    };
    const auto rule = std::ranges::find_if(rules_, matches);
    if (rule == rules_.end()) {
        return fail({.message = "no such program: " + command.argv.front()});
    }
    host::Exit exit = rule->second(command);
    if (options.on_output && !exit.output.empty()) options.on_output(exit.output);
    return exit;
}

std::optional<std::filesystem::path> FakeProcessRunner::find_program(const std::string& name,
                                                                     const host::Environment&) {
    const auto found = programs_.find(name);
    if (found == programs_.end()) return std::nullopt;
    return found->second;
}

}  // namespace rpikit::test
