#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/host/host.hpp"
#include "sdk/host/lock_file.hpp"

namespace rpikit::host {

/// A private place for apt's state, lists and caches, so that it works without root and leaves the system
/// untouched. Signatures are checked with the host's keys as always.
class AptRoot {
  public:
    /// Makes cache/apt/<architecture> and writes its configuration, derived from the host's.
    static Result<AptRoot> open(const Host& host, const std::string& architecture);

    /// Waits until no other run works in this place.
    Result<LockFile> lock() const;

    /// Whether there is an index at all of the sources as they are now.
    bool has_index() const;
    /// Whether the index is missing or older than a day.
    bool is_stale() const;

    /// Fetches the index (apt-get update). A mirror that lacks the suites added by us is used without them;
    /// if the mirror cannot be reached, an index from before is used with a warning.
    Result<> refresh();

    /// A command on this place: apt-get or apt-cache with all its options.
    Command command(const std::string& tool, const std::vector<std::string>& arguments) const;

    /// Runs such a command; apt's own error lines become the causes of a failure.
    Result<Exit> run(const Command& command, const RunOptions& options) const;

    const std::filesystem::path& folder() const { return folder_; }
    std::filesystem::path sources_file() const { return folder_ / "etc/apt.sources"; }
    std::filesystem::path lists() const { return folder_ / "lists"; }

  private:
    AptRoot(const Host& host, std::filesystem::path folder) : host_(&host), folder_(std::move(folder)) {}
    Result<> configure(const std::string& architecture);
    Result<Exit> update(const std::string& sources) const;

    const Host* host_;
    std::filesystem::path folder_;
    std::string own_sources_;   ///< the distribution's entries of the host
    std::string more_sources_;  ///< suites and components added by us
};

/// The codename of the Debian release we run on, from os-release(5): "bookworm".
Result<std::string> release_codename();

}  // namespace rpikit::host
