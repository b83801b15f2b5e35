#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::source {

/// A kernel tree ready to be built from; never written to.
struct SourceTree {
    std::filesystem::path root;
    std::string
        identity;  ///< what the content is: sha256 of the archive, commit, or a scan of a dir, with patches
    std::string version;  ///< "6.12.117", from the tree's Makefile
    board::KernelSource source;
    std::string
        pin;  ///< what the lock says: "commit:...", "package:linux-source-6.12=6.12.117-1", "sha256:..."
    bool mutable_tree = false;  ///< a user's own folder: `identity` must be computed anew each time
};

/// One pinned source in rpi-kit.lock.
struct Pin {
    std::string board;
    std::string source;  ///< KernelSource::name
    std::string value;   ///< a git commit, a package "linux-source-6.12=6.12.117-1", an archive's name
    std::string sha256;  ///< of the archive or package; empty for git
    bool operator==(const Pin&) const = default;
};

/// rpi-kit.lock: TOML, sorted, written whole or not at all.
class Lock {
  public:
    static Result<Lock> load(const std::filesystem::path& file);  ///< a missing file is an empty lock
    Result<> save(const std::filesystem::path& file) const;
    std::optional<Pin> find(const std::string& board, const std::string& source) const;
    std::optional<std::string> chosen_source(const std::string& board) const;  ///< what "auto" took last time
    /// \param chosen whether its source is what "auto" takes from now on
    void set(Pin pin, bool chosen = true);
    void choose(const std::string& board, const std::string& source);

  private:
    std::vector<Pin> pins_;
    std::vector<std::pair<std::string, std::string>> chosen_;
};

struct Request {
    std::string wanted =
        "auto";  ///< a source's name, "auto", a provider with a value: "dir:PATH", "archive:FILE-OR-URL"
    bool offline = false;
    bool update = false;         ///< ignore the pin and take what is newest
    std::filesystem::path work;  ///< folder of rpi-kit.lock
};

/// What a request comes to, cheaply: no network, no unpacking. The store's tree when it is already there.
struct Resolution {
    board::KernelSource source;
    std::optional<Pin> pin;
    std::optional<SourceTree> ready;  ///< unset: `fetch` has to be run
};
Result<Resolution> resolve(const host::Host& host, const board::Board& board, const Request& request);

/// Makes the tree be there: tries the sources in order, says which was taken and why (host.note), downloads,
/// verifies, unpacks once into the store under a lock, applies the board's patches, pins it in the lock file.
Result<SourceTree> fetch(const host::Host& host, const board::Board& board, const Request& request,
                         const host::Progress& progress = {});

}  // namespace rpikit::source
