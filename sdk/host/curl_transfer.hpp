#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "sdk/host/environment.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::host {

/// A handle of libcurl's "easy" interface, set up for one address: which protocols and redirections are
/// allowed, whose proxy is taken, how long it waits.
class CurlTransfer {
  public:
    static Result<CurlTransfer> make(const Environment& environment, const std::string& url,
                                     std::chrono::seconds connect_limit, std::chrono::seconds silence_limit);

    void* get() const { return curl_.get(); }  ///< a CURL*

    /// What went wrong, with what to do about it. \param code a CURLcode
    Error error(int code) const;

  private:
    explicit CurlTransfer(std::string url);
    struct Cleanup {
        void operator()(void* curl) const;
    };
    std::string url_;
    std::unique_ptr<std::vector<char>> text_;  ///< libcurl writes its words here
    std::unique_ptr<void, Cleanup> curl_;
};

}  // namespace rpikit::host
