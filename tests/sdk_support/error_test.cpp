#include "sdk/support/error.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/support/result.hpp"

using namespace rpikit;

namespace {

Result<int> parse(bool good) {
    if (!good) return fail({.message = "no number", .hint = "write one", .kind = ErrorKind::usage});
    return 7;
}

Result<int> twice(bool good) {
    TRY_ASSIGN(const int number, parse(good));
    return 2 * number;
}

Result<> only_check(bool good) {
    TRY(parse(good));
    return {};
}

}  // namespace

TEST_CASE("an error is rendered with place, causes, detail and hint") {
    const Error error{.message = "cannot load the board",
                      .where = Location{.file = "boards/mine.toml", .line = 12, .column = 9},
                      .causes = {"unknown key 'archs'", "did you mean 'arch'?"},
                      .detail = "  12 | archs = 1",
                      .hint = "rpi-kit boards"};
    CHECK(render(error, false) ==
          "error: cannot load the board\n"
          "  --> boards/mine.toml:12:9\n"
          "  caused by: unknown key 'archs'\n"
          "  caused by: did you mean 'arch'?\n"
          "\n"
          "  12 | archs = 1\n"
          "\n"
          "hint: rpi-kit boards\n");
}

TEST_CASE("an error without anything else is one line") {
    CHECK(render({.message = "failed"}, false) == "error: failed\n");
    // What a hostile file has for a key cannot steer the terminal.
    const Error hostile{.message = "\x1b]0;x\x07",
                        .where = Location{.file = "\x1b.toml"},
                        .causes = {"\x1b[2J"},
                        .detail = "\x1b[A\n\tlog\r",
                        .hint =
                            "\xc2\x9b"
                            "2J \xc3\xa9"};
    CHECK(render(hostile, false) ==
          "error: \\x1b]0;x\\x07\n  --> \\x1b.toml\n  caused by: \\x1b[2J\n\n\\x1b[A\n\tlog\\x0d\n\n"
          "hint: \\x9b2J \xc3\xa9\n");
}

TEST_CASE("colours change nothing but colours") {
    const Error error{.message = "failed", .causes = {"because"}, .hint = "try again"};
    std::string coloured = render(error, true);
    CHECK(coloured.contains("\x1b[1;31merror\x1b[0m"));
    for (const std::string code : {"\x1b[1;31m", "\x1b[1;36m", "\x1b[0m"}) {
        for (auto at = coloured.find(code); at != std::string::npos; at = coloured.find(code))
            coloured.erase(at, code.size());
    }
    CHECK(coloured == render(error, false));
}

TEST_CASE("context becomes the message, and the old message the first cause") {
    const auto error = with_context({.message = "inner", .causes = {"root"}, .hint = "do this"}, "outer");
    CHECK(error.message == "outer");
    CHECK(error.causes == std::vector<std::string>{"inner", "root"});
    CHECK(error.hint == "do this");
}

TEST_CASE("a location leaves out what is not known") {
    CHECK(to_string(Location{.file = "a", .line = 3, .column = 4}) == "a:3:4");
    CHECK(to_string(Location{.file = "a", .line = 3}) == "a:3");
    CHECK(to_string(Location{.file = "a", .column = 4}) == "a");
}

TEST_CASE("failures pass through TRY and TRY_ASSIGN unchanged") {
    CHECK(twice(true) == 14);
    CHECK(only_check(true));
    for (const Error& error : {twice(false).error(), only_check(false).error()}) {
        CHECK(error.message == "no number");
        CHECK(error.kind == ErrorKind::usage);
    }
}
