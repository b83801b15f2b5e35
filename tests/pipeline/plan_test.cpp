#include "sdk/pipeline/plan.hpp"

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <memory>

#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

namespace {

using rpikit::Error;
using rpikit::ErrorKind;
using rpikit::Fingerprint;
using rpikit::Result;
using namespace rpikit::pipeline;
namespace host = rpikit::host;
namespace test = rpikit::test;

const Observer quiet{.begin = [](auto, auto, const auto&) {},
                     .progress = [](auto, auto) {},
                     .end = [](const auto&, const auto&, const auto&) {},
                     .fail = [](const auto&) {}};

/// Two stages: "make" writes a file from an input, "use" depends on what "make" found.
struct Workshop {
    test::FakeProcessRunner processes;
    test::TestHost machine{processes};
    test::TempDir folder;
    std::string input = "one";
    std::string found = "same";
    int made = 0;
    int used = 0;
    bool fails = false;

    Plan plan() {
        Stage make{.name = "make", .title = "make it"};
        make.inputs = [this](const Values&) -> Result<Fingerprint> {
            Fingerprint inputs;
            inputs.add("input", input);
            return inputs;
        };
        make.run = [this](const Values&, const host::Progress&) -> Result<Outcome> {
            if (fails) return rpikit::fail({.message = "it broke"});
            ++made;
            return Outcome{
                .summary = "made", .values = {{"found", found}}, .outputs = {folder.write("product", input)}};
        };
        Stage use{.name = "use", .title = "use it"};
        use.inputs = [](const Values& values) -> Result<Fingerprint> {
            Fingerprint inputs;
            inputs.add("found", values.at("make.found"));
            return inputs;
        };
        use.run = [this](const Values&, const host::Progress&) -> Result<Outcome> {
            ++used;
            return Outcome{};
        };
        return Plan({make, use}, folder / "state");
    }

    Result<Values> run() { return plan().run(machine.host(), quiet); }

    std::string reason(std::size_t stage) { return plan().preview().value().at(stage).reason; }
};

}  // namespace

TEST_CASE("a stage runs once and not again while nothing changed") {
    Workshop shop;
    CHECK(shop.reason(0) == "not finished before");
    CHECK(shop.reason(1) == "follows 'make'");
    REQUIRE(shop.run());
    REQUIRE(shop.run());
    CHECK(shop.made == 1);
    CHECK(shop.used == 1);
    CHECK(shop.reason(0) == "up to date");
    CHECK(shop.reason(1) == "up to date");
}

TEST_CASE("a changed input is named and runs its stage, and what follows only if the outcome differs") {
    Workshop shop;
    REQUIRE(shop.run());
    shop.input = "two";
    CHECK(shop.reason(0) == "changed: input");
    REQUIRE(shop.run());
    CHECK(shop.made == 2);
    CHECK(shop.used == 1);

    shop.input = "three";
    shop.found = "other";
    REQUIRE(shop.run());
    CHECK(shop.made == 3);
    CHECK(shop.used == 2);
}

TEST_CASE("an output that was changed or removed makes its stage run") {
    Workshop shop;
    REQUIRE(shop.run());
    shop.folder.write("product", "edited by hand");
    CHECK(shop.reason(0).ends_with("product was changed by something else"));
    REQUIRE(shop.run());
    std::filesystem::remove(shop.folder / "product");
    CHECK(shop.reason(0).ends_with("product is missing"));
    REQUIRE(shop.run());
    CHECK(shop.made == 3);
}

TEST_CASE("a stage that failed runs again, even with the inputs of a run that succeeded before") {
    Workshop shop;
    REQUIRE(shop.run());
    shop.input = "two";
    shop.fails = true;
    const auto failed = shop.run();
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message == "it broke");
    shop.input = "one";
    shop.fails = false;
    CHECK(shop.reason(0) == "not finished before");
    REQUIRE(shop.run());
    CHECK(shop.made == 2);
}

TEST_CASE("a torn or foreign record is none") {
    Workshop shop;
    REQUIRE(shop.run());
    for (const auto* text : {"", "{", "[]", "{\"format\": 99}", "{\"format\": 1, \"inputs\": 3}"}) {
        shop.folder.write("state/make.json", text);
        CHECK(shop.reason(0) == "not finished before");
    }
}

TEST_CASE("a stage that leaves out an output it promised is a failure") {
    Workshop shop;
    auto stages = shop.plan().stages();
    stages[0].run = [&](const Values&, const host::Progress&) -> Result<Outcome> {
        return Outcome{.outputs = {shop.folder / "nothing"}};
    };
    const auto run = Plan(stages, shop.folder / "other").run(shop.machine.host(), quiet);
    REQUIRE_FALSE(run);
    CHECK(run.error().message.contains("ended without"));
}

TEST_CASE("a stop request ends the run before the next stage, as an interruption") {
    Workshop shop;
    std::stop_source stop;
    shop.machine.host().stop = stop.get_token();
    auto stages = shop.plan().stages();
    const auto run_first = stages[0].run;
    stages[0].run = [&](const Values& values, const host::Progress& progress) {
        stop.request_stop();
        return run_first(values, progress);
    };
    const auto run = Plan(stages, shop.folder / "state").run(shop.machine.host(), quiet);
    REQUIRE_FALSE(run);
    CHECK(run.error().kind == ErrorKind::interrupted);
    CHECK(shop.used == 0);
}

TEST_CASE("a stage whose outcome lies there already does not run") {
    Workshop shop;
    bool there = false;
    int ran = 0;
    Stage stage{.name = "find", .title = "find it"};
    stage.ready = [&](const Values&) -> Result<Readiness> {
        if (!there) return Readiness{.reason = "still to be found"};
        return Readiness{.outcome = Outcome{.values = {{"where", "here"}}}};
    };
    stage.run = [&](const Values&, const host::Progress&) -> Result<Outcome> {
        ++ran;
        there = true;
        return Outcome{.values = {{"where", "here"}}};
    };
    const Plan plan({stage}, shop.folder / "state");
    CHECK(plan.preview().value().front().runs);
    CHECK(plan.preview().value().front().reason == "still to be found");
    for (int i = 0; i < 2; ++i) {
        const auto values = plan.run(shop.machine.host(), quiet);
        REQUIRE(values);
        CHECK(values->at("find.where") == "here");
    }
    CHECK(ran == 1);
}

TEST_CASE("a preview does not say that stages follow one that only checks") {
    Workshop shop;
    auto stages = shop.plan().stages();
    REQUIRE(shop.plan().run(shop.machine.host(), quiet));
    Stage check{.name = "check", .title = "check it", .checks_only = true};
    check.inputs = [](const Values&) -> Result<Fingerprint> { return Fingerprint{}; };
    check.run = [](const Values&, const host::Progress&) -> Result<Outcome> { return Outcome{}; };
    stages.insert(stages.begin(), check);
    const auto decisions = Plan(stages, shop.folder / "state").preview();
    REQUIRE(decisions);
    CHECK(decisions->at(0).runs);
    CHECK_FALSE(decisions->at(1).runs);
    CHECK_FALSE(decisions->at(2).runs);
}
