#include <fmt/format.h>

#include "sdk/board/board.hpp"
#include "sdk/board/board_schema.hpp"
#include "sdk/board/check.hpp"
#include "sdk/board/formats.hpp"
#include "sdk/board/inherit.hpp"
#include "sdk/board/read_board.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::board {
namespace {

/// A name with a folder or an ending in it is a path.
bool is_path(const std::string& name) {
    return name.contains('/') || name.ends_with(".toml");
}

Result<std::filesystem::path> find_board(const std::string& name, const SearchPath& search) {
    std::error_code ignored;
    if (is_path(name)) {
        if (std::filesystem::is_regular_file(name, ignored)) return name;
        return fail({.message = fmt::format("there is no board file {}", name),
                     .hint = "rpi-kit board list",
                     .kind = ErrorKind::usage});
    }
    if (auto file = find_file(name, search)) return *std::move(file);
    auto message = fmt::format("there is no board \"{}\"", name);
    const auto known = list_boards(search);
    if (const auto near = near_match(name, known)) message += fmt::format("; did you mean \"{}\"?", *near);
    std::string folders;
    for (const auto& folder : search.folders)
        folders += fmt::format("searched: {}\n", folder.string());
    return fail({.message = std::move(message),
                 .detail = folders + fmt::format("boards: {}\n", join(known, ", ")),
                 .hint = "rpi-kit board list",
                 .kind = ErrorKind::usage});
}

}  // namespace

Result<Board> load_board(const std::string& name, const SearchPath& search) {
    TRY_ASSIGN(const auto file, find_board(name, search));
    // The name becomes a folder's name below out/.
    if (const auto complaint = format::name(file.stem().string())) {
        return fail(
            {.message = fmt::format("a board cannot be named so: {}", *complaint), .where = Location{file}});
    }
    // A board given by its path finds what lies beside it, before what is installed.
    SearchPath around = search;
    around.folders.insert(around.folders.begin(), file.parent_path());
    TRY_ASSIGN(auto inherited, load_inherited(file, around));
    auto errors = validate(inherited.document, board_schema());
    if (errors.empty()) {
        complete(inherited.document, board_schema());
        errors = check_consistency(inherited.document, search);
    }
    if (!errors.empty()) return fail(combine(std::move(errors), inherited.files));
    return read_board(inherited.document, inherited.files);
}

std::vector<std::string> list_boards(const SearchPath& search) {
    return names_below(search, "");
}

}  // namespace rpikit::board
