#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sdk/devices/derivation.hpp"
#include "sdk/devices/requests.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

namespace rpikit::test {

/// A kernel tree of a few files for arm64, with drivers of all the kinds that the index knows.
class DriverTree {
  public:
    DriverTree();

    void write(std::string_view name, std::string_view text) const { folder.write(name, text); }
    Result<devices::Index> build() const;
    devices::Index index() const;
    Result<kconfig::Tree> kconfig();
    /// A source tree as the source room describes it.
    source::SourceTree source() const;

    FakeProcessRunner processes;
    TestHost host{processes};
    TempDir folder;

  private:
    host::Environment environment_;
};

/// A device tree compiled from text; throws when it does not compile.
std::string compile_device_tree(std::string_view text);

/// Its nodes; throws when it is no device tree.
devices::DeviceTree read_nodes(std::string_view text);

/// The sources of some drivers, in their order.
std::vector<std::string> sources(const std::vector<devices::Driver>& drivers);

/// The row of a node; throws when there is none.
const devices::DerivedNode& row_of(const devices::Derivation& derivation, std::string_view path);

}  // namespace rpikit::test
