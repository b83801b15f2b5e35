#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit {

/// SHA-256 (FIPS 180-4) of bytes as they pass.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void update(std::span<const std::byte> bytes);
    void update(std::string_view text);

    /// The hash as 64 lower-case hexadecimal digits; the object starts anew afterwards.
    std::string finish();

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

std::string sha256(std::string_view text);

/// The hash of a regular file's content.
Result<std::string> sha256_file(const std::filesystem::path& file);

}  // namespace rpikit
