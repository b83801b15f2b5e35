#include "sdk/support/hash.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <xxhash.h>

#include <algorithm>

namespace rpikit {

struct Hash::Context {
    explicit Context(const EVP_MD* which) : type(which) { EVP_DigestInit_ex(evp, type, nullptr); }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() { EVP_MD_CTX_free(evp); }
    EVP_MD_CTX* evp = EVP_MD_CTX_new();
    const EVP_MD* type;
};

Hash::Hash(std::unique_ptr<Context> context) : context_(std::move(context)) {}
Hash::~Hash() = default;
Hash::Hash(Hash&&) noexcept = default;
Hash& Hash::operator=(Hash&&) noexcept = default;

std::optional<Hash> Hash::of(std::string_view name) {
    constexpr std::array<std::string_view, 4> names{"sha1", "sha256", "sha384", "sha512"};
    const auto* const found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return Hash(std::make_unique<Context>(EVP_get_digestbyname(found->data())));
}

void Hash::update(std::span<const std::byte> bytes) {
    EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size());
}

std::string Hash::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_->evp, digest.data(), &size);
    EVP_DigestInit_ex(context_->evp, context_->type, nullptr);
    return fmt::format("{:02x}", fmt::join(std::span(digest).first(size), ""));
}

QuickHash quick_hash(std::span<const std::byte> bytes) {
    const auto hash = XXH3_128bits(bytes.data(), bytes.size());
    return {hash.low64, hash.high64};
}

}  // namespace rpikit
