#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/fake_linux.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

/// Everything a whole build of rpi4 needs, made here in a second and without the network: a fake kernel tree
/// that knows the board's symbols, a root file system, firmware files. Only the compiler and the host's tools
/// are the real ones.
class World {
  public:
    explicit World(FakeLinuxOptions kernel = {});

    /// `rpi-kit build rpi4 --profile tiny` from the parts above. \param work folder below this world; made if
    /// missing
    std::vector<std::string> build_command(const std::string& work,
                                           const std::vector<std::string>& more = {}) const;
    ProgramRun build(const std::string& work, const std::vector<std::string>& more = {},
                     ProgramOptions options = {}) const;

    std::filesystem::path image(const std::string& work) const;
    std::string image_hash(const std::string& work) const;

    /// Writes a shell script that goes by a program's name. \returns its folder, for ProgramOptions::stubs
    std::filesystem::path stub(const std::string& name, const std::string& commands) const;

    TempDir folder;
    std::filesystem::path kernel;
    std::string source;  ///< --source; at first `kernel` as it lies there
};

}  // namespace rpikit::test
