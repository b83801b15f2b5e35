// The claim of every delivered board: built with the smallest kernel, and booted where QEMU has its machine.
// Not part of the default run: tests/run --boards.

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "sdk/board/board.hpp"
#include "sdk/support/text.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/system/as_user.hpp"

namespace {

namespace fs = std::filesystem;
namespace test = rpikit::test;
using rpikit::board::Board;

struct Row {
    std::string board;
    std::string machine = "-";
    std::string release = "-";
    std::string result = "not built";
    double built = 0;   ///< seconds
    double booted = 0;  ///< seconds
};

/// A variable's words, or `fallback` without it.
std::vector<std::string> words(const char* variable, std::vector<std::string> fallback) {
    const char* text = std::getenv(variable);
    if (text == nullptr || *text == '\0') return fallback;
    std::vector<std::string> result;
    for (const auto word : rpikit::split(text, ' '))
        result.emplace_back(word);
    return result;
}

void build(const fs::path& folder, Row& row) {
    const auto start = std::chrono::steady_clock::now();
    const auto source = words("RPIKIT_TEST_SOURCE", {"distro"}).front();
    const auto run =
        test::rpi_kit_as_user(folder, {"build", row.board, "--profile", "tiny", "--source", source});
    row.built = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    INFO(run.err);
    CHECK(run.code == 0);
    if (run.code == 0) row.result = "built";
}

void boot(const fs::path& folder, const Board& board, Row& row) {
    row.machine = board.emulator.machine;
    const auto run = test::rpi_kit_as_user(folder, {"boot", row.board, "--check", "--json"});
    INFO(run.out << run.err);
    CHECK(run.code == 0);
    if (run.code != 0) return;
    const auto report = nlohmann::json::parse(run.out);
    row.result = report["verdict"] == "passed" ? "booted in QEMU" : report["verdict"].get<std::string>();
    row.booted = report["seconds"].get<double>();
}

std::string release_of(const fs::path& manifest) {
    std::ifstream stream(manifest);
    const auto document = nlohmann::json::parse(stream, nullptr, false);
    return document.value(nlohmann::json::json_pointer("/kernel/release"), "-");
}

void print(const std::vector<Row>& rows) {
    std::cout << fmt::format("{:<18}{:<10}{:<20}{:<16}{:>9}{:>8}\n", "board", "machine", "release", "result",
                             "build s", "boot s");
    for (const auto& row : rows)
        std::cout << fmt::format("{:<18}{:<10}{:<20}{:<16}{:>9.0f}{:>8.0f}\n", row.board, row.machine,
                                 row.release, row.result, row.built, row.booted);
}

}  // namespace

TEST_CASE("every delivered board does what its descriptor says was tested", "[.boards]") {
    const rpikit::board::SearchPath search{.folders = {fs::path(RPIKIT_SOURCE_DIR) / "boards"}};
    const test::TempDir work;
    std::vector<Row> rows;
    for (const auto& name : words("RPIKIT_TEST_BOARDS", rpikit::board::list_boards(search))) {
        INFO(name);
        const auto board = rpikit::board::load_board(name, search);
        REQUIRE(board);
        Row row{.board = name};
        build(work.path(), row);
        if (row.result == "built") {
            row.release = release_of(work / "out" / name / "manifest.json");
            CHECK(row.release != "-");
            if (!board->emulator.machine.empty()) boot(work.path(), *board, row);
        }
        // Nothing is claimed that is not so.
        if (!board->tested.empty()) CHECK(row.result == board->tested);
        rows.push_back(std::move(row));
    }
    print(rows);
}
