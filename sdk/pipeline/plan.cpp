#include "sdk/pipeline/plan.hpp"

#include <fmt/format.h>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::pipeline {

namespace {

/// The first output that is not as its stage left it.
std::optional<std::string> disturbed_output(const Record& record) {
    for (const auto& stamp : record.stamps) {
        const auto now = stamp_output(stamp.path);
        if (!now) return fmt::format("{} is missing", stamp.path.string());
        if (*now != stamp) return fmt::format("{} was changed by something else", stamp.path.string());
    }
    return std::nullopt;
}

Error interrupted(const Stage& stage) {
    return {.message = fmt::format("interrupted at '{}'", stage.title),
            .hint = "run the same command again, it goes on from here",
            .kind = ErrorKind::interrupted};
}

/// Tools tell a full disk in many ways, some not at all; the file system itself is asked.
Error with_disk_state(Error error, const std::filesystem::path& folder) {
    constexpr std::uintmax_t nearly_nothing = 256 << 10;
    std::error_code ignored;
    const auto space = std::filesystem::space(folder, ignored);
    if (!ignored && space.available < nearly_nothing) {
        error.causes.push_back(fmt::format("No space left on device: {} free where {} lies",
                                           format_size(space.available), folder.string()));
    }
    return error;
}

}  // namespace

void add_values(Values& values, const Stage& stage, const Outcome& outcome) {
    for (const auto& [key, value] : outcome.values)
        values[stage.name + '.' + key] = value;
}

Result<Decision> Plan::decide(const Stage& stage, const Values& values) const {
    if (stage.ready) {
        TRY_ASSIGN(auto found, stage.ready(values));
        if (found.outcome) return Decision{.reason = "up to date", .outcome = *std::move(found.outcome)};
        return Decision{.runs = true, .reason = std::move(found.reason)};
    }
    TRY_ASSIGN(const auto inputs, stage.inputs(values));
    auto record = load_record(record_file(stage));
    if (!record) return Decision{.runs = true, .reason = "not finished before"};
    if (inputs.digest() != record->inputs.digest()) {
        return Decision{.runs = true,
                        .reason = "changed: " + join(inputs.changed_since(record->inputs), ", ")};
    }
    if (auto disturbed = disturbed_output(*record)) {
        return Decision{.runs = true, .reason = std::move(*disturbed)};
    }
    return Decision{.reason = "up to date", .outcome = std::move(record->outcome)};
}

Result<std::vector<Decision>> Plan::preview() const {
    std::vector<Decision> decisions;
    Values values;
    std::string first_to_run;
    for (const auto& stage : stages_) {
        if (!first_to_run.empty() && !stage.ready) {
            decisions.push_back({.runs = true, .reason = fmt::format("follows '{}'", first_to_run)});
            continue;
        }
        TRY_ASSIGN(auto decision, decide(stage, values));
        if (decision.runs && first_to_run.empty() && !stage.checks_only) first_to_run = stage.name;
        add_values(values, stage, decision.outcome);
        decisions.push_back(std::move(decision));
    }
    return decisions;
}

Result<Outcome> Plan::run_stage(const host::Host& host, const Stage& stage, const Values& values,
                                const host::Progress& progress) const {
    const auto file = record_file(stage);
    TRY(host::remove_tree(file));
    // Taken before the run: an input that changes meanwhile makes the next run start the stage again.
    Record record;
    if (stage.inputs) {
        TRY_ASSIGN(record.inputs, stage.inputs(values));
    }
    TRY_ASSIGN(record.outcome, stage.run(values, progress));
    if (host.stop.stop_requested()) return fail(interrupted(stage));
    for (const auto& output : record.outcome.outputs) {
        const auto stamp = stamp_output(output);
        if (!stamp) {
            return fail({.message = fmt::format("'{}' ended without {}", stage.title, output.string())});
        }
        record.stamps.push_back(*stamp);
    }
    if (stage.inputs) TRY(save_record(file, record));
    return record.outcome;
}

Result<Values> Plan::run(const host::Host& host, const Observer& observer) const {
    TRY(host::make_directories(state_));
    Values values;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
        const auto& stage = stages_[i];
        if (host.stop.stop_requested()) return fail(interrupted(stage));
        TRY_ASSIGN(auto decision, decide(stage, values));
        observer.begin(i + 1, stages_.size(), stage);
        auto outcome = decision.runs ? run_stage(host, stage, values, observer.progress)
                                     : Result<Outcome>(decision.outcome);
        if (!outcome) {
            observer.fail(stage);
            if (host.stop.stop_requested()) return fail(interrupted(stage));
            return fail(with_disk_state(std::move(outcome).error(), state_));
        }
        observer.end(stage, decision, *outcome);
        add_values(values, stage, *outcome);
    }
    return values;
}

}  // namespace rpikit::pipeline
