#include "sdk/cli/plan_output.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "sdk/cli/json_text.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

using nlohmann::ordered_json;

/// A command as it can be pasted into a shell, with its whole environment.
std::string shell_line(const host::Command& command) {
    std::string line;
    if (!command.directory.empty()) line = fmt::format("cd {} && ", shell_quote(command.directory.string()));
    if (!command.environment) return line + shell_quote(command.argv);
    std::vector<std::string> whole{"env", "-i"};
    std::ranges::move(command.environment->entries(), std::back_inserter(whole));
    whole.insert(whole.end(), command.argv.begin(), command.argv.end());
    return line + shell_quote(whole);
}

/// The plan as people read it: a line a stage, with its commands when asked.
std::string plan_text(const pipeline::Plan& plan, const std::vector<pipeline::Decision>& decisions,
                      bool commands) {
    std::string text;
    pipeline::Values values;
    for (std::size_t i = 0; i < decisions.size(); ++i) {
        const auto& stage = plan.stages()[i];
        const auto& decision = decisions[i];
        text += fmt::format("{:<10} {}{}\n", stage.name, decision.runs ? "runs: " : "", decision.reason);
        if (commands && decision.runs && stage.commands) {
            for (const auto& command : stage.commands(values)) {
                text += fmt::format("           $ {}\n", shell_line(command));
            }
        }
        pipeline::add_values(values, stage, decision.outcome);
    }
    return text;
}

std::string plan_json(const pipeline::Plan& plan, const std::vector<pipeline::Decision>& decisions) {
    ordered_json stages = ordered_json::array();
    for (std::size_t i = 0; i < decisions.size(); ++i) {
        const auto& stage = plan.stages()[i];
        ordered_json commands = ordered_json::array();
        if (stage.commands) {
            for (const auto& command : stage.commands({}))
                commands.push_back({{"argv", command.argv},
                                    {"environment", command.environment ? command.environment->entries()
                                                                        : std::vector<std::string>{}}});
        }
        stages.push_back({{"name", stage.name},
                          {"runs", decisions[i].runs},
                          {"reason", decisions[i].reason},
                          {"commands", commands}});
    }
    return json_text(ordered_json{{"stages", stages}});
}

}  // namespace

std::string stages_json(const std::vector<StageTime>& times) {
    ordered_json stages = ordered_json::array();
    for (const auto& stage : times)
        stages.push_back({{"name", stage.name}, {"ran", stage.ran}, {"seconds", stage.seconds}});
    return json_text(stages, -1);
}

pipeline::Observer plan_observer(const Context& context, std::vector<StageTime>& times) {
    auto& display = context.display;
    auto& clock = context.host.clock;
    auto start = std::make_shared<std::chrono::steady_clock::time_point>();
    return {
        .begin =
            [&display, &clock, start](std::size_t number, std::size_t count, const pipeline::Stage& stage) {
                *start = clock.now();
                display.begin(number, count, stage.title);
            },
        .progress = [&display](std::uint64_t done, std::uint64_t total) { display.progress(done, total); },
        .end =
            [&display, &clock, &times, start](const pipeline::Stage& stage,
                                              const pipeline::Decision& decision,
                                              const pipeline::Outcome& outcome) {
                const std::chrono::duration<double> seconds = clock.now() - *start;
                times.push_back({stage.name, decision.runs, seconds.count()});
                display.end(decision.runs ? outcome.summary : "up to date: " + outcome.summary);
            },
        .fail = [&display](const pipeline::Stage&) { display.fail(); }};
}

Result<int> show_plan(const Context& context, const pipeline::Plan& plan, bool commands) {
    TRY_ASSIGN(const auto decisions, plan.preview());
    context.out(context.json ? plan_json(plan, decisions) : plan_text(plan, decisions, commands));
    return 0;
}

}  // namespace rpikit::cli
