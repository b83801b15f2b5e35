#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "sdk/host/host.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::source {

/// A kernel tree in the store.
struct StoredTree {
    std::filesystem::path root;
    std::string version;
};

/// Kernel trees in the cache, each under a key that says what its content is; nobody may write to them. A
/// small file beside each tree, written last, says that it is whole and which version it is.
class Store {
  public:
    explicit Store(const host::Host& host);

    /// The tree of that key when it is there; a few system calls.
    std::optional<StoredTree> find(const std::string& key) const;

    /// Puts a tree into a folder that exists and is empty.
    using Fill = std::function<Result<>(const std::filesystem::path& folder)>;

    /// The tree of that key, made by `fill` when it is not there. Others that ask for the same key meanwhile
    /// wait and share it. A run killed in the middle leaves a temporary folder, which the next one removes.
    Result<StoredTree> add(const std::string& key, const Fill& fill) const;

  private:
    std::filesystem::path description(const std::string& key) const;
    /// The caller holds the key's lock.
    Result<> publish(const std::string& key, const Fill& fill) const;
    const host::Host* host_;
    std::filesystem::path folder_;
};

}  // namespace rpikit::source
