#include "sdk/board/document.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace rpikit::board;

TEST_CASE("a document's values know where they were written") {
    const auto document = parse_document(
        "name = \"one\"\n"
        "\n"
        "[kernel]\n"
        "jobs = 4\n"
        "  dtbs = [\"a\", \"b\"]\n"
        "on = true\n"
        "[[part]]\n"
        "name = \"boot\"\n",
        "x.toml");
    REQUIRE(document);
    CHECK(document->text_at("name") == "one");
    CHECK(document->find("name")->where == Location{"x.toml", 1, 8});
    CHECK(document->integer_at("kernel.jobs") == 4);
    CHECK(document->boolean_at("kernel.on"));
    CHECK(document->texts_at("kernel.dtbs") == std::vector<std::string>{"a", "b"});
    CHECK(document->find("kernel.dtbs")->array()->at(1).where == Location{"x.toml", 5, 16});
    CHECK(document->find("kernel")->table()->find("dtbs")->where == Location{"x.toml", 5, 3});
    CHECK(document->array_at("part").size() == 1);
    CHECK(document->array_at("part")[0].text_at("name") == "boot");
    CHECK(document->find("kernel.none") == nullptr);
    CHECK(document->find("name.deeper") == nullptr);
}

TEST_CASE("what is missing or of another kind reads as empty") {
    const auto document = parse_document("number = 1\ndate = 2024-01-01\nreal = 1.5\n", "x.toml");
    REQUIRE(document);
    CHECK(document->text_at("number").empty());
    CHECK(document->texts_at("number").empty());
    CHECK(document->integer_at("none") == 0);
    CHECK_FALSE(document->boolean_at("number"));
    CHECK(kind_name(*document->find("number")) == "an integer");
    CHECK(kind_name(*document->find("date")) == "a date or time");
    CHECK(kind_name(*document->find("real")) == "a floating-point number");
    CHECK(kind_name(*document) == "a table");
}

TEST_CASE("a syntax error names file, line and column") {
    const auto document = parse_document("a = 1\nb = \n", "dir/broken.toml");
    REQUIRE_FALSE(document);
    CHECK(document.error().message.starts_with("not valid TOML: "));
    REQUIRE(document.error().where);
    CHECK(document.error().where->file == "dir/broken.toml");
    CHECK(document.error().where->line == 2);
    CHECK(document.error().where->column > 1);
}

TEST_CASE("duplicate keys, bad UTF-8 and deep nesting are errors, not crashes") {
    CHECK_FALSE(parse_document("a = 1\na = 2\n", "x.toml"));
    CHECK_FALSE(parse_document("a = \"\xff\xfe\"\n", "x.toml"));
    CHECK_FALSE(parse_document("a = " + std::string(100'000, '['), "x.toml"));
}

TEST_CASE("a missing or an oversized file is an error that names it") {
    const test::TempDir folder;
    const auto missing = load_document(folder / "none.toml");
    REQUIRE_FALSE(missing);
    CHECK(render(missing.error(), false).find("none.toml") != std::string::npos);
    CHECK_FALSE(load_document(folder.write("big.toml", std::string((1 << 20) + 1, '#'))));
}

TEST_CASE("quoted text reads back as it was") {
    for (const std::string text :
         {"plain", "", "with \"quotes\" and \\", "two\nlines\ttab", "\x01\x7f", "Straße"}) {
        const auto document = parse_document("key = " + quote(text) + "\n", "x.toml");
        REQUIRE(document);
        CHECK(document->text_at("key") == text);
    }
}
