#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "flasher/device/refusal.hpp"

namespace rpikit::device {

/// What a path given by a user means: a disk, or why it is none that can be written.
struct Target {
    std::filesystem::path given;
    dev_t number = 0;          ///< of the disk or partition it leads to, by any chain of links; 0: none
    std::optional<Disk> disk;  ///< the disk that it is, or is a partition of
    std::vector<Refusal> refusals;
};

/// Finds out what a path is and applies every rule to what it leads to.
Target examine(const Machine& machine, const std::filesystem::path& path, const Purpose& purpose);

/// The same for reading the disk into the file `output`.
Target examine_for_reading(const Machine& machine, const std::filesystem::path& path,
                           const std::filesystem::path& output);

/// The same for a device that is known by its number alone: one that is open already.
Target examine(const Machine& machine, const std::filesystem::path& given, dev_t number,
               const Purpose& purpose);

}  // namespace rpikit::device
