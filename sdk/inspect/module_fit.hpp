#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/inspect/module.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::inspect {

/// A symbol that a kernel or one of its modules offers to modules.
struct Export {
    std::uint32_t crc = 0;  ///< of its type, with CONFIG_MODVERSIONS; otherwise 0
    bool gpl_only = false;
    std::string name_space = {};  ///< a module has to import it
};
using Exports = std::map<std::string, Export, std::less<>>;

/// Reads Module.symvers (Documentation/kbuild/modules.rst, "Symbols and Module Versioning").
/// \param file named in errors
Result<Exports> parse_exports(std::string_view text, const std::filesystem::path& file);

/// A symbol that a module takes from elsewhere.
struct Need {
    std::string name;
    bool weak = false;                      ///< it can do without
    std::optional<std::uint32_t> crc = {};  ///< of the type it was compiled with
};

/// The undefined symbols of a module, with the CRCs of its __versions, sorted by name.
Result<std::vector<Need>> needs_of(std::string_view module);

/// What a kernel is to its modules.
struct KernelInterface {
    std::string release;   ///< as `uname -r` says
    std::string vermagic;  ///< as its own modules have it; empty when it has none to compare with
    Exports exports;
};

/// Why a kernel would not load a module; empty when it would. Another release is the only reason then, for
/// all others follow from it.
std::vector<std::string> misfits(const Module& module, const std::vector<Need>& needs,
                                 const KernelInterface& kernel);

}  // namespace rpikit::inspect
