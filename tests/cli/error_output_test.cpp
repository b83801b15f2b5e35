#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "sdk/cli/app.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;

namespace {

std::string hint(const std::string& text, std::string_view called, bool root) {
    return cli::for_this_user({.message = "it went wrong", .hint = text}, called, root).hint;
}

}  // namespace

TEST_CASE("a hint names the program as it was called") {
    CHECK(hint("rpi-kit doctor --fix", "./rpi-kit", false) == "./rpi-kit doctor --fix");
    host::Environment environment;
    CHECK(cli::called_as(environment) == "rpi-kit");
    environment.set("RPI_KIT_COMMAND", "/a b/rpi-kit");
    CHECK(cli::called_as(environment) == "'/a b/rpi-kit'");
    CHECK(hint("remove rpi-kit.lock", "./rpi-kit", false) == "remove rpi-kit.lock");
}

TEST_CASE("root is not told to use sudo, everybody else is") {
    CHECK(hint("sudo apt-get install flex", "rpi-kit", true) == "apt-get install flex");
    CHECK(hint("sudo apt-get install flex", "rpi-kit", false) == "sudo apt-get install flex");
}

TEST_CASE("a failure behind an answer is part of it") {
    const Error error{.message = "it went wrong", .hint = "try again"};
    const auto alone = nlohmann::json::parse(cli::to_json(error));
    CHECK(alone["error"]["message"] == "it went wrong");
    CHECK(alone.size() == 1);
    const auto both = nlohmann::json::parse(cli::to_json(error, "{\"verdict\": \"timed out\"}\n"));
    CHECK(both["verdict"] == "timed out");
    CHECK(both["error"]["hint"] == "try again");
    // What is no document does not make the failure one that is none either.
    CHECK(nlohmann::json::parse(cli::to_json(error, "half of {"))["error"]["kind"] == "failed");
    CHECK(cli::error_event(error).starts_with("{\"event\":\"error\",\"error\":{"));
}

TEST_CASE("the option --json gives one document when a check fails") {
    const test::TempDir folder;
    const auto stub = [&](const std::string& tool, const std::string& commands) {
        const auto script = folder.write("stubs/aarch64-linux-gnu-" + tool, "#!/bin/sh\n" + commands + '\n');
        std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    };
    for (const char* tool : {"ar", "as", "ld", "nm", "objcopy", "objdump", "readelf", "strip"})
        stub(tool, "exit 0");
    stub("gcc", "case $* in *version*) echo aarch64-linux-gnu-gcc 12.2.0 ;; *) exit 1 ;; esac");
    const auto checked =
        test::run_program({RPIKIT_PROGRAM, "toolchain", "check", "aarch64-linux-gnu", "--json"},
                          {.directory = folder.path(), .home = folder / "home", .stubs = folder / "stubs"});
    INFO(checked.out << checked.err);
    CHECK(checked.code == 1);
    const auto answer = nlohmann::json::parse(checked.out);
    CHECK_FALSE(answer["trials"].empty());
    CHECK(answer["error"]["message"].get<std::string>().contains("aarch64-linux-gnu"));
}
