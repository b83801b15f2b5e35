#pragma once

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sdk/host/process.hpp"
#include "sdk/source/source.hpp"
#include "tests/support/test_host.hpp"

namespace rpikit::test {

/// Writes a kernel tree in miniature below `folder`. \param sublevel the third part of its version
void write_kernel_tree(const std::filesystem::path& folder, int sublevel = 1);

/// Runs a program to prepare a test; the test fails when it does. Returns what it said.
std::string run(const std::vector<std::string>& argv, const std::filesystem::path& folder = {});

/// A host with the real programs, a work folder of its own, and a board to which tests add sources. Its paths
/// hold a blank and letters beyond ASCII.
class SourceFixture {
  public:
    explicit SourceFixture(
        host::Environment environment = host::Environment::of_this_process().only({"PATH"}));

    /// A tar of a kernel tree in miniature, its top folder "linux".
    std::filesystem::path make_archive(int sublevel = 1) const;
    board::KernelSource archive_source(const std::filesystem::path& archive, const std::string& sha256) const;

    source::Request request(const std::string& wanted = "auto") const {
        return {.wanted = wanted, .work = work};
    }
    Result<source::SourceTree> fetch(const source::Request& request);
    Result<source::Resolution> resolve(const source::Request& request);

    /// Names in the store of trees: entries and whatever else lies there, locks and descriptions left out.
    std::vector<std::string> stored() const;
    bool noted(const std::string& text) const;
    void empty_cache();

  private:
    std::unique_ptr<host::ProcessRunner> processes_ = host::make_process_runner();

  public:
    TestHost host;
    std::filesystem::path work;
    board::Board board;
};

/// Runs `body` in a child process, which ends with 0 if it returns true. Returns waitpid's status.
int in_child(const std::function<bool()>& body);

}  // namespace rpikit::test
