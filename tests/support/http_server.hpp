#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpikit::test {

/// How the server answers for one path, when it is not to answer well.
struct HttpFault {
    std::optional<int> status = {};  ///< this status with a short text instead of the file
    std::optional<std::uint64_t> truncate_at =
        {};                     ///< close after so many bytes of the body, with the full length announced
    bool corrupt = false;       ///< the last byte of the body is another one
    bool no_length = false;     ///< no Content-Length: the end is where the connection closes
    std::string location = {};  ///< 302 to this address
    std::chrono::milliseconds delay{0};        ///< before the first byte
    std::chrono::milliseconds piece_delay{0};  ///< after each 64 KiB
};

/// A file server on a free port of 127.0.0.1, GET and HEAD, for as long as the object lives. The query of an
/// address is left out, so that git's dumb protocol works on a repository with `git update-server-info`.
class HttpServer {
  public:
    explicit HttpServer(std::filesystem::path root);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// "http://127.0.0.1:PORT" + path; `path` begins with a slash.
    std::string url(std::string_view path = "/") const;

    void set_fault(std::string path, HttpFault fault);
    void clear_faults();

    /// The paths asked for so far, in order.
    std::vector<std::string> requests() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace rpikit::test
