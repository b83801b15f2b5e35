#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sdk/board/board.hpp"
#include "sdk/board/board_schema.hpp"
#include "sdk/board/check.hpp"
#include "sdk/board/formats.hpp"
#include "sdk/board/inherit.hpp"
#include "sdk/board/read_board.hpp"
#include "sdk/board/resolve.hpp"
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

/// Mistakes of a document whose base is missing: what is required may stand there.
std::vector<Error> validate_alone(const Value& document) {
    std::vector<Row> rows(board_schema().begin(), board_schema().end());
    for (auto& row : rows)
        row.required = false;
    return validate(document, rows);
}

/// The board's file as it stands, when it cannot be merged with what it extends.
ResolvedBoard unmerged(const std::filesystem::path& file, const Result<Value>& document, Error why) {
    ResolvedBoard board{.file = file, .files = {file}, .document = {}};
    if (document) {
        board.document = *document;
        expand_short_forms(board.document);
        board.mistakes = validate_alone(board.document);
    }
    if (!why.where) why.where = Location{file};
    board.mistakes.push_back(std::move(why));
    return board;
}

ResolvedBoard resolve_document(const std::filesystem::path& file, const Result<Value>& document,
                               const SearchPath& search) {
    if (!document) return unmerged(file, document, document.error());
    // The name becomes a folder's name below out/.
    if (const auto complaint = format::name(file.stem().string())) {
        return unmerged(
            file, document,
            {.message = fmt::format("a board cannot be named so: {}", *complaint), .where = Location{file}});
    }
    // A board given by its path finds what lies beside it, before what is installed.
    SearchPath around = search;
    around.folders.insert(around.folders.begin(), file.parent_path());
    auto inherited = inherit(*document, file, around);
    if (!inherited) return unmerged(file, document, std::move(inherited).error());
    ResolvedBoard board{
        .file = file, .files = std::move(inherited->files), .document = std::move(inherited->document)};
    board.mistakes = validate(board.document, board_schema());
    if (board.mistakes.empty()) {
        complete(board.document, board_schema());
        board.mistakes = check_consistency(board.document, search);
    } else {
        // What must fit each other cannot be judged, but files are there or not.
        auto missing = check_files(board.document);
        std::erase_if(missing, [&](const Error& absent) {
            return std::ranges::find(board.mistakes, absent.where, &Error::where) != board.mistakes.end();
        });
        std::ranges::move(missing, std::back_inserter(board.mistakes));
    }
    return board;
}

ResolvedBoard sorted(ResolvedBoard board) {
    sort_by_place(board.mistakes, board.files);
    return board;
}

}  // namespace

Result<ResolvedBoard> resolve_board(const std::string& name, const SearchPath& search) {
    TRY_ASSIGN(const auto file, find_board(name, search));
    return sorted(resolve_document(file, load_document(file), search));
}

ResolvedBoard resolve_text(const std::filesystem::path& file, const std::string& text,
                           const SearchPath& search) {
    return sorted(resolve_document(file, parse_document(text, file), search));
}

Result<Board> load_board(const std::string& name, const SearchPath& search) {
    TRY_ASSIGN(auto resolved, resolve_board(name, search));
    if (!resolved.mistakes.empty()) return fail(combine(std::move(resolved.mistakes), resolved.files));
    return read_board(resolved.document, resolved.files);
}

std::vector<std::string> list_boards(const SearchPath& search) {
    return names_below(search, "");
}

}  // namespace rpikit::board
