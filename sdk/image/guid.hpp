#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rpikit::image {

/// 16 bytes in the order in which they are written (RFC 4122 big-endian fields).
using Uuid = std::array<std::uint8_t, 16>;

/// "6e6f744e-..." in the order of the bytes, lower case.
std::string uuid_text(const Uuid& uuid);

/// The bytes of "6e6f744e-6565-..."; nothing if it is not one.
std::optional<Uuid> parse_uuid(std::string_view text);

/// On a GPT the first three fields lie little-endian (UEFI 2.10, appendix A); this turns one form into the
/// other.
Uuid swap_guid(Uuid uuid);

}  // namespace rpikit::image
