#include "sdk/cli/build_place.hpp"

#include <fmt/format.h>

#include "sdk/pipeline/build.hpp"

namespace rpikit::cli {

Result<host::LockFile> lock_build(const Context& context, const board::Board& board) {
    const auto waiting = [&] {
        context.host.note(
            fmt::format("another rpi-kit works on the build of {}; waiting for it", board.name));
    };
    const pipeline::BuildFolders folders(context.work, board.name);
    return host::LockFile::acquire(folders.state / "lock", context.host.stop, waiting);
}

std::vector<std::filesystem::path> device_rules(const board::SearchPath& boards) {
    std::vector<std::filesystem::path> files;
    for (const auto& folder : boards.folders) {
        auto file = folder / "base" / "device-rules.toml";
        std::error_code ignored;
        if (std::filesystem::is_regular_file(file, ignored)) files.push_back(std::move(file));
    }
    return files;
}

}  // namespace rpikit::cli
