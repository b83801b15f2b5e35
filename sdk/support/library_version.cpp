#include "sdk/support/library_version.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <xxhash.h>

namespace rpikit {

std::vector<LibraryVersion> library_versions() {
    const std::string openssl = OpenSSL_version(OPENSSL_VERSION_STRING);
    const auto xxhash = XXH_versionNumber();
    return {{"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
            {"OpenSSL", openssl},
            {"xxHash", fmt::format("{}.{}.{}", xxhash / 10000, xxhash / 100 % 100, xxhash % 100)}};
}

}  // namespace rpikit
