#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sdk/board/board.hpp"

namespace rpikit::board {

/// Where a user's changes to a board go: a board file that is the user's, and the file beside it that holds
/// them.
struct OwnBoard {
    std::filesystem::path file;
    std::filesystem::path addition;  ///< a fragment of the configuration, or a device tree overlay
    std::string text;                ///< the whole board file, with the addition named in it
    bool exists = true;              ///< whether the file is there already
};

/// Finds the user's own board file for `board`: the board's file, unless that lies in `shipped`; then
/// `own`/NAME.toml, which extends it. Nothing is written.
/// \param profile the one that gets the fragment "fragments/NAME-PROFILE.config"
/// \param own the folder for the user's boards; must not be `shipped` when a file has to be made
/// \param name another name than the board's for the user's own; empty: the same
Result<OwnBoard> plan_own_board(const Board& board, const std::string& profile,
                                const std::filesystem::path& own, const std::filesystem::path& shipped,
                                const std::string& name);

/// A device tree overlay that is to lie beside a board file.
struct OverlayFile {
    std::string name;  ///< "my-hat.dts"
    std::string_view content;
    bool replaces = false;  ///< it may take the place of another of that name
};

/// The same for a device tree overlay, "overlays/NAME" beside the board file, after those that the board has
/// already. An error when another overlay of that name is there.
Result<OwnBoard> plan_own_overlay(const Board& board, const OverlayFile& overlay,
                                  const std::filesystem::path& own, const std::filesystem::path& shipped,
                                  const std::string& name);

/// Writes addition and board file, the addition first, each whole or not at all; then the board is loaded. If
/// any of that fails, both are put back as they were. \param addition its whole content
Result<> write_own_board(const OwnBoard& own, std::string_view addition, const SearchPath& search);

/// A board file's text with one more path in kernel.profile.PROFILE.extra_fragments; comments and layout
/// stay, and the result was parsed and compared. The same text when the path is there already.
Result<std::string> with_extra_fragment(const std::string& text, const std::filesystem::path& file,
                                        const std::string& profile, const std::string& fragment);

/// The same for a path in boot.overlay_files.
Result<std::string> with_overlay_file(const std::string& text, const std::filesystem::path& file,
                                      const std::string& overlay);

}  // namespace rpikit::board
