#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sdk/board/board.hpp"
#include "sdk/board/hardware.hpp"

namespace rpikit::board {

/// What a new board starts from: one of `from`, `soc` and `hardware` is set.
struct NewBoardRequest {
    std::string name;
    std::filesystem::path folder;  ///< where its file goes
    std::string from = {};         ///< a board on the search path
    std::string soc = {};          ///< a file below soc/, without ".toml"
    std::optional<Hardware> hardware = {};
    std::string dtb = {};  ///< with `hardware`: its device tree below arch/ARCH/boot/dts; a bare file name is
                           ///< put into the folder that the vendor has there, with a comment that says so
    std::string blob = {};  ///< of `dtb` where it lies in no kernel tree: the board keeps it
};

/// A new board's file as it is going to be.
struct NewBoard {
    std::filesystem::path file;
    std::string text;
    std::filesystem::path dtb_file = {};  ///< beside it, with `blob` as its content; empty: none
    std::string blob = {};
};

/// The first file of a new board's text: where editors find the JSON Schema, beside the board.
constexpr const char* schema_file_name = "board.schema.json";

/// Composes a board; nothing is written.
Result<NewBoard> plan_new_board(const NewBoardRequest& request, const SearchPath& search);

/// Writes it where no file is, then checks it; what does not pass is taken away again.
Result<> write_new_board(const NewBoard& board, const SearchPath& search);

/// The name below soc/ of the file whose `compatible` has one of these names, the first that any has; empty
/// when none does.
std::string find_soc(const std::vector<std::string>& compatible, const SearchPath& search);

}  // namespace rpikit::board
