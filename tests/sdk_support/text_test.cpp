#include "sdk/support/text.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <memory>

using namespace rpikit;
using Strings = std::vector<std::string>;
using Views = std::vector<std::string_view>;

namespace {

/// What a POSIX shell makes of a quoted text.
std::string through_shell(const std::string& text) {
    const std::string command = "printf %s " + shell_quote(text);
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    std::string output;
    for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get()))
        output += static_cast<char>(c);
    return output;
}

}  // namespace

TEST_CASE("blanks are trimmed at both ends alone") {
    CHECK(trim(" \t a b\r\n") == "a b");
    CHECK(trim(" \n\t").empty());
    CHECK(trim("").empty());
}

TEST_CASE("splitting keeps empty parts") {
    CHECK(split("a,,b", ',') == Views{"a", "", "b"});
    CHECK(split("", ',') == Views{""});
    CHECK(split(",", ',') == Views{"", ""});
}

TEST_CASE("lines end with LF or CR LF; the last newline adds none") {
    CHECK(lines("a\r\nb\n\nc") == Views{"a", "b", "", "c"});
    CHECK(lines("a\n") == Views{"a"});
    CHECK(lines("\n") == Views{""});
    CHECK(lines("").empty());
}

TEST_CASE("the last lines of a text") {
    CHECK(last_lines("a\nb\nc\n", 2) == "b\nc\n");
    CHECK(last_lines("a\nb", 5) == "a\nb\n");
    CHECK(last_lines("", 3).empty());
    CHECK(last_lines("a\n", 0).empty());
}

TEST_CASE("parts are joined by a separator") {
    CHECK(join(Strings{"a", "b", "c"}, ", ") == "a, b, c");
    CHECK(join(Strings{}, ", ").empty());
}

TEST_CASE("a near match is a slip, not another word") {
    const Strings boards = {"rpi4", "rpi5", "zero2w", "generic-x86_64"};
    CHECK(near_match("rpi4b", boards) == "rpi4");
    CHECK(near_match("genric-x86-64", boards) == "generic-x86_64");
    CHECK(near_match("rpi", boards) == "rpi4");
    CHECK_FALSE(near_match("toaster", boards));
    CHECK_FALSE(near_match("rpi4", {}));
    CHECK(near_match("", boards) == std::nullopt);
}

TEST_CASE("a quoted argument comes through a shell unchanged") {
    for (const std::string text : {"plain", "", "with blank", "it's", "a\"b$c`d\\e", "*?[a]", "~", "Ärger",
                                   "a\nb", "-n", "!history", "#no", "a;b&c|d"}) {
        CHECK(through_shell(text) == text);
    }
    CHECK(shell_quote("/a/b_c.d-e=f,g:h@i%j+k") == "/a/b_c.d-e=f,g:h@i%j+k");
    CHECK(shell_quote(Strings{"make", "CC=ccache gcc", ""}) == "make 'CC=ccache gcc' ''");
}

TEST_CASE("sizes are shown in binary units") {
    CHECK(format_size(0) == "0 B");
    CHECK(format_size(1023) == "1023 B");
    CHECK(format_size(1536) == "1.5 KiB");
    CHECK(format_size(std::uint64_t{153} << 20) == "153.0 MiB");
    CHECK(format_size(std::uint64_t{5} << 40) == "5.0 TiB");
    CHECK(format_size(std::uint64_t{5000} << 40) == "5000.0 TiB");
}

TEST_CASE("durations are shown in the unit that fits") {
    CHECK(format_duration(0.04) == "0.0 s");
    CHECK(format_duration(9.94) == "9.9 s");
    CHECK(format_duration(9.96) == "10 s");
    CHECK(format_duration(59.4) == "59 s");
    CHECK(format_duration(59.6) == "1 min 00 s");
    CHECK(format_duration(187) == "3 min 07 s");
    CHECK(format_duration(3600) == "1 h 00 min");
    CHECK(format_duration(7530) == "2 h 05 min");
}

TEST_CASE("sizes are read, and what is none is refused") {
    CHECK(parse_size("512") == 512U);
    CHECK(parse_size("64K") == std::uint64_t{64} << 10);
    CHECK(parse_size("2G") == std::uint64_t{2} << 30);
    CHECK(parse_size("16777215T") == std::uint64_t{16777215} << 40);
    for (const char* wrong :
         {"", "K", "12Q", "1.5G", "-1", "12KB", " 1", "1k", "16777216T", "99999999999999999999"})
        CHECK_FALSE(parse_size(wrong));
    CHECK_FALSE(parse_size("many").error().hint.empty());
}

TEST_CASE("numbers are whole, not negative, and alone") {
    CHECK(parse_number("0") == 0U);
    CHECK(parse_number("18446744073709551615") == 18446744073709551615U);
    for (const char* wrong : {"", "18446744073709551616", "-1", "+1", " 1", "1 ", "0x10", "1.0"})
        CHECK_FALSE(parse_number(wrong));
}
