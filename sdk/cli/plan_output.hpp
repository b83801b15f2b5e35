#pragma once

#include <string>
#include <vector>

#include "sdk/cli/command.hpp"
#include "sdk/pipeline/plan.hpp"

namespace rpikit::cli {

/// A stage as --json tells of it.
struct StageTime {
    std::string name;
    bool ran = false;
    double seconds = 0;
};

/// The stages as a JSON array.
std::string stages_json(const std::vector<StageTime>& times);

/// Shows a run's stages on the screen, and notes their times.
pipeline::Observer plan_observer(const Context& context, std::vector<StageTime>& times);

/// Writes what each stage of a plan would do and why, running none. \param commands whether with the exact
/// commands of other programs
Result<int> show_plan(const Context& context, const pipeline::Plan& plan, bool commands);

}  // namespace rpikit::cli
