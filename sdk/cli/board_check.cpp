#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sdk/board/resolve.hpp"
#include "sdk/cli/board_commands.hpp"
#include "sdk/cli/chosen_board.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/printable.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace fs = std::filesystem;

namespace {

using nlohmann::ordered_json;

/// The line with its number, and a caret below the column; empty when the file cannot be read again.
std::string source_lines(const Location& where) {
    const auto text = host::read_file(where.file);
    if (!text || where.line < 1) return {};
    const auto all = lines(*text);
    if (static_cast<std::size_t>(where.line) > all.size()) return {};
    const auto line = all[static_cast<std::size_t>(where.line) - 1];
    std::string marker;  // tabs stay tabs, so that the caret is where the terminal shows the column
    int column = 1;
    for (const char c : line) {
        if (column >= where.column) break;
        if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;  // inside a character of UTF-8
        marker += c == '\t' ? '\t' : ' ';
        ++column;
    }
    std::string shown;
    for (const auto piece : split(line, '\t'))
        shown += printable(piece) + '\t';
    shown.pop_back();
    return fmt::format("{:5} | {}\n      | {}^\n", where.line, shown, marker);
}

ordered_json mistake_json(const Error& mistake) {
    ordered_json row = {{"message", mistake.message}};
    if (mistake.where) {
        row["file"] = mistake.where->file.string();
        row["line"] = mistake.where->line;
        row["column"] = mistake.where->column;
    }
    if (!mistake.hint.empty()) row["hint"] = mistake.hint;
    return row;
}

}  // namespace

std::string mistakes_text(const std::vector<Error>& mistakes, bool colour) {
    const char* red = colour ? "\x1b[1;31m" : "";
    const char* plain = colour ? "\x1b[0m" : "";
    std::string text;
    for (const auto& mistake : mistakes) {
        const auto where = mistake.where.value_or(Location{});
        text += fmt::format("{}: {}error{}: {}\n", printable(to_string(where)), red, plain,
                            printable_lines(mistake.message));
        text += source_lines(where);
    }
    return text;
}

Result<int> check_boards(const Context& context, const std::vector<std::string>& names) {
    auto files = ordered_json::array();
    std::size_t wrong = 0;
    std::string good;
    for (const auto& name : names) {
        TRY_ASSIGN(const auto board, board::resolve_board(name, context.boards));
        auto mistakes = ordered_json::array();
        for (const auto& mistake : board.mistakes)
            mistakes.push_back(mistake_json(mistake));
        files.push_back({{"file", board.file.string()}, {"ok", mistakes.empty()}, {"errors", mistakes}});
        note_hidden(context, fs::absolute(board.file), board.files);
        wrong += mistakes.empty() ? 0 : 1;
        if (board.mistakes.empty()) good += fmt::format("{}: no mistakes\n", board.file.string());
        if (!context.json) context.screen.write(mistakes_text(board.mistakes, context.screen.colour()));
        if (!context.json && !mistakes.empty()) {
            context.screen.write(fmt::format("{}: {} mistake{}\n", board.file.string(), mistakes.size(),
                                             mistakes.size() == 1 ? "" : "s"));
        }
    }
    context.out(context.json ? json_text(ordered_json{{"files", files}}) : good);
    return wrong == 0 ? 0 : 1;
}

}  // namespace rpikit::cli
