#include "sdk/board/reference.hpp"

#include <fmt/format.h>

#include "sdk/board/board_schema.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::board {

namespace {

/// What a value may be: "mbr, gpt; required".
std::string value_text(const Row& row) {
    std::string text(type_name(row.type));
    if (!row.allowed.empty()) text = join(choices(row.allowed), ", ");
    if (row.required) text += "; required";
    if (!row.only_with.empty()) {
        const auto equals = row.only_with.find('=');
        text += fmt::format(" with {} {}", row.only_with.substr(0, equals),
                            join(choices(row.only_with.substr(equals + 1)), " or "));
    }
    if (!row.fallback.empty()) text += fmt::format("; default {}", row.fallback);
    return text;
}

constexpr std::string_view introduction = R"(# The keys of a board file

Made from the table that the loader checks board files by; `rpi-kit board schema` prints the same as a JSON Schema for
editors. How boards are written, found and inherited: [adding a board](../adding-a-board.md).

- `[]` stands for each element of an array of tables (`[[kernel.source]]`), `*` for a name of yours (`[kernel.profile.lean]`).
- A required key may come from the board that `extends` names.
- A path starts at the folder of the file that it is written in.

| Key | Value | Meaning |
|---|---|---|
)";

}  // namespace

std::string key_table(std::span<const Row> rows) {
    std::string table;
    for (const auto& row : rows)
        table += fmt::format("| `{}` | {} | {} |\n", row.key, value_text(row), row.doc);
    return table;
}

std::string board_reference() {
    return std::string(introduction) + key_table(board_schema());
}

}  // namespace rpikit::board
