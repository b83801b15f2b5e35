#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::rootfs {

/// A module's name as the kernel has it: "usb-storage.ko.xz" and "usb-storage" are usb_storage.
std::string module_name(std::string_view file_or_name);

/// What depmod found out about the modules of one kernel (modules.dep(5) and its neighbours).
class ModuleIndex {
  public:
    /// \param folder lib/modules/RELEASE; one that is not there is a kernel without modules
    static Result<ModuleIndex> read(const std::filesystem::path& folder);

    bool empty() const { return modules_.empty(); }
    /// Whether it is a module; a built-in one is none.
    bool has(const std::string& name) const { return modules_.contains(module_name(name)); }
    bool built_in(const std::string& name) const { return built_in_.contains(module_name(name)); }

    /// The modules with all that they depend on, softly too, each behind what it needs: the order in which
    /// they can be loaded. Names that are built in are left out; an alias without wildcards stands for its
    /// modules. A name that is nothing at all is an error with the near match.
    Result<std::vector<std::string>> closure(std::span<const std::string> names) const;

    /// The names of the modules whose file lies below one of the folders (or is it), as
    /// "kernel/drivers/ata"; "*" stands for any one part of the path.
    std::vector<std::string> below(std::span<const std::string_view> folders) const;

    /// The file of a module that is there, below the folder.
    const std::string& file(const std::string& name) const { return modules_.at(name).file; }

    /// The same index for these modules alone, as the files that busybox's modprobe reads.
    std::map<std::string, std::string> files_for(std::span<const std::string> names) const;

  private:
    struct Module {
        std::string file;
        std::vector<std::string> needs = {};  ///< all, transitively, the last one first to be loaded
        std::vector<std::string> before = {};
        std::vector<std::string> after = {};
    };
    struct Alias {
        std::string pattern;
        std::string module;
    };
    Result<> read_dependencies(std::string_view text, const std::filesystem::path& file);
    void read_soft_dependencies(std::string_view text);
    void read_aliases(std::string_view text);
    std::vector<std::string> aliased(const std::string& name) const;
    std::unexpected<Error> unknown(const std::string& name) const;
    void visit(const std::string& name, std::set<std::string>& seen, std::vector<std::string>& order) const;

    std::filesystem::path folder_;
    std::map<std::string, Module> modules_;
    std::set<std::string> built_in_;
    std::vector<Alias> aliases_;
};

}  // namespace rpikit::rootfs
