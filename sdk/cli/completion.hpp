#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sdk/cli/command_page.hpp"

namespace rpikit::cli {

/// One word that could stand where the cursor is.
struct Candidate {
    std::string word;
    std::string description = {};
    bool operator==(const Candidate&) const = default;
};

/// What a shell may offer. Files are the shell's own business.
struct Completion {
    std::vector<Candidate> candidates = {};
    bool files = false;
    bool folders = false;
};

/// Names that are not in the command table. Called only when they are needed, for loading boards takes time.
struct KnownNames {
    std::function<std::vector<Candidate>()> boards;
    std::function<std::vector<Candidate>()> toolchains;
    /// \param board as typed before, perhaps empty
    std::function<std::vector<Candidate>(const std::string& board)> profiles;
    std::function<std::vector<Candidate>(const std::string& board)> sources;
};

/// Completes the last of `words`, which may be empty; the words before it are those behind the program's
/// name.
Completion complete(const CommandPage& program, std::span<const std::string> words, const KnownNames& names);

}  // namespace rpikit::cli
