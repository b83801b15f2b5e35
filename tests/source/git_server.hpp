#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace rpikit::test {

/// `git daemon` serving the repositories below a folder on the loopback device.
class GitServer {
  public:
    explicit GitServer(const std::filesystem::path& base);
    GitServer(const GitServer&) = delete;
    GitServer& operator=(const GitServer&) = delete;
    ~GitServer() { stop(); }

    void stop();
    std::string url(const std::string& name) const;

  private:
    int port_;
    pid_t child_ = -1;
};

}  // namespace rpikit::test
