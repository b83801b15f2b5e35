#include "tests/support/shown_commands.hpp"

#include <algorithm>
#include <fstream>

namespace rpikit::test {

namespace fs = std::filesystem;

namespace {

std::string without_comment(const std::string& line) {
    const auto comment = line.find("  #");
    auto text = line.substr(0, comment);
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

bool calls_rpi_kit(const std::string& line) {
    return line.starts_with("rpi-kit ") || line.starts_with("./rpi-kit ") || line.contains("| rpi-kit ") ||
           line.contains("| ./rpi-kit ");
}

}  // namespace

std::vector<ShownCommand> shown_commands(const fs::path& page) {
    std::vector<ShownCommand> commands;
    std::ifstream stream(page);
    std::string chapter;
    bool inside = false;
    bool runs = false;
    std::size_t number = 0;
    for (std::string line; std::getline(stream, line);) {
        ++number;
        if (line.starts_with("```")) {
            inside = !inside;
            runs = inside && line == "```sh";
        } else if (!inside && line.starts_with("## ")) {
            chapter = line.substr(3);
        } else if (inside && !line.empty() && (runs || calls_rpi_kit(line))) {
            commands.push_back({.page = page,
                                .line = number,
                                .chapter = chapter,
                                .text = without_comment(line),
                                .runs = runs});
        }
    }
    return commands;
}

std::vector<fs::path> pages(const fs::path& source) {
    std::vector<fs::path> found{source / "README.md"};
    for (const auto& entry : fs::recursive_directory_iterator(source / "docs")) {
        if (entry.path().extension() == ".md") found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
}

}  // namespace rpikit::test
