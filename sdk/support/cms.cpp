#include "sdk/support/cms.hpp"

#include <fmt/format.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <memory>

namespace rpikit {

namespace {

struct Free {
    void operator()(CMS_ContentInfo* info) const { CMS_ContentInfo_free(info); }
};

std::string_view bytes_of(const ASN1_STRING* text) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(std::max(ASN1_STRING_length(text), 0))};
}

std::string colon_hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes)
        text += fmt::format("{}{:02X}", text.empty() ? "" : ":", static_cast<unsigned char>(byte));
    return text;
}

std::string common_name(const X509_NAME* name) {
    const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    const auto* entry = at < 0 ? nullptr : X509_NAME_get_entry(name, at);
    return entry == nullptr ? "" : std::string(bytes_of(X509_NAME_ENTRY_get_data(entry)));
}

std::string hash_name(const X509_ALGOR* algorithm) {
    const ASN1_OBJECT* object = nullptr;
    X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
    std::array<char, 80> name{};
    OBJ_obj2txt(name.data(), static_cast<int>(name.size()), object, 0);
    std::string text(name.data());
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::unexpected<Error> unreadable() {
    ERR_clear_error();
    return fail({.message = "the signature is no readable PKCS #7 message"});
}

}  // namespace

Result<SignerInfo> read_signer(std::string_view der) {
    if (der.size() > std::size_t{std::numeric_limits<int>::max()}) return unreadable();
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<CMS_ContentInfo, Free> info(
        d2i_CMS_ContentInfo(nullptr, &bytes, static_cast<long>(der.size())));
    auto* signers = info ? CMS_get0_SignerInfos(info.get()) : nullptr;
    if (signers == nullptr || sk_CMS_SignerInfo_num(signers) < 1) return unreadable();
    auto* signer = sk_CMS_SignerInfo_value(signers, 0);

    SignerInfo result;
    ASN1_OCTET_STRING* identifier = nullptr;
    X509_NAME* issuer = nullptr;
    ASN1_INTEGER* serial = nullptr;
    if (CMS_SignerInfo_get0_signer_id(signer, &identifier, &issuer, &serial) != 1) return unreadable();
    if (issuer != nullptr) result.signer = common_name(issuer);
    if (const ASN1_STRING* key = identifier != nullptr ? identifier : serial; key != nullptr) {
        result.key_id = colon_hex(bytes_of(key));
    }
    X509_ALGOR* hash = nullptr;
    CMS_SignerInfo_get0_algs(signer, nullptr, nullptr, &hash, nullptr);
    if (hash != nullptr) result.hash = hash_name(hash);
    if (const auto* signature = CMS_SignerInfo_get0_signature(signer)) result.signature = bytes_of(signature);
    return result;
}

}  // namespace rpikit
