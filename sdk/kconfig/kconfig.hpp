#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sdk/host/host.hpp"
#include "sdk/kconfig/describe.hpp"
#include "sdk/kconfig/dot_config.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::kconfig {

class Calculator;

/// What becomes of a command before it is run: put into a sandbox, given another working directory.
using CommandWrapper = std::function<host::Command(host::Command)>;

/// A kernel's Kconfig files, read (Documentation/kbuild/kconfig-language.rst).
class Tree {
  public:
    /// \param root the source tree. \param environment ARCH, SRCARCH, CC, LD, KERNELVERSION ... as make sets
    /// them for Kconfig; the commands of $(shell,...) get it too. They run through host.processes, in `root`
    /// unless `wrap` changes that, and only when an explanation depends on what they say: `host` must outlive
    /// the tree. An error names file and line: syntax, recursive inclusion, a file that is missing,
    /// symbols that depend on each other in a circle
    static Result<Tree> load(const host::Host& host, const std::filesystem::path& root,
                             const host::Environment& environment, CommandWrapper wrap = {});
    Tree(Tree&&) noexcept;
    Tree& operator=(Tree&&) noexcept;
    ~Tree();

    /// The configuration that the kernel's own `make olddefconfig` makes of these lines: all that it would
    /// write, each symbol with its value. Of two lines for a symbol the later one wins; what cannot be a
    /// value of its symbol, and a symbol that is not there, are passed over. Runs the commands of
    /// $(shell,...) that have not run yet, except compilers' checks whose answer is in the cache. An error:
    /// one of them cannot be run, or a check of the tree fails ($(error-if,...))
    Result<DotConfig> complete(const std::vector<Assignment>& asked) const;

    /// Lines that many configurations of a tree begin with, read once. Must not outlive the tree.
    class Beginning {
      public:
        Beginning(Beginning&&) noexcept;
        Beginning& operator=(Beginning&&) noexcept;
        ~Beginning();

      private:
        friend class Tree;
        explicit Beginning(std::unique_ptr<const Calculator> calculator);
        std::unique_ptr<const Calculator> calculator_;
    };
    Beginning begin(const std::vector<Assignment>& asked) const;

    /// The same as `complete` of the beginning's lines and these after them.
    Result<DotConfig> complete(const Beginning& beginning, const std::vector<Assignment>& asked) const;

    bool defines(const std::string& symbol) const;
    std::vector<std::string> symbols() const;

    /// Whether the symbol is a string: only such a one has quotes in a .config.
    bool is_string(const std::string& symbol) const;

    /// The members of the choice that `symbol` belongs to; empty when it belongs to none.
    std::vector<std::string> choice_members(const std::string& symbol) const;

    /// For a symbol without a prompt that has the default `value` if another symbol is set (HZ is 300 if
    /// HZ_300): that other symbol, which is what has to be asked for.
    std::optional<std::string> decided_by(const std::string& symbol, const std::string& value) const;

    /// Why a symbol asked to be `wanted` has another value in `config`: one line a cause, the unmet
    /// dependency by name with its value and place, innermost cause last ("HID_SUPPORT is n
    /// (drivers/hid/Kconfig:7)"). For an unknown symbol: says so, with the near match.
    std::vector<std::string> explain(const std::string& symbol, const std::string& wanted,
                                     const DotConfig& config) const;

    /// What else has to be asked for so that `symbol` can be `wanted`, by the cheapest way; sorted, empty
    /// when nothing helps or nothing is needed.
    std::vector<Assignment> remedy(const std::string& symbol, const std::string& wanted,
                                   const DotConfig& config) const;

    /// All that has to be asked for so that `symbol` becomes `wanted` ("y", or "m", which of a bool means y),
    /// by the cheapest way: the symbol itself, too, when it has a prompt. Sorted; empty when it comes by
    /// itself. None when nothing gets there. \param refuse symbols that must not be asked for
    std::optional<std::vector<Assignment>> reach(
        const std::string& symbol, const std::string& wanted, const DotConfig& config,
        const std::function<bool(const std::string&)>& refuse = {}) const;

    /// What is known of a symbol and how it stands in `config`; none for one that is not defined.
    std::optional<Description> describe(const std::string& symbol, const DotConfig& config) const;

    /// Of symbols that are to get other values (symbol and value), those that nothing else among them can
    /// bring about, see independent_changes (influence.hpp).
    std::vector<std::string> independent(const std::map<std::string, std::string>& changes) const;

  private:
    struct Data;
    explicit Tree(std::unique_ptr<Data> data);
    Result<> check() const;
    std::unique_ptr<Data> data_;
};

}  // namespace rpikit::kconfig
