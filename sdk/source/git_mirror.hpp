#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sdk/host/host.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::source {

/// The commits of one remote repository that were fetched, in a bare repository of the cache. Works through
/// the `git` program: without prompts, over known protocols alone, user's hooks and line-end settings without
/// effect.
class GitMirror {
  public:
    GitMirror(const host::Host& host, std::string url);

    /// The commit a branch is at now, 40 hexadecimal digits. Fails within ten seconds when nobody answers.
    Result<std::string> remote_head(const std::string& branch) const;

    bool has(const std::string& commit) const;

    /// Fetches one commit without its history. \param progress objects
    Result<> fetch(const std::string& commit, const host::Progress& progress) const;

    /// Writes the commit's files as a tar, through git's own `archive`. \param file may be a named pipe
    Result<> write_tar(const std::string& commit, const std::filesystem::path& file,
                       std::stop_token stop) const;

  private:
    host::Command command(std::vector<std::string> arguments) const;
    Result<> create() const;
    /// What a killed git left: its locks and half-fetched packs. The mirror's own lock must be held.
    void remove_leftovers() const;
    const host::Host* host_;
    std::string url_;
    std::filesystem::path folder_;
};

/// A SHA-1 or SHA-256 object name in full.
bool is_commit(const std::string& text);

}  // namespace rpikit::source
