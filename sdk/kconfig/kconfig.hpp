#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sdk/host/host.hpp"
#include "sdk/kconfig/dot_config.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::kconfig {

/// A kernel's Kconfig files, read (Documentation/kbuild/kconfig-language.rst).
class Tree {
  public:
    /// \param root the source tree. \param environment ARCH, SRCARCH, CC, LD, KERNELVERSION ... as make sets
    /// them for Kconfig; $(shell,...) and its kin run through host.processes in `root`
    static Result<Tree> load(const host::Host& host, const std::filesystem::path& root,
                             const host::Environment& environment);
    Tree(Tree&&) noexcept;
    Tree& operator=(Tree&&) noexcept;
    ~Tree();

    bool defines(const std::string& symbol) const;
    std::vector<std::string> symbols() const;

    /// Why a symbol asked to be `wanted` has another value in `config`: one line a cause, the unmet
    /// dependency by name with its value and place, innermost cause last ("HID_SUPPORT is n
    /// (drivers/hid/Kconfig:7)"). For an unknown symbol: says so, with the near match.
    std::vector<std::string> explain(const std::string& symbol, const std::string& wanted,
                                     const DotConfig& config) const;

  private:
    struct Data;
    explicit Tree(std::unique_ptr<Data> data);
    std::unique_ptr<Data> data_;
};

}  // namespace rpikit::kconfig
