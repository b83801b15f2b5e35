#pragma once

#include <filesystem>
#include <string>

#include "sdk/archive/archive.hpp"
#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"
#include "sdk/pipeline/plan.hpp"

namespace rpikit::pipeline {

enum class PackageFormat {
    deb,  ///< linux-image, linux-headers, linux-libc-dev
    tar,  ///< one archive of what the kernel installs
};

struct PackageOptions {
    std::filesystem::path work;        ///< absolute; holds out/ and rpi-kit.lock
    std::filesystem::path toolchains;  ///< folder of the toolchain descriptions
    std::string program = {};          ///< identity of this program
    PackageFormat format = PackageFormat::deb;
    archive::Compression compression = archive::Compression::zstd;  ///< of the tar
    bool sandbox = true;
    unsigned jobs = 0;  ///< 0: what the machine allows
};

/// The plan, of one stage, that packs the kernel which was built for `board` in the work folder: the source,
/// toolchain and configuration are those of that build. Its outputs are the packages. `host` must outlive it.
/// \returns an error that names the command when nothing was built
Result<Plan> make_package_plan(const host::Host& host, const board::Board& board,
                               const PackageOptions& options);

}  // namespace rpikit::pipeline
