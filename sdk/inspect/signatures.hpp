#pragma once

#include <cstddef>
#include <filesystem>

#include "sdk/inspect/inspect.hpp"

namespace rpikit::inspect {

/// Checks that a module, or every module on the file systems of an image, is signed by one key; an error
/// names the first that is not. Compressed modules are unpacked: the signature is of what was packed.
/// \param certificate X.509, as PEM (beside a private key, too) or DER
/// \returns how many modules there are
Result<std::size_t> verify_modules(const std::filesystem::path& file,
                                   const std::filesystem::path& certificate, const Options& options);

}  // namespace rpikit::inspect
