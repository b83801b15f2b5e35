#pragma once

#include <memory>
#include <string>

#include "sdk/kernel/build.hpp"
#include "tests/support/fake_linux.hpp"
#include "tests/support/test_host.hpp"

namespace rpikit::test {

/// A fake kernel tree, the host's own compiler and real processes: what a build of it needs.
class BuildFixture {
  public:
    explicit BuildFixture(const FakeLinuxOptions& options = {}, const std::string& folder = "work");

    /// defconfig, or what `settings` add to it ("CONFIG_HZ=300").
    kernel::Configuration configure(const std::string& settings = "", const std::string& base = "defconfig");

    std::filesystem::path staging() const { return work / "staging"; }
    std::string log() const;
    std::size_t count_invocations(const std::string& target) const;

    std::unique_ptr<host::ProcessRunner> processes = host::make_process_runner();
    TestHost host;
    std::filesystem::path work;
    kernel::BuildContext context;
};

/// Whether bubblewrap works here; tests of the sandbox are skipped otherwise.
bool sandbox_works(const host::Host& host);

}  // namespace rpikit::test
