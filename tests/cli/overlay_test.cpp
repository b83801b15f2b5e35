// `rpi-kit overlay add` on boards that were not built, with a device tree that is given.

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "sdk/host/file.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

namespace fs = std::filesystem;
namespace test = rpikit::test;
using rpikit::host::read_file;

struct Desk {
    test::TempDir work;

    Desk() {
        const auto source =
            work.write("base.dts", "/dts-v1/;\n/ { soc { i2c1: i2c@1 { }; gpio: gpio@2 { }; }; };\n");
        const auto run = test::run_program(
            {"/usr/bin/dtc", "-q", "-@", "-O", "dtb", "-o", (work / "base.dtb").string(), source.string()},
            {.directory = work.path(), .home = work / "home"});
        REQUIRE(run.code == 0);
    }
    std::string overlay(const std::string& name, const std::string& text) const {
        return work.write(name, "/dts-v1/;\n/plugin/;\n" + text).string();
    }
    test::ProgramRun add(const std::string& file, std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments = {RPIKIT_PROGRAM, "overlay", "add",     file,
                                              "rpi4",         "--dtb",   "base.dtb"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return test::run_program(arguments, {.directory = work.path(), .home = work / "home"});
    }
};

}  // namespace

TEST_CASE("an overlay that includes files is kept so that it needs none of them") {
    const Desk desk;
    desk.work.write("hats/pins.dtsi", "&i2c1 { x; };\n");
    const auto added = desk.add(desk.overlay("hats/hat.dts", "#include \"pins.dtsi\"\n"));
    INFO(added.err);
    REQUIRE(added.code == 0);
    CHECK(added.err.contains("kept compiled"));
    CHECK_FALSE(fs::exists(desk.work / "boards/overlays/hat.dts"));
    CHECK(read_file(desk.work / "boards/overlays/hat.dtbo").value().starts_with("\xd0\x0d\xfe\xed"));
    const auto plain = desk.add(desk.overlay("plain.dts", "&i2c1 { y; };\n"));
    CHECK(plain.code == 0);
    CHECK(read_file(desk.work / "boards/rpi4.toml")
              ->contains("overlay_files = [\"overlays/hat.dtbo\", \"overlays/plain.dts\"]"));
}

TEST_CASE("an added overlay keeps those of its name, and may use the labels that others export") {
    const Desk desk;
    const auto first =
        desk.overlay("a/hat.dts", "&gpio { pins: pins { }; };\n/ { __exports__ { pins; }; };\n");
    REQUIRE(desk.add(first).code == 0);
    const auto other = desk.overlay("b/hat.dts", "&i2c1 { x; };\n");
    const auto refused = desk.add(other);
    CHECK(refused.code == 2);
    CHECK(refused.err.contains("--replace"));
    const auto kept = desk.work / "boards/overlays/hat.dts";
    CHECK(read_file(kept).value() == read_file(first).value());
    CHECK(desk.add(first).code == 0);
    const auto second = desk.add(desk.overlay("user.dts", "&pins { y; };\n"));
    INFO(second.err);
    CHECK(second.code == 0);
    // What another one builds on cannot be taken away.
    CHECK(desk.add(other, {"--replace"}).code == 1);
    CHECK(read_file(kept).value() == read_file(first).value());
    const auto better =
        desk.overlay("c/hat.dts", "&gpio { pins: pins { z; }; };\n/ { __exports__ { pins; }; };\n");
    CHECK(desk.add(better, {"--replace"}).code == 0);
    CHECK(read_file(kept).value() == read_file(better).value());
}
