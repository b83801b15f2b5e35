#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::rootfs {

/// Modules of one kind: those whose files lie below these folders of lib/modules/RELEASE.
struct ModuleClass {
    std::string_view name;
    std::vector<std::string_view> folders;  ///< or files, without ".ko"
};

/// All kinds, sorted by name.
std::span<const ModuleClass> module_classes();

/// The kind of that name, or an error with the near match.
Result<const ModuleClass*> find_module_class(std::string_view name);

}  // namespace rpikit::rootfs
