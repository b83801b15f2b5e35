#include "sdk/support/module_signature.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "sdk/support/signing_key.hpp"

namespace rpikit {

namespace {

constexpr std::string_view magic = "~Module signature appended~\n";  // MODULE_SIG_STRING
constexpr std::uint8_t pkcs7 = 2;                                    // PKEY_ID_PKCS7

/// struct module_signature; stands between the signature and the magic.
struct Trailer {
    std::uint8_t algorithm;
    std::uint8_t hash;
    std::uint8_t id_type;
    std::uint8_t signer_length;
    std::uint8_t key_id_length;
    std::array<std::uint8_t, 3> padding;
    std::array<std::uint8_t, 4> signature_length;  ///< big-endian
};
static_assert(sizeof(Trailer) == 12);

}  // namespace

Result<std::optional<SignedModule>> split_signed_module(std::string_view module) {
    if (!module.ends_with(magic)) return std::nullopt;
    module.remove_suffix(magic.size());
    Trailer trailer{};
    if (module.size() < sizeof trailer) return fail({.message = "the module's signature is truncated"});
    std::memcpy(&trailer, module.data() + module.size() - sizeof trailer, sizeof trailer);
    module.remove_suffix(sizeof trailer);
    std::size_t length = 0;
    for (const auto byte : trailer.signature_length)
        length = length << 8 | byte;
    if (length > module.size()) return fail({.message = "the module's signature is larger than the module"});
    if (trailer.id_type != pkcs7) return fail({.message = "the module's signature is no PKCS #7 message"});
    const auto content = module.substr(0, module.size() - length);
    return SignedModule{.content = content, .signature = module.substr(content.size())};
}

Result<> verify_module(std::string_view module, const std::string& certificate) {
    TRY_ASSIGN(const auto parts, split_signed_module(module));
    if (!parts) return fail({.message = "it has no signature"});
    return verify_signature(std::as_bytes(std::span(parts->content)),
                            std::as_bytes(std::span(parts->signature)), certificate);
}

}  // namespace rpikit
