#include "tests/system/inspect_agrees.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sdk/support/text.hpp"
#include "tests/support/program.hpp"

namespace rpikit::test {

namespace fs = std::filesystem;

namespace {

std::string output_of(const std::vector<std::string>& argv, const fs::path& folder) {
    const auto run = run_program(argv, {.directory = folder, .home = folder});
    INFO(run.err);
    REQUIRE(run.code == 0);
    return run.out;
}

}  // namespace

void check_embedded_config(const fs::path& kernel, const fs::path& folder) {
    INFO(kernel.string());
    const char* tree = std::getenv("RPIKIT_TEST_KERNEL");
    REQUIRE(tree != nullptr);
    const auto script = fs::path(tree) / "scripts/extract-ikconfig";
    const auto theirs = output_of({"/bin/sh", script.string(), kernel.string()}, folder);
    CHECK(theirs.contains("\nCONFIG_IKCONFIG=y\n"));
    CHECK(output_of({RPIKIT_PROGRAM, "inspect", "--show-config", kernel.string()}, folder) == theirs);
}

void check_initramfs_list(const fs::path& initramfs, const fs::path& folder) {
    const auto listed =
        output_of({"/bin/sh", "-c", R"(gzip -dc "$1" | cpio -it --quiet)", "sh", initramfs.string()}, folder);
    std::vector<std::string> theirs;
    for (const auto line : lines(listed)) {
        if (line != ".") theirs.emplace_back(line);
    }
    const auto report = nlohmann::json::parse(
        output_of({RPIKIT_PROGRAM, "inspect", "--list", "--json", initramfs.string()}, folder));
    std::vector<std::string> ours;
    for (const auto& member : report.at("files").at(0).at("entries"))
        ours.push_back(member.at("path"));
    std::ranges::sort(theirs);
    std::ranges::sort(ours);
    CHECK(theirs.size() > 20);
    CHECK(ours == theirs);
}

}  // namespace rpikit::test
