#include "sdk/board/schema.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>

using namespace rpikit;
using namespace rpikit::board;

namespace {

std::optional<std::string> no_slash(std::string_view text) {
    return text.contains('/') ? std::optional<std::string>("has a slash") : std::nullopt;
}

constexpr auto rows = std::to_array<Row>({
    {.key = "title", .type = Type::string, .required = true, .doc = "Its title."},
    {.key = "kind", .type = Type::string, .fallback = "small", .allowed = "small|large"},
    {.key = "room", .type = Type::size, .fallback = "4M"},
    {.key = "count", .type = Type::integer, .fallback = "3"},
    {.key = "flag", .type = Type::boolean, .fallback = "true"},
    {.key = "words", .type = Type::strings, .format = no_slash},
    {.key = "inner", .type = Type::table},
    {.key = "inner.depth", .type = Type::integer, .fallback = "7"},
    {.key = "item", .type = Type::tables},
    {.key = "item[].name", .type = Type::string, .required = true, .doc = "Its name."},
    {.key = "item[].way", .type = Type::string, .required = true, .allowed = "git|file", .doc = "How."},
    {.key = "item[].url", .type = Type::string, .required = true, .only_with = "way=git", .doc = "Where."},
    {.key = "named", .type = Type::named_tables, .format = no_slash},
    {.key = "named.*.base", .type = Type::string, .fallback = "none"},
});

/// "line:column message" of each mistake, in order.
std::vector<std::string> mistakes(std::string_view text) {
    const auto document = parse_document(text, "x.toml");
    REQUIRE(document);
    std::vector<std::string> found;
    for (const auto& error : validate(*document, rows)) {
        REQUIRE(error.where);
        CHECK(error.where->file == "x.toml");
        found.push_back(std::to_string(error.where->line) + ":" + std::to_string(error.where->column) + " " +
                        error.message);
    }
    std::ranges::sort(found);
    return found;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a document that follows the rows has no mistakes") {
    CHECK(mistakes("title = 'a'\nkind = 'large'\nroom = '12K'\nwords = ['b']\n"
                   "[[item]]\nname = 'i'\nway = 'git'\nurl = 'u'\n[[item]]\nname = 'j'\nway = 'file'\n"
                   "[named.one]\nbase = 'x'\n")
              .empty());
    CHECK(mistakes("title = 'a'\nroom = 4096\n").empty());
}

TEST_CASE("unknown keys come with the near match, or the place where they belong") {
    CHECK(mistakes("title = 'a'\nword = ['b']\n") ==
          Lines{"2:1 unknown key 'word' in this file; did you mean 'words'?"});
    CHECK(mistakes("title = 'a'\ndepth = 1\n") ==
          Lines{"2:1 unknown key 'depth' in this file; it belongs to 'inner.depth'"});
    CHECK(mistakes("title = 'a'\nzzz = 1\n") == Lines{"2:1 unknown key 'zzz' in this file"});
    CHECK(mistakes("title = 'a'\n[inner]\ndepht = 1\n") ==
          Lines{"3:1 unknown key 'depht' in [inner]; did you mean 'depth'?"});
    CHECK(mistakes("title = 'a'\n[[item]]\nname = 'i'\nway = 'file'\nnmae = 1\n") ==
          Lines{"5:1 unknown key 'nmae' in [[item]]; did you mean 'name'?"});
    CHECK(mistakes("title = 'a'\n[named.one]\nbsae = 'b'\n") ==
          Lines{"3:1 unknown key 'bsae' in [named.NAME]; did you mean 'base'?"});
}

TEST_CASE("a mistyped required key is not reported as missing too") {
    CHECK(mistakes("titel = 'a'\n") == Lines{"1:1 unknown key 'titel' in this file; did you mean 'title'?"});
}

TEST_CASE("wrong types say what was expected and what is there") {
    CHECK(mistakes("title = 1\n") == Lines{"1:9 'title' must be a string, not an integer"});
    CHECK(mistakes("title = 'a'\nwords = 'b'\n") ==
          Lines{"2:9 'words' must be an array of strings, not a string"});
    CHECK(mistakes("title = 'a'\nwords = ['b', 2]\n") ==
          Lines{"2:15 'words' must hold strings only, not an integer"});
    CHECK(mistakes("title = 'a'\nflag = 'yes'\n") == Lines{"2:8 'flag' must be true or false, not a string"});
    CHECK(mistakes("title = 'a'\ninner = 5\n") == Lines{"2:9 [inner] must be a table"});
    CHECK(mistakes("title = 'a'\nitem = ['b']\n") == Lines{"2:9 [[item]] must be a table"});
    CHECK(mistakes("title = 'a'\ncount = -1\n") ==
          Lines{"2:9 'count' must be an integer of at least 0, not a negative one"});
    CHECK(mistakes("title = 'a'\nroom = 1.5\n") ==
          Lines{"2:8 'room' must be a size such as \"32M\", not a floating-point number"});
}

TEST_CASE("values that are not allowed") {
    CHECK(mistakes("title = 'a'\nkind = 'smal'\n") ==
          Lines{"2:8 'kind' cannot be \"smal\"; did you mean \"small\"? (one of: small, large)"});
    CHECK(mistakes("title = 'a'\nroom = '12Q'\n") == Lines{"2:8 'room': '12Q' is not a size"});
    CHECK(mistakes("title = 'a'\nwords = ['b', 'c/d']\n") == Lines{"2:15 'words': has a slash"});
    CHECK(mistakes("title = 'a'\n[named.'a/b']\n") == Lines{"2:8 'a/b': has a slash"});
}

TEST_CASE("missing keys are reported at their table, and only where they are needed") {
    CHECK(mistakes("") == Lines{"1:1 'title' is missing in this file: Its title."});
    CHECK(mistakes("title = 'a'\n\n[[item]]\nname = 'i'\nway = 'git'\n") ==
          Lines{"3:1 'url' is missing in [[item]]: Where."});
    CHECK(mistakes("title = 'a'\n[[item]]\nname = 'i'\nway = 'file'\nurl = 'u'\n") ==
          Lines{"5:1 'url' does not go with way = \"file\""});
    // What the neighbour should have been is not known, so nothing is said about the rest.
    CHECK(mistakes("title = 'a'\n[[item]]\nname = 'i'\nway = 'gut'\nurl = 'u'\n").size() == 1);
}

TEST_CASE("fallbacks appear where nothing was written, and nowhere else") {
    auto document =
        parse_document("title = 'a'\ncount = 9\n[named.one]\n[named.two]\nbase = 'b'\n", "x.toml");
    REQUIRE(document);
    complete(*document, rows);
    CHECK(document->text_at("kind") == "small");
    CHECK(document->text_at("room") == "4M");
    CHECK(document->integer_at("count") == 9);
    CHECK(document->boolean_at("flag"));
    CHECK(document->integer_at("inner.depth") == 7);
    CHECK(document->text_at("named.one.base") == "none");
    CHECK(document->text_at("named.two.base") == "b");
    CHECK(document->find("words") == nullptr);
}

TEST_CASE("several mistakes make one error, the first by place in front") {
    const auto document = parse_document("flag = 1\ntitle = 2\nroom = 'x'\n", "x.toml");
    REQUIRE(document);
    const auto error = combine(validate(*document, rows));
    CHECK(error.message == "'flag' must be true or false, not an integer");
    CHECK(error.where == Location{"x.toml", 1, 8});
    CHECK(error.detail ==
          "x.toml:2:9: 'title' must be a string, not an integer\nx.toml:3:8: 'room': 'x' is not a size\n");
}

TEST_CASE("the order of files goes before the order of lines") {
    const std::vector<std::filesystem::path> files = {"b.toml", "a.toml"};
    const auto error = combine({{.message = "in a", .where = Location{"a.toml", 1, 1}},
                                {.message = "in b", .where = Location{"b.toml", 9, 1}}},
                               files);
    CHECK(error.message == "in b");
    CHECK(error.detail == "a.toml:1:1: in a\n");
}
