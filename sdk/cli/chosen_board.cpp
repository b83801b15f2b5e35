#include "sdk/cli/chosen_board.hpp"

#include <fmt/format.h>

#include "sdk/board/resolve.hpp"

namespace rpikit::cli {

Result<board::Board> load_chosen_board(const Context& context, const std::string& name) {
    TRY_ASSIGN(auto board, board::load_board(name, context.boards));
    note_hidden(context, board.file, board.files);
    return board;
}

void note_hidden(const Context& context, const std::filesystem::path& file,
                 const std::vector<std::filesystem::path>& files) {
    for (const auto& other : board::hidden_by(file, files, context.boards))
        context.host.note(fmt::format("note: {} wins over {}", file.string(), other.string()));
}

}  // namespace rpikit::cli
