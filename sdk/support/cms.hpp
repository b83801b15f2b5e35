#pragma once

#include <string>
#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit {

/// Who made a CMS signature (RFC 5652; PKCS #7's successor) and how. Nothing is verified.
struct SignerInfo {
    std::string
        signer;  ///< common name of the certificate's issuer, "" when the key is named by its identifier
    std::string key_id;     ///< serial number or subject key identifier: "1F:0A:..."
    std::string hash;       ///< "sha256"
    std::string signature;  ///< the raw bytes
};

/// The first signer of a DER-encoded SignedData.
Result<SignerInfo> read_signer(std::string_view der);

}  // namespace rpikit
