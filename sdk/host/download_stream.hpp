#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "sdk/host/host.hpp"

namespace rpikit::host {

/// A download whose bytes are pulled as they are wanted, and that is never stored. Redirections are followed,
/// the proxy is taken from the host's environment, Ctrl-C ends it; no waiting for whoever pulls counts as
/// silence of the server.
class DownloadStream {
  public:
    /// Returns when the server has sent its first bytes. \param url http:, https: or file: \param host must
    /// outlive the stream
    static Result<DownloadStream> open(const Host& host, const std::string& url,
                                       std::chrono::seconds connect_limit = std::chrono::seconds{20},
                                       std::chrono::seconds silence_limit = std::chrono::seconds{30});
    DownloadStream(DownloadStream&&) noexcept;
    DownloadStream& operator=(DownloadStream&&) noexcept;
    ~DownloadStream();

    /// Bytes, as the server says; nothing where it does not.
    std::optional<std::uint64_t> size_bytes() const;

    /// The next bytes, valid until the next call; empty at the end. A connection that breaks before is an
    /// error.
    Result<std::span<const std::byte>> next();

  private:
    struct State;
    explicit DownloadStream(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace rpikit::host
