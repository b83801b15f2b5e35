#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "sdk/host/host.hpp"

namespace rpikit::host {

/// What to fetch from the network, and how long to be patient.
struct DownloadRequest {
    std::string url;                         ///< http:, https: or file:
    std::filesystem::path file;              ///< appears whole or not at all; its folder is made
    std::string sha256 = {};                 ///< 64 hexadecimal digits that the content must have; empty: any
    std::chrono::seconds connect_limit{20};  ///< until the server answers at all
    std::chrono::seconds silence_limit{30};  ///< without a byte
};

/// Fetches a file; redirections are followed, the proxy is taken from the host's environment, Ctrl-C ends it.
/// The bytes are hashed as they pass. \param progress bytes; total 0 while the server has not said it
/// \returns the content's sha256
Result<std::string> download(const Host& host, const DownloadRequest& request, const Progress& progress = {});

}  // namespace rpikit::host
