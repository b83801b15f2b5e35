#pragma once

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "sdk/devices/index.hpp"
#include "sdk/kconfig/kconfig.hpp"
#include "sdk/kernel/planned_configuration.hpp"
#include "tests/support/test_host.hpp"

namespace rpikit::test {

/// The kernel tree that RPIKIT_TEST_KERNEL names (read only), for arm64, with its own Kconfig and device
/// trees.
class RealKernel {
  public:
    /// Skips the test when there is no tree or no compiler.
    RealKernel();

    const devices::Index& index() const { return *index_; }
    double index_seconds() const { return index_seconds_; }
    double index_cpu_seconds() const { return index_cpu_seconds_; }
    /// The .config of `base` with settings; throws when one of them does not take, with what Kconfig says of
    /// it.
    kconfig::DotConfig configure(const std::string& base, const std::vector<std::string>& settings);
    /// All that any Kconfig file of the tree defines.
    std::set<std::string> symbols_of_all_architectures() const;
    Result<kernel::PlannedConfiguration> plan(const std::string& base,
                                              const std::vector<std::string>& settings);
    /// The compiled device tree "broadcom/bcm2711-rpi-4-b".
    std::string device_tree(const std::string& name);

  private:
    std::unique_ptr<host::ProcessRunner> processes_ = host::make_process_runner();
    TestHost host_{*processes_, host::Environment::of_this_process()};
    kernel::BuildContext context_;
    std::optional<devices::Index> index_;
    double index_seconds_ = 0;
    double index_cpu_seconds_ = 0;
};

/// One for all tests, so that the index and the kernel's conf are made once.
RealKernel& real_kernel();

}  // namespace rpikit::test
