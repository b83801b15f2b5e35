#pragma once

#include <string>
#include <vector>

#include "sdk/host/host.hpp"
#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

/// A clock that stands still until it is told otherwise.
class FakeClock final : public host::Clock {
  public:
    std::chrono::steady_clock::time_point now() override { return time_; }
    void advance(std::chrono::milliseconds by) { time_ += by; }

  private:
    std::chrono::steady_clock::time_point time_{};
};

/// A Host with a cache of its own that records its notes and warnings.
class TestHost {
  public:
    explicit TestHost(host::ProcessRunner& processes, host::Environment environment = {})
        : environment_(std::move(environment)),
          host_{.processes = processes,
                .clock = clock,
                .environment = environment_,
                .cache = directory.path() / "cache",
                .stop = {},
                .note = [this](std::string_view line) { notes.emplace_back(line); },
                .warn = [this](std::string_view line) { warnings.emplace_back(line); }} {}
    TestHost(const TestHost&) = delete;
    TestHost& operator=(const TestHost&) = delete;

    host::Host& host() { return host_; }

    TempDir directory;
    FakeClock clock;
    std::vector<std::string> notes;
    std::vector<std::string> warnings;

  private:
    host::Environment environment_;
    host::Host host_;
};

}  // namespace rpikit::test
