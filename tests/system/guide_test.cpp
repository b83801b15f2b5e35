// What the guide tells users to type, typed: with a real kernel, an emulator, and a loop device for a card.

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>

#include "sdk/support/text.hpp"
#include "tests/support/loop_device.hpp"
#include "tests/support/program.hpp"
#include "tests/support/shown_commands.hpp"
#include "tests/support/temp_dir.hpp"

namespace fs = std::filesystem;
namespace test = rpikit::test;

namespace {

const fs::path guide = fs::path(RPIKIT_SOURCE_DIR) / "docs" / "guide.md";
constexpr const char* card_in_guide = "/dev/sdX";

/// A chapter's folder, and the card that is put in when the guide speaks of one.
struct Desk {
    test::TempDir folder;
    test::TempDir drawer;
    std::optional<test::LoopDevice> card;

    /// The line as it can be typed without a person: a loop device is a fixed disk, and nobody is asked.
    std::string typed(std::string line) {
        if (const auto at = line.find(card_in_guide); at != std::string::npos) {
            if (!card) card.emplace(drawer / "card", std::uint64_t{1} << 30);
            line.replace(at, std::string(card_in_guide).size(), card->path().string());
            if (line.contains(" flash ") || line.starts_with("rpi-kit flash "))
                line += " --yes --allow-fixed";
        }
        if (line.starts_with("rpi-kit ")) line.replace(0, 7, rpikit::shell_quote(RPIKIT_PROGRAM));
        return line;
    }
};

bool needs_card(const std::vector<test::ShownCommand>& lines) {
    return std::ranges::any_of(lines, [](const auto& line) { return line.text.contains(card_in_guide); });
}

}  // namespace

TEST_CASE("the guide's commands do what it says", "[real][guide]") {
    std::map<std::string, std::vector<test::ShownCommand>> chapters;
    for (const auto& shown : test::shown_commands(guide)) {
        if (shown.runs) chapters[shown.chapter].push_back(shown);
    }
    REQUIRE(chapters.size() >= 5);
    for (const auto& [chapter, lines] : chapters) {
        if (const auto why = test::LoopDevice::unavailable(); why && needs_card(lines)) {
            WARN("not typed: " << chapter << ": " << *why);
            continue;
        }
        Desk desk;
        for (const auto& line : lines) {
            const auto typed = desk.typed(line.text);
            const auto done = test::run_program(
                {"/bin/sh", "-c", typed}, {.directory = desk.folder.path(), .home = std::getenv("HOME")});
            INFO("docs/guide.md:" << line.line << ": " << typed << '\n' << done.out << done.err);
            REQUIRE(done.code == 0);
        }
    }
}
