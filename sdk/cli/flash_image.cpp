#include "sdk/cli/flash_image.hpp"

#include <fmt/format.h>

#include "flasher/card/image_source.hpp"
#include "sdk/cli/chosen_board.hpp"
#include "sdk/host/file.hpp"
#include "sdk/pipeline/build.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace fs = std::filesystem;

namespace {

/// The file that standard input was redirected from; empty for a pipe.
fs::path standard_input() {
    std::error_code error;
    const fs::path link = "/proc/self/fd/0";
    const auto type = fs::status(link, error).type();
    if (type != fs::file_type::regular && type != fs::file_type::block) return {};
    return fs::read_symlink(link, error);
}

Result<ChosenImage> built_image(const Context& context, const std::string& name) {
    TRY_ASSIGN(const auto board, load_chosen_board(context, name));
    const pipeline::BuildFolders folders(context.work, board.name);
    std::error_code ignored;
    if (!fs::exists(folders.image, ignored)) {
        return fail({.message = fmt::format("{} has not been built here", board.name),
                     .causes = {fmt::format("there is no {}", folders.image.string())},
                     .hint = fmt::format("rpi-kit build {}", board.name)});
    }
    return ChosenImage{.what = folders.image.string(), .file = folders.image};
}

}  // namespace

Result<ChosenImage> choose_image(const Context& context, const std::string& what) {
    if (what == "-") return ChosenImage{.what = what, .file = standard_input()};
    const auto addressed = card::file_of_address(what);
    if (!addressed && what.contains("://")) return ChosenImage{.what = what, .file = {}};
    const auto file = addressed.value_or(what);
    std::error_code ignored;
    const auto status = fs::status(file, ignored);
    if (fs::exists(status) && !fs::is_directory(status)) {
        const auto absolute = fs::absolute(file, ignored);
        return ChosenImage{.what = addressed ? absolute.string() : what, .file = absolute};
    }
    // A board's name has neither; its descriptor may be named by its path.
    const bool is_path = what.contains('/') || what.contains('.');
    if (addressed || (is_path && !what.ends_with(".toml"))) {
        return fail({.message = fmt::format("there is no image {}", file.string()),
                     .hint = "name a file, a URL, - or a board: rpi-kit board list"});
    }
    return built_image(context, what);
}

}  // namespace rpikit::cli
