#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sdk/archive/archive.hpp"
#include "sdk/host/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

/// The folder that a variable names, as tests/run sets it; skips the test when there is none.
std::filesystem::path folder_from(const char* variable, const char* what);

/// What the boards read as their kernel: several transfers long, the last one short.
std::string guest_kernel_image();

/// A QEMU guest with Debian's stock kernel: rpi-kit and busybox, the emulated boards (guest/boards.cpp), what
/// they are served, and modules of the kernel's.
class UsbGuest {
  public:
    /// \param init a file of guest/, the guest's first program \param modules what it loads, dependencies
    /// left out
    UsbGuest(const std::string& init, const std::vector<std::string>& modules);

    void add_text(const std::string& path, std::string text);
    void add(const std::string& path, const std::filesystem::path& file, std::uint32_t mode = 0644);
    void add_folder(const std::string& path, const std::filesystem::path& folder);
    /// With the libraries that it is linked with, where its loader looks for them.
    void add_program(const std::string& path, const std::filesystem::path& file);
    /// Skips the test when it is not installed.
    static std::filesystem::path program(const std::string& name);
    static std::filesystem::path sources();

    /// Boots it under software emulation. \returns what its console said
    std::string run();

  private:
    std::filesystem::path stripped(const std::filesystem::path& file) const;
    std::string output_of(const std::vector<std::string>& argv) const;
    std::filesystem::path module_file(const std::string& name) const;
    /// The module behind all that it needs.
    void add_module(const std::string& name);

    TempDir directory_;
    std::unique_ptr<host::ProcessRunner> runner_ = host::make_process_runner();
    std::filesystem::path kernel_;
    archive::FileTree tree_;
    std::set<std::string> libraries_;
    std::vector<std::string> modules_;  ///< in the order in which they are loaded
};

}  // namespace rpikit::test
