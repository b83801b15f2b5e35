#pragma once

#include <filesystem>
#include <string>
#include <vector>

/// The commands that pages of docs/ tell users to type.
namespace rpikit::test {

/// A line of a fenced block.
struct ShownCommand {
    std::filesystem::path page;
    std::size_t line = 0;
    std::string chapter;  ///< the heading above it, without the number signs
    std::string text;     ///< without its comment
    bool runs = false;    ///< its block is marked `sh`: a test types it
};

/// All lines of a page's fenced blocks that are commands: in blocks marked `sh` every line, in others those
/// in which rpi-kit is called.
std::vector<ShownCommand> shown_commands(const std::filesystem::path& page);

/// README.md and every page of docs/.
std::vector<std::filesystem::path> pages(const std::filesystem::path& source);

}  // namespace rpikit::test
