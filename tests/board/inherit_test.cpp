#include "sdk/board/inherit.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace rpikit::board;

namespace {

Value parsed(std::string_view text, const char* file) {
    auto document = parse_document(text, file);
    REQUIRE(document);
    return *std::move(document);
}

std::vector<std::string> names(const Array& array) {
    std::vector<std::string> result;
    for (const auto& item : array)
        result.push_back(item.text_at("name"));
    return result;
}

}  // namespace

TEST_CASE("tables merge deeply, scalars and arrays replace, places stay") {
    const auto merged =
        merge(parsed("a = 1\n[t]\nx = 1\ny = [1, 2]\n[t.deep]\nk = 'base'\nm = 'kept'\n", "base"),
              parsed("[t]\ny = [3]\n[t.deep]\nk = 'own'\n", "own"));
    CHECK(merged.integer_at("a") == 1);
    CHECK(merged.integer_at("t.x") == 1);
    CHECK(merged.array_at("t.y").size() == 1);
    CHECK(merged.text_at("t.deep.k") == "own");
    CHECK(merged.text_at("t.deep.m") == "kept");
    CHECK(merged.find("t.x")->where == Location{"base", 3, 5});
    CHECK(merged.find("t.deep.k")->where == Location{"own", 4, 5});
    CHECK(merged.find("t.deep")->where.file == "own");
}

TEST_CASE("arrays of named tables merge element by element") {
    const auto merged =
        merge(parsed("[[p]]\nname = 'boot'\nsize = 1\nkeep = 2\n[[p]]\nname = 'root'\n", "base"),
              parsed("[[p]]\nname = 'data'\n[[p]]\nname = 'boot'\nsize = 9\n", "own"));
    CHECK(names(merged.array_at("p")) == std::vector<std::string>{"boot", "root", "data"});
    const auto& boot = merged.array_at("p")[0];
    CHECK(boot.integer_at("size") == 9);
    CHECK(boot.integer_at("keep") == 2);
    CHECK(boot.find("keep")->where.file == "base");
}

TEST_CASE("two elements of one name in one file stay two") {
    const auto merged =
        merge(parsed("[[p]]\nname = 'a'\n", "base"), parsed("[[p]]\nname = 'b'\n[[p]]\nname = 'b'\n", "own"));
    CHECK(names(merged.array_at("p")) == std::vector<std::string>{"a", "b", "b"});
}

TEST_CASE("device tree edits merge by node; elements without a name replace") {
    const auto edits = merge(parsed("[[e]]\nnode = '/a'\ndisable = true\n", "base"),
                             parsed("[[e]]\nnode = '/a'\ndisable = false\n[[e]]\nnode = '/b'\n", "own"));
    CHECK(edits.array_at("e").size() == 2);
    CHECK_FALSE(edits.array_at("e")[0].boolean_at("disable"));
    const auto plain = merge(parsed("[[e]]\nx = 1\n", "base"), parsed("[[e]]\nx = 2\n", "own"));
    REQUIRE(plain.array_at("e").size() == 1);
    CHECK(plain.array_at("e")[0].integer_at("x") == 2);
}

TEST_CASE("a change of type takes the derived value") {
    const auto merged = merge(parsed("[k]\na = 1\n", "base"), parsed("k = 'text'\n", "own"));
    CHECK(merged.text_at("k") == "text");
}

TEST_CASE("extends goes any depth, and a folder of the search path may be another one") {
    const test::TempDir own;
    const test::TempDir installed;
    own.write("mine.toml", "extends = 'board'\na = 1\n");
    installed.write("board.toml", "extends = 'soc/chip'\na = 2\nb = 2\n");
    installed.write("soc/chip.toml", "a = 3\nb = 3\nc = 3\n");
    const auto inherited = load_inherited(own / "mine.toml", {.folders = {own.path(), installed.path()}});
    REQUIRE(inherited);
    CHECK(inherited->document.integer_at("a") == 1);
    CHECK(inherited->document.integer_at("b") == 2);
    CHECK(inherited->document.integer_at("c") == 3);
    CHECK(inherited->files == std::vector<std::filesystem::path>{own / "mine.toml", installed / "board.toml",
                                                                 installed / "soc/chip.toml"});
}

TEST_CASE("extends in a circle names the circle") {
    const test::TempDir folder;
    folder.write("a.toml", "\nextends = 'b'\n");
    folder.write("b.toml", "extends = 'c'\n");
    folder.write("c.toml", "x = 1\nextends = 'b'\n");
    const auto inherited = load_inherited(folder / "a.toml", {.folders = {folder.path()}});
    REQUIRE_FALSE(inherited);
    CHECK(inherited.error().message.contains("circle"));
    CHECK(inherited.error().message.contains("b.toml -> "));
    CHECK_FALSE(inherited.error().message.contains("a.toml"));
    CHECK(inherited.error().where == Location{folder / "c.toml", 2, 11});
    folder.write("self.toml", "extends = 'self'\n");
    CHECK_FALSE(load_inherited(folder / "self.toml", {.folders = {folder.path()}}));
}

TEST_CASE("extends to nowhere names the near match; paths out of the folders are refused") {
    const test::TempDir folder;
    folder.write("soc/bcm2711.toml", "");
    const SearchPath search{.folders = {folder.path()}};
    const auto error_of = [&](std::string_view line) {
        const auto inherited = load_inherited(folder.write("x.toml", line), search);
        REQUIRE_FALSE(inherited);
        REQUIRE(inherited.error().where);
        CHECK(inherited.error().where->line == 1);
        return inherited.error().message;
    };
    CHECK(error_of("extends = 'soc/bcm2771'") ==
          "'extends' names \"soc/bcm2771\", which does not exist; did you mean \"soc/bcm2711\"?");
    CHECK(error_of("extends = '../x'").contains("below its folder"));
    CHECK(error_of("extends = '/etc/x'").contains("below its folder"));
    CHECK(error_of("extends = 3").contains("must be a string"));
}
