#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit {

/// What may be told of a key that signs kernel modules; the private part is not in it.
struct SigningKey {
    std::string subject;  ///< the certificate's common name
    std::string id;       ///< subject key identifier (RFC 5280 4.2.1.2), hexadecimal, as the kernel logs it
    std::string fingerprint;  ///< SHA-256 of the certificate
    std::string certificate;  ///< X.509, DER
};

/// Checks that a PEM text holds an unencrypted private key and its certificate, as the kernel's sign-file and
/// extract-cert need them (Documentation/admin-guide/module-signing.rst).
Result<SigningKey> parse_signing_key(const std::string& pem);

/// The first certificate of a PEM text, or one as DER. \returns DER
Result<std::string> read_certificate(const std::string& text);

/// A new RSA key of 4096 bits with a certificate of its own, as PEM. \param name the common name
Result<std::string> make_signing_key(const std::string& name);

/// Whether `signature` (CMS, RFC 5652, detached, DER) is one of `content` by the key of `certificate`; an
/// error says why not.
Result<> verify_signature(std::span<const std::byte> content, std::span<const std::byte> signature,
                          const std::string& certificate);

}  // namespace rpikit
