#pragma once

#include <filesystem>
#include <span>

#include "sdk/board/board.hpp"
#include "sdk/pipeline/stage.hpp"
#include "sdk/support/fingerprint.hpp"

namespace rpikit::pipeline {

/// What of a board each stage depends on, added by name so that a change can be told.
void add_inputs(Fingerprint& inputs, const board::RootFs& rootfs);
void add_inputs(Fingerprint& inputs, const board::Boot& boot);
void add_inputs(Fingerprint& inputs, const board::Image& image);
void add_inputs(Fingerprint& inputs, const board::Initramfs& initramfs);

/// The content of small files: fragments, a user's .config.
Result<> add_files(Fingerprint& inputs, const std::string& name,
                   std::span<const std::filesystem::path> files);

/// The board's own device tree, where it has one.
Result<> add_own_device_tree(Fingerprint& inputs, const board::Kernel& kernel);

/// A value of an earlier stage under its own name; nothing known counts as empty.
void add_value(Fingerprint& inputs, const Values& values, const std::string& name);

/// Size and time of a file, or of every file of a folder (as `find` sees them), without reading any: cheap to
/// take, and different when a file was edited.
Result<std::string> scan(const std::filesystem::path& path);

}  // namespace rpikit::pipeline
