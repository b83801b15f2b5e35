#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit {

/// A kernel module that is signed, in its two parts (include/linux/module_signature.h,
/// Documentation/admin-guide/module-signing.rst).
struct SignedModule {
    std::string_view content;    ///< what the signature is of
    std::string_view signature;  ///< CMS (RFC 5652), DER
};

/// Takes an unpacked module apart; none when nothing is appended to it. An error when what is appended is cut
/// off or no CMS message.
Result<std::optional<SignedModule>> split_signed_module(std::string_view module);

/// Whether a module is signed by the key of `certificate` (X.509, DER); an error says why not.
Result<> verify_module(std::string_view module, const std::string& certificate);

}  // namespace rpikit
