#include <nlohmann/json.hpp>

#include "sdk/board/board_schema.hpp"
#include "sdk/board/reference.hpp"
#include "sdk/cli/board_commands.hpp"
#include "sdk/cli/json_schema.hpp"

namespace rpikit::cli {

Result<int> print_board_schema(const Context& context, bool markdown) {
    context.out(markdown ? board::board_reference() : json_schema(board::board_schema()));
    return 0;
}

}  // namespace rpikit::cli
