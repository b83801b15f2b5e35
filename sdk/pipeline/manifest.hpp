#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sdk/image/image.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::pipeline {

/// What an image was made from and what is in it; written beside it as manifest.json.
struct Manifest {
    std::string board;
    std::string release;  ///< of the kernel
    std::string profile;
    std::map<std::string, std::string> inputs;  ///< "source", "toolchain", "busybox", ... to version and hash
    std::string config_sha256;
    std::map<std::string, std::string>
        requests;                      ///< symbol without CONFIG_ to the value that was asked and took
    std::vector<std::string> modules;  ///< names of the modules in the image, sorted
    std::vector<std::string> installed_modules = {};  ///< those of them from outside the kernel's tree
    image::WrittenImage image;
};

Result<> save_manifest(const std::filesystem::path& file, const Manifest& manifest);

/// Reads what `boot` and `diff` need back: everything but the image's partitions.
Result<Manifest> load_manifest(const std::filesystem::path& file);

}  // namespace rpikit::pipeline
