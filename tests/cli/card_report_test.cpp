#include "sdk/cli/card_report.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

using namespace rpikit;

namespace {

card::CardResult good(const char* name) {
    return {.name = name,
            .failure = {},
            .verified = true,
            .first_block_written = true,
            .written = 1 << 20,
            .bad = {},
            .advice = {}};
}

card::CardResult failed(const char* name, ErrorKind kind = ErrorKind::failed) {
    return {.name = name,
            .failure = Error{.message = "cannot write at offset 4096",
                             .causes = {"Input/output error"},
                             .hint = "look",
                             .kind = kind},
            .marked = true,
            .bad = {},
            .advice = {}};
}

}  // namespace

TEST_CASE("a card's line says whether it was verified") {
    auto result = good("/dev/sdb");
    CHECK(cli::result_line(result, true) == "/dev/sdb  written and verified: 1.0 MiB\n");
    result.time = std::chrono::seconds(83);
    CHECK(cli::result_line(result, true) == "/dev/sdb  written and verified: 1.0 MiB, in 1 min 23 s\n");
    CHECK(nlohmann::json::parse(cli::result_event(result)).at("seconds") == 83);
    result.time = {};
    result.verified = false;
    CHECK(cli::result_line(result, false) == "/dev/sdb  written, NOT verified: 1.0 MiB\n");
    result.unchanged = 2 << 20;
    result.rewritten = 512;
    result.advice = "it may have less capacity than it says";
    const auto line = cli::result_line(result, false);
    CHECK(line.contains("2.0 MiB was there already"));
    CHECK(line.contains("512 B written again"));
    CHECK(line.contains("advice: it may have less"));
}

TEST_CASE("a failed card says why, where, and that it is no finished one") {
    auto result = failed("/dev/sdc");
    for (std::uint64_t i = 0; i < 20; ++i)
        result.bad.push_back({.offset = i * 4096, .length = 512});
    const auto text = cli::result_line(result, true);
    CHECK(text.starts_with("/dev/sdc  FAILED: cannot write at offset 4096\n"));
    CHECK(text.contains("caused by: Input/output error"));
    CHECK(text.contains("wrong at byte 4096, 512 bytes long"));
    CHECK(text.contains("and 12 places more"));
    CHECK(text.contains("nothing takes it for a finished card"));
    result.first_block_written = true;
    CHECK_FALSE(cli::result_line(result, true).contains("finished card"));
    auto untouched = failed("/dev/sdd");
    untouched.marked = false;
    CHECK_FALSE(cli::result_line(untouched, true).contains("finished card"));
    const auto event = nlohmann::json::parse(cli::result_event(result));
    CHECK(event.at("ok") == false);
    CHECK(event.at("bad").size() == 20);
    CHECK(event.at("error").at("message") == "cannot write at offset 4096");
}

TEST_CASE("the whole fails when one card does, and names it") {
    CHECK(cli::judge_cards(std::vector{good("/dev/sdb"), good("/dev/sdc")}));
    const auto one = cli::judge_cards(std::vector{good("/dev/sdb"), failed("/dev/sdc")});
    REQUIRE_FALSE(one);
    CHECK(one.error().message == "1 card was not written: /dev/sdc");
    CHECK(one.error().kind == ErrorKind::failed);
    CHECK(one.error().hint == "look");
    const auto both =
        cli::judge_cards(std::vector{failed("/dev/sdb", ErrorKind::interrupted), failed("/dev/sdc")});
    CHECK(both.error().message == "2 cards were not written: /dev/sdb, /dev/sdc");
    CHECK(both.error().kind == ErrorKind::failed);
    const auto interrupted = cli::judge_cards(std::vector{failed("/dev/sdb", ErrorKind::interrupted)});
    CHECK(interrupted.error().kind == ErrorKind::interrupted);
    CHECK(interrupted.error().causes.back().contains("finished card"));
}
