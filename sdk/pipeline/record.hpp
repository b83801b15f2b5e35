#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sdk/pipeline/stage.hpp"

namespace rpikit::pipeline {

/// How an output looked when its stage ended.
struct OutputStamp {
    std::filesystem::path path;
    std::uint64_t size = 0;
    std::int64_t modified = 0;  ///< nanoseconds since 1970
    bool operator==(const OutputStamp&) const = default;
};

/// What a stage left behind after it succeeded; its absence means that the stage has to run.
struct Record {
    Fingerprint inputs;
    Outcome outcome;
    std::vector<OutputStamp> stamps;
};

/// A missing, torn or foreign record is none: the stage just runs again.
std::optional<Record> load_record(const std::filesystem::path& file);
Result<> save_record(const std::filesystem::path& file, const Record& record);

/// The present state of an output; none when it is not there.
std::optional<OutputStamp> stamp_output(const std::filesystem::path& path);

}  // namespace rpikit::pipeline
