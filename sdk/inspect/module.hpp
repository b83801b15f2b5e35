#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::inspect {

/// What is appended to a signed module (Documentation/admin-guide/module-signing.rst).
struct ModuleSignature {
    std::string type;         ///< "PKCS#7", "unknown"
    std::string signer = {};  ///< "" when the message does not tell it, as the next two
    std::string key_id = {};
    std::string hash = {};
    std::string unreadable = {};  ///< why the message could not be read
};

struct Module {
    std::string architecture;
    std::vector<std::pair<std::string, std::string>> info;  ///< .modinfo as it stands: key, value
    std::string build_id;
    std::optional<ModuleSignature> signature;

    /// All values of a key, in order.
    std::vector<std::string> values(std::string_view key) const;
};

/// Whether the bytes are a relocatable ELF file.
bool is_module(std::string_view bytes);

/// A kernel module, unpacked already.
Result<Module> read_module(std::string_view bytes);

}  // namespace rpikit::inspect
