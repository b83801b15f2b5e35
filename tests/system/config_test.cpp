// The whole way of `config`, with the real program and make, and a kernel tree that takes a second.

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/pty.hpp"
#include "tests/system/world.hpp"

namespace {

namespace fs = std::filesystem;
namespace test = rpikit::test;
using test::World;

struct Config {
    World world;

    Config() {
        world.folder.write("work/boards/rpi4.toml",
                           "# my own\nextends = \"rpi4\"\n\n[kernel.profile.tiny]\n"
                           "extra_fragments = [\"fragments/rpi4-tiny.config\"]\n");
        // The fake tree knows no `select`, by which the real one turns this on.
        world.folder.write("work/boards/fragments/rpi4-tiny.config", "CONFIG_FAT_FS=m\n");
    }

    std::vector<std::string> command(const std::vector<std::string>& more) const {
        std::vector<std::string> argv{
            RPIKIT_PROGRAM, "-C",       (world.folder / "work").string(), "config",   "rpi4", "--profile",
            "tiny",         "--source", "dir:" + world.kernel.string(),   "--offline"};
        argv.insert(argv.end(), more.begin(), more.end());
        return argv;
    }
    test::ProgramRun run(const std::vector<std::string>& more) const {
        return test::run_program(command(more),
                                 {.directory = world.folder.path(), .home = world.folder / "home"});
    }
    test::PtyRun type(const std::vector<std::string>& more, const std::string& line) const {
        const rpikit::host::Environment environment({{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"},
                                                     {"HOME", (world.folder / "home").string()},
                                                     {"TERM", "xterm"},
                                                     {"RPI_KIT_DATA", RPIKIT_SOURCE_DIR}});
        bool typed = false;
        return test::run_in_pty(command(more), {.environment = environment,
                                                .directory = world.folder.path(),
                                                .time_limit = std::chrono::minutes(2),
                                                .type = [&](std::string_view all) -> std::string {
                                                    if (typed || !all.contains("type a line")) return "";
                                                    typed = true;
                                                    return line + "\n";
                                                }});
    }
    std::string read(const std::string& file) const {
        std::stringstream text;
        text << std::ifstream(world.folder / "work" / file).rdbuf();
        return text.str();
    }
};

}  // namespace

TEST_CASE("a setting is proven, written into the user's board file, and built") {
    const Config config;
    const auto set = config.run({"set", "HZ=100"});
    INFO(set.err);
    REQUIRE(set.code == 0);
    CHECK(config.read("boards/fragments/rpi4-tiny.config") == "CONFIG_FAT_FS=m\nCONFIG_HZ=100\n");
    CHECK(config.read("boards/rpi4.toml").starts_with("# my own\nextends = \"rpi4\"\n"));
    CHECK(set.err.contains("HZ: "));

    const auto shown = config.run({"show", "CONFIG_HZ", "--json"});
    INFO(shown.err);
    REQUIRE(shown.code == 0);
    const auto report = nlohmann::json::parse(shown.out);
    CHECK(report["value"] == "100");
    CHECK(report["asked"].get<std::string>().ends_with("boards/fragments/rpi4-tiny.config:2"));

    const auto built = config.world.build("work");
    INFO(built.err);
    CHECK(built.code == 0);
    CHECK(config.read("out/rpi4/build/kernel/.config").contains("CONFIG_HZ=100\n"));

    const auto refused = config.run({"set", "HID_GENERIC=y", "HID_SUPPORT=n"});
    CHECK(refused.code == 1);
    CHECK(refused.err.contains("HID_SUPPORT is n"));
    CHECK(config.read("boards/fragments/rpi4-tiny.config") == "CONFIG_FAT_FS=m\nCONFIG_HZ=100\n");
    const auto unknown = config.run({"show", "HZZ"});
    CHECK(unknown.code == 2);
}

TEST_CASE("what is edited in the kernel's menus is shown, kept until it is saved, and then built") {
    const Config config;
    const auto none = config.run({"save"});
    CHECK(none.code == 1);
    CHECK(none.err.contains("menuconfig"));

    const auto edited = config.type({"menuconfig"}, "CONFIG_LOCALVERSION=\"-mine\"");
    const auto screen = test::visible(edited.output);
    INFO(screen);
    REQUIRE(edited.code == 0);
    CHECK(screen.contains("LOCALVERSION: \"-tiny\" -> \"-mine\""));
    CHECK(screen.contains("save"));

    const auto built = config.world.build("work");
    CHECK(built.code == 0);
    CHECK(built.err.contains("were not saved"));
    const auto difference = config.run({"diff"});
    CHECK(difference.out == "LOCALVERSION: \"-tiny\" -> \"-mine\"\n");

    const auto saved = config.run({"save"});
    INFO(saved.err);
    REQUIRE(saved.code == 0);
    CHECK(config.read("boards/fragments/rpi4-tiny.config") ==
          "CONFIG_FAT_FS=m\nCONFIG_LOCALVERSION=\"-mine\"\n");
    CHECK(config.run({"save"}).code == 1);
    CHECK_FALSE(fs::exists(config.world.folder / "work/out/rpi4/.state/edits"));
    CHECK(config.run({"show", "LOCALVERSION"}).out.starts_with("LOCALVERSION = \"-mine\"\n"));
}

TEST_CASE("menus that were left without a change leave nothing behind") {
    const Config config;
    const auto edited = config.type({"menuconfig"}, "");
    CHECK(edited.code == 0);
    CHECK(test::visible(edited.output).contains("nothing was changed"));
    CHECK_FALSE(fs::exists(config.world.folder / "work/out/rpi4/.state/edits"));
}
