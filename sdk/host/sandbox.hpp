#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/host/host.hpp"

namespace rpikit::host {

/// A folder made visible inside the sandbox under another path.
struct Binding {
    std::filesystem::path outside;
    std::filesystem::path inside;
    bool writable = false;
};

/// Whether bubblewrap with user namespaces works here; when not, `reason` says why.
struct SandboxSupport {
    bool available = false;
    std::string reason = {};
};
SandboxSupport probe_sandbox(const Host& host);

/// Wraps a command so that it runs with the host read-only, no network, no capabilities even as root, its own
/// pids, /tmp and /run, and only the writable bindings to write to. `inside` paths lie under /mnt, which is
/// an empty file system there, so that what the compiler sees is the same wherever the work folder is; a
/// folder of the host's /tmp can be bound to its own path. command.directory is a path inside. On stop the
/// command gets its SIGTERM and the grace period like any other.
Command sandboxed(const Command& command, const std::vector<Binding>& bindings);

}  // namespace rpikit::host
