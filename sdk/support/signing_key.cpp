#include "sdk/support/signing_key.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdint>
#include <memory>

#include "sdk/support/sha256.hpp"

namespace rpikit {

namespace {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* object) const {
        release(object);
    }
};

using Bio = std::unique_ptr<BIO, Release<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;
using Cms = std::unique_ptr<CMS_ContentInfo, Release<CMS_ContentInfo_free>>;

constexpr unsigned key_bits = 4096;
/// As the kernel's own keys; it looks at no dates, and a fixed start needs no clock.
constexpr const char* valid_from = "20240101000000Z";
constexpr const char* valid_until = "21240101000000Z";

/// What OpenSSL says was wrong; its queue is empty afterwards.
Error openssl_error(std::string message) {
    Error error{.message = std::move(message)};
    while (const auto code = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(code);
        error.causes.emplace_back(reason != nullptr ? reason : "an error of OpenSSL");
    }
    return error;
}

Bio reader(std::string_view text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Nobody is asked for a passphrase.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) {
    return -1;
}

std::string der_of(X509* certificate) {
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(certificate, &bytes);
    if (size <= 0) return {};
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

std::string common_name(X509* certificate) {
    std::array<char, 256> text{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text.data(), text.size());
    return text.data();
}

std::string key_id(X509* certificate) {
    const ASN1_OCTET_STRING* id = X509_get0_subject_key_id(certificate);
    if (id == nullptr) return {};
    std::string text;
    for (int i = 0; i < ASN1_STRING_length(id); ++i)
        text += fmt::format("{:02x}", ASN1_STRING_get0_data(id)[i]);
    return text;
}

bool add_extension(X509* certificate, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

/// The extensions of the kernel's certs/default_x509.genkey.
bool add_extensions(X509* certificate) {
    return add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, NID_key_usage, "digitalSignature") &&
           add_extension(certificate, NID_subject_key_identifier, "hash") &&
           add_extension(certificate, NID_authority_key_identifier, "keyid");
}

bool set_serial(X509* certificate) {
    std::array<unsigned char, 8> bytes{};
    if (RAND_bytes(bytes.data(), bytes.size()) != 1) return false;
    std::uint64_t serial = 0;
    for (const auto byte : bytes)
        serial = serial << 8 | byte;
    // Positive in any encoding (RFC 5280 4.1.2.2).
    return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1 | 1) == 1;
}

Certificate certificate_for(EVP_PKEY* key, const std::string& name) {
    Certificate certificate(X509_new());
    X509_NAME* subject = certificate ? X509_get_subject_name(certificate.get()) : nullptr;
    const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
    const bool made =
        subject != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
        set_serial(certificate.get()) &&
        X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, text, -1, -1, 0) == 1 &&
        X509_set_issuer_name(certificate.get(), subject) == 1 &&
        ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), valid_from) == 1 &&
        ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), valid_until) == 1 &&
        X509_set_pubkey(certificate.get(), key) == 1 && add_extensions(certificate.get()) &&
        X509_sign(certificate.get(), key, EVP_sha512()) > 0;
    return made ? std::move(certificate) : nullptr;
}

}  // namespace

Result<SigningKey> parse_signing_key(const std::string& pem) {
    ERR_clear_error();
    if (pem.contains("ENCRYPTED")) {
        return fail(
            {.message = "the private key is encrypted",
             .causes = {"a build cannot ask for its passphrase"},
             .hint =
                 "openssl pkey -in ENCRYPTED.pem -out key.pem   (keep the result to yourself: chmod 600)"});
    }
    const Key key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_passphrase, nullptr));
    if (!key)
        return fail({.message = "there is no private key in it",
                     .hint = "it must hold key and certificate, both as PEM"});
    const Certificate certificate(PEM_read_bio_X509(reader(pem).get(), nullptr, no_passphrase, nullptr));
    if (!certificate) {
        return fail({.message = "there is no certificate in it",
                     .causes = {"the kernel is built with the certificate, modules are signed with the key"},
                     .hint = "cat key.pem certificate.pem > signing_key.pem"});
    }
    if (X509_check_private_key(certificate.get(), key.get()) != 1) {
        return fail(openssl_error("the certificate in it belongs to another private key"));
    }
    auto der = der_of(certificate.get());
    return SigningKey{.subject = common_name(certificate.get()),
                      .id = key_id(certificate.get()),
                      .fingerprint = sha256(der),
                      .certificate = der};
}

Result<std::string> read_certificate(const std::string& text) {
    ERR_clear_error();
    const Certificate pem(PEM_read_bio_X509(reader(text).get(), nullptr, no_passphrase, nullptr));
    if (pem) return der_of(pem.get());
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    const Certificate der(d2i_X509(nullptr, &bytes, static_cast<long>(text.size())));
    ERR_clear_error();
    if (der) return der_of(der.get());
    return fail({.message = "there is no certificate in it", .causes = {"X.509 as PEM or DER is expected"}});
}

Result<std::string> make_signing_key(const std::string& name) {
    ERR_clear_error();
    const Key key(EVP_RSA_gen(key_bits));
    const auto certificate = key ? certificate_for(key.get(), name) : nullptr;
    const Bio out(BIO_new(BIO_s_mem()));
    if (!certificate || !out ||
        PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
        PEM_write_bio_X509(out.get(), certificate.get()) != 1) {
        return fail(openssl_error("no key for signing modules could be made"));
    }
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    return std::string(text, static_cast<std::size_t>(size));
}

Result<> verify_signature(std::span<const std::byte> content, std::span<const std::byte> signature,
                          const std::string& certificate) {
    ERR_clear_error();
    const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
    const Cms cms(d2i_CMS_ContentInfo(nullptr, &bytes, static_cast<long>(signature.size())));
    if (!cms) return fail(openssl_error("the signature is not one of CMS"));
    const auto* der = reinterpret_cast<const unsigned char*>(certificate.data());
    Certificate signer(d2i_X509(nullptr, &der, static_cast<long>(certificate.size())));
    if (!signer) return fail(openssl_error("the certificate cannot be read"));
    const std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * stack) { sk_X509_free(stack); })>
        signers(sk_X509_new_null());
    if (!signers || sk_X509_push(signers.get(), signer.get()) <= 0)
        return fail(openssl_error("out of memory"));
    const Bio text = reader({reinterpret_cast<const char*>(content.data()), content.size()});
    // Only this signer counts, and nobody vouches for its certificate.
    constexpr unsigned flags = CMS_BINARY | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY;
    if (CMS_verify(cms.get(), signers.get(), nullptr, text.get(), nullptr, flags) == 1) return {};
    return fail(openssl_error("the signature is not one of this key"));
}

}  // namespace rpikit
