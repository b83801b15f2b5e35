#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sdk/board/resolve.hpp"
#include "sdk/cli/board_commands.hpp"
#include "sdk/cli/chosen_board.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace fs = std::filesystem;

namespace {

using nlohmann::ordered_json;

ordered_json row_json(const board::FoundBoard& found, const board::Board& board,
                      const std::vector<fs::path>& hidden) {
    ordered_json row = {{"name", found.name},        {"arch", board.kernel.arch},
                        {"boot", board.boot.method}, {"description", board.description},
                        {"tested", board.tested},    {"file", board.file.string()}};
    if (!hidden.empty()) {
        row["hides"] = ordered_json::array();
        for (const auto& file : hidden)
            row["hides"].push_back(file.string());
    }
    return row;
}

/// Cells below each other, two blanks between columns.
std::string table_text(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i)
            line += fmt::format("{:<{}}", row[i], widths[i] + 2);
        text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    }
    return text;
}

/// Below the work folder as it is typed there.
std::string short_path(const fs::path& file, const fs::path& work) {
    const auto relative = file.lexically_relative(work);
    return relative.empty() || relative.string().starts_with("..") ? file.string() : relative.string();
}

}  // namespace

Result<int> list_boards(const Context& context) {
    auto boards = ordered_json::array();
    std::vector<std::vector<std::string>> rows;
    for (const auto& found : board::find_boards(context.boards)) {
        const auto board = board::load_board(found.name, context.boards);
        if (!board) {
            // One file's mistakes do not hide the other boards.
            context.host.warn(fmt::format("{}: {}", found.name, board.error().message));
            continue;
        }
        note_hidden(context, board->file, board->files);
        boards.push_back(
            row_json(found, *board, board::hidden_by(board->file, board->files, context.boards)));
        rows.push_back({found.name, board->kernel.arch, board->boot.method, printable(board->description),
                        printable(board->tested), printable(short_path(board->file, context.work))});
    }
    context.out(context.json ? json_text(ordered_json{{"boards", boards}}) : table_text(rows));
    return 0;
}

}  // namespace rpikit::cli
