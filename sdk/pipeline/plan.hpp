#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/pipeline/record.hpp"
#include "sdk/pipeline/stage.hpp"

namespace rpikit::pipeline {

/// What is to be done about one stage, and why.
struct Decision {
    bool runs = false;
    std::string reason = {};  ///< "not finished before", "changed: fragments", "up to date"
    Outcome outcome = {};     ///< what is known already, when it does not run
};

/// What the screen hears from a run; every function is called, none may be empty.
struct Observer {
    std::function<void(std::size_t number, std::size_t count, const Stage& stage)> begin;
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;
    std::function<void(const Stage& stage, const Decision& decision, const Outcome& outcome)> end;
    std::function<void(const Stage& stage)> fail;
};

/// The stages of one build in order. Building, --dry-run and --explain all read this one list.
class Plan {
  public:
    /// \param state folder of the records, one file a stage
    Plan(std::vector<Stage> stages, std::filesystem::path state)
        : stages_(std::move(stages)), state_(std::move(state)) {}

    const std::vector<Stage>& stages() const { return stages_; }

    /// Whether a stage has to run, given what earlier stages found.
    Result<Decision> decide(const Stage& stage, const Values& values) const;

    /// All decisions without running anything. A stage behind one that runs is decided by that: its inputs
    /// are not known.
    Result<std::vector<Decision>> preview() const;

    /// Runs what has to run. A stage's record is removed before it starts and written after it succeeded, so
    /// a run that is killed leaves a stage that runs again. \returns the values of all stages
    Result<Values> run(const host::Host& host, const Observer& observer) const;

  private:
    std::filesystem::path record_file(const Stage& stage) const { return state_ / (stage.name + ".json"); }
    Result<Outcome> run_stage(const host::Host& host, const Stage& stage, const Values& values,
                              const host::Progress& progress) const;

    std::vector<Stage> stages_;
    std::filesystem::path state_;
};

/// Adds a stage's values under its name.
void add_values(Values& values, const Stage& stage, const Outcome& outcome);

}  // namespace rpikit::pipeline
