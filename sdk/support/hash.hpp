#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rpikit {

/// A cryptographic hash that is chosen by its name, as bytes pass; Sha256 is the one for our own files.
class Hash {
  public:
    /// \param name "sha1", "sha256", "sha384" or "sha512"; nothing for any other
    static std::optional<Hash> of(std::string_view name);
    ~Hash();
    Hash(Hash&&) noexcept;
    Hash& operator=(Hash&&) noexcept;

    void update(std::span<const std::byte> bytes);

    /// The hash in lower-case hexadecimal digits; the object starts anew afterwards.
    std::string finish();

  private:
    struct Context;
    explicit Hash(std::unique_ptr<Context> context);
    std::unique_ptr<Context> context_;
};

/// XXH3 (128 bits) of bytes: tells damage, at the memory's speed, and is no proof against somebody who wants
/// two contents with one hash.
using QuickHash = std::array<std::uint64_t, 2>;
QuickHash quick_hash(std::span<const std::byte> bytes);

}  // namespace rpikit
