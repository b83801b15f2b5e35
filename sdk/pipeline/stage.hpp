#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sdk/host/host.hpp"
#include "sdk/support/fingerprint.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::pipeline {

/// What earlier stages found out, named "stage.key": "source.version", "configure.sha256".
using Values = std::map<std::string, std::string>;

/// What a stage gives back.
struct Outcome {
    std::string summary = {};                         ///< behind the stage's time: "6.12.117, 327 modules"
    std::map<std::string, std::string> values = {};   ///< for later stages, without the stage's name
    std::vector<std::filesystem::path> outputs = {};  ///< files that must stay as they are to be up to date
};

/// What `Stage::ready` found.
struct Readiness {
    std::optional<Outcome> outcome = {};  ///< unset: the stage has to run
    std::string reason = "not there yet";
};

/// One step from descriptor to image. It is up to date in one of two ways: `ready` finds its outcome lying
/// there already (toolchain, source), or the fingerprint of its inputs equals the recorded one and its
/// outputs are untouched.
struct Stage {
    std::string name;   ///< "configure"
    std::string title;  ///< "configure the kernel"

    bool checks_only = false;  ///< later stages do not depend on it

    /// The outcome if nothing has to be done, none if `run` has to; cheap, without network.
    std::function<Result<Readiness>(const Values&)> ready = {};
    /// What the result depends on, given the values of all earlier stages.
    std::function<Result<Fingerprint>(const Values&)> inputs = {};
    /// The commands of other programs that `run` would start, to be shown.
    std::function<std::vector<host::Command>(const Values&)> commands = {};
    std::function<Result<Outcome>(const Values&, const host::Progress&)> run;
};

}  // namespace rpikit::pipeline
