#pragma once

#include <filesystem>
#include <string>

#include "sdk/host/host.hpp"
#include "sdk/support/result.hpp"
#include "sdk/toolchain/version.hpp"

namespace rpikit::toolchain {

/// What a compiler says of itself and what its file is.
struct CompilerProbe {
    Version version;
    std::string line;    ///< first line of --version, with the distribution's revision
    std::string sha256;  ///< of the program's file
};

/// Runs `compiler --version` and hashes `program`. Remembered below the cache by the program's path, size and
/// time of change, so that it costs a fraction of a millisecond the next time. \param program the file behind
/// `compiler`: in the store a script stands in front of it
Result<CompilerProbe> probe_compiler(const host::Host& host, const std::filesystem::path& compiler,
                                     const std::filesystem::path& program);

/// Runs `program --version` in a plain environment and reads the version.
Result<CompilerProbe> ask_version(const host::Host& host, const std::filesystem::path& program);

}  // namespace rpikit::toolchain
