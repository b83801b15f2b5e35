#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit::inspect {

/// The configuration that CONFIG_IKCONFIG puts into a kernel (kernel/configs.c: "IKCFG_ST", a gzip stream) as
/// scripts/extract-ikconfig prints it; unset when the bytes hold none, or a damaged one. \param limit bytes
Result<std::optional<std::string>> find_embedded_config(std::string_view bytes, std::uint64_t limit);

/// Unpacks whatever looks like a compressed stream anywhere in `bytes`, compression after compression in
/// extract-ikconfig's order, damaged ends included, until `accept` takes one.
/// \param limit bytes that all attempts together may unpack
/// \returns whether one was taken
Result<bool> scan_payloads(std::string_view bytes, std::uint64_t limit,
                           const std::function<bool(std::string& payload, std::string_view packing)>& accept);

}  // namespace rpikit::inspect
