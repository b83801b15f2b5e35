#include "sdk/cli/usb_folder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/board/board.hpp"
#include "sdk/cli/chosen_board.hpp"
#include "sdk/host/file.hpp"
#include "sdk/inspect/disk.hpp"
#include "sdk/pipeline/build.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace fs = std::filesystem;

namespace {

/// Without it the BCM2711's firmware does not start.
constexpr std::string_view firmware_name = "start4.elf";

/// Writes the files of the image's boot partition below `folder`. Their names are our own image's; unclean
/// ones are left out all the same.
Result<> write_boot_files(const fs::path& image, const inspect::Volume& volume, const fs::path& folder) {
    TRY(host::make_directories(folder));
    TRY_ASSIGN(const auto members, inspect::list_volume(image, volume, {}));
    for (const auto& member : members) {
        if (member.type != archive::FileType::regular || !archive::check_tree_path(member.path)) continue;
        TRY_ASSIGN(const auto content,
                   inspect::read_volume_file(image, volume, member.path, std::uint64_t{256} << 20));
        TRY(host::make_directories((folder / member.path).parent_path()));
        TRY(host::write_file(folder / member.path, content));
    }
    return {};
}

/// The same into the place of what an earlier image left there: nothing of that may be served.
Result<> replace_boot_files(const fs::path& image, const inspect::Volume& volume, const fs::path& folder) {
    TRY(host::make_directories(folder.parent_path()));
    const auto draft = host::temporary_sibling(folder);
    auto written = write_boot_files(image, volume, draft);
    if (written) written = host::remove_tree(folder);
    if (written) written = host::rename_path(draft, folder);
    if (!written) static_cast<void>(host::remove_tree(draft));
    return written;
}

Result<fs::path> folder_of_board(const Context& context, const board::Board& board) {
    const pipeline::BuildFolders folders(context.work, board.name);
    std::error_code ignored;
    if (!fs::exists(folders.image, ignored)) {
        return fail({.message = fmt::format("{} has not been built here", board.name),
                     .causes = {fmt::format("{} is missing", folders.image.string())},
                     .hint = fmt::format("rpi-kit build {}", board.name)});
    }
    TRY_ASSIGN(const auto volumes, inspect::read_volumes(folders.image));
    const auto boot = std::ranges::find(volumes, "vfat", &inspect::Volume::filesystem);
    auto served = folders.out / "usb";
    // The chip's own folder goes before the rest of what is served.
    const auto own = served / "2711";
    if (boot != volumes.end()) TRY(replace_boot_files(folders.image, *boot, own));
    if (!fs::exists(own / firmware_name, ignored)) {
        return fail({.message = fmt::format("{} does not boot over USB", board.name),
                     .causes = {fmt::format("its boot partition has no {}", firmware_name)},
                     .hint = "rpi-kit board list",
                     .kind = ErrorKind::usage});
    }
    return served;
}

}  // namespace

Result<fs::path> usb_folder(const Context& context, const std::string& what) {
    std::error_code ignored;
    if (what.contains('/') || fs::is_directory(what, ignored)) return fs::path(what);
    TRY_ASSIGN(const auto board, load_chosen_board(context, what));
    return folder_of_board(context, board);
}

}  // namespace rpikit::cli
