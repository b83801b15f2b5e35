#include "sdk/emulator/console_text.hpp"

#include <catch2/catch_test_macros.hpp>

using rpikit::emulator::ConsoleText;
using Lines = std::vector<std::string>;

TEST_CASE("lines come out whole, wherever the pieces are cut") {
    ConsoleText text;
    CHECK(text.feed("[  0.1] one\r\n[  0.2] tw") == Lines{"[  0.1] one"});
    CHECK(text.current() == "[  0.2] tw");
    CHECK(text.feed("o\nlogin: ") == Lines{"[  0.2] two"});
    CHECK(text.current() == "login: ");
}

TEST_CASE("terminal control sequences are dropped, cut ones too") {
    ConsoleText text;
    text.feed("\x1b[1;32m/root # \x1b[");
    CHECK(text.current() == "/root # ");
    text.feed("6n");
    CHECK(text.current() == "/root # ");
    text.feed(
        "\x1b"
        "7x");
    CHECK(text.current() == "/root # x");
}

TEST_CASE("the tail has the last lines, the unfinished one among them") {
    ConsoleText text;
    text.feed("a\nb\nc\nd");
    CHECK(text.tail(2) == "c\nd\n");
    CHECK(text.tail(100) == "a\nb\nc\nd\n");
    CHECK(ConsoleText().tail(3).empty());
}

TEST_CASE("a console that never ends a line does not fill the memory") {
    ConsoleText text;
    for (int i = 0; i < 100; ++i)
        text.feed(std::string(10000, 'x'));
    CHECK(text.current().size() <= 16384);
}
