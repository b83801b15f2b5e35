// From a device tree to a configuration that is proven, with the real program, make and dtc, and a kernel
// tree that takes a second.

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/system/world.hpp"

namespace {

namespace fs = std::filesystem;
namespace test = rpikit::test;
using test::World;

const fs::path boards = fs::path(RPIKIT_SOURCE_DIR) / "boards";

constexpr std::string_view device_tree = R"(/dts-v1/;
#include <dt-bindings/acme.h>
/ {
	compatible = "acme,board";
	model = "Acme Board";
	#address-cells = <1>;
	#size-cells = <1>;
	ethernet@1 { compatible = "acme,mac"; reg = <ACME_MAC_BASE 1>; };
	i2c@2 { compatible = "acme,i2c"; reg = <2 1>; };
	sensor@3 { compatible = "nobody,knows"; reg = <3 1>; };
	i2c@4 { compatible = "acme,i2c"; reg = <4 1>; status = "disabled"; };
};
)";

/// A tree with two drivers, one of which depends on what is off.
struct Derive {
    World world{{.fragments = {boards / "fragments/base.config", boards / "base/board.config"}}};

    Derive() {
        // The fake tree knows no `select`, by which the real one turns this on.
        world.folder.write("work/boards/fat.config", "CONFIG_FAT_FS=m\n");
        world.folder.write("work/boards/rpi4.toml",
                           "extends = \"rpi4\"\n[kernel]\nfragments = [\"fat.config\"]\n");
        write("include/dt-bindings/acme.h", "#define ACME_MAC_BASE 1\n");
        fs::create_directories(world.kernel / "scripts/dtc/include-prefixes");
        fs::create_directory_symlink("../../../include/dt-bindings",
                                     world.kernel / "scripts/dtc/include-prefixes/dt-bindings");
        write("arch/arm64/boot/dts/broadcom/bcm2711-rpi-4-b.dts", device_tree);
        write("Kbuild", "obj-y += drivers/\n");
        write("drivers/Makefile", "obj-y += net/ i2c/\n");
        write("drivers/net/Makefile", "obj-$(CONFIG_ACME_MAC) += mac.o\n");
        write("drivers/net/mac.c",
              "const struct of_device_id macs[] = {{ .compatible = \"acme,mac\" }, {}};\n"
              "MODULE_DEVICE_TABLE(of, macs);\n");
        write("drivers/i2c/Makefile", "obj-$(CONFIG_ACME_I2C) += i2c.o\n");
        write("drivers/i2c/i2c.c",
              "const struct of_device_id i2cs[] = {{ .compatible = \"acme,i2c\" }, {}};\n"
              "MODULE_DEVICE_TABLE(of, i2cs);\n");
        std::ofstream(world.kernel / "Kconfig.more", std::ios::app)
            << "config ACME_BUS\n\tbool \"bus\"\n\n"
               "config ACME_MAC\n\ttristate \"mac\"\n\tdepends on ACME_BUS\n\n"
               "config ACME_I2C\n\ttristate \"i2c\"\n";
    }

    void write(const std::string& name, std::string_view text) const {
        fs::create_directories((world.kernel / name).parent_path());
        std::ofstream(world.kernel / name) << text;
    }
    test::ProgramRun run(std::vector<std::string> words, const std::vector<std::string>& more = {},
                         const fs::path& stubs = {}) const {
        std::vector<std::string> argv{RPIKIT_PROGRAM, "-C", (world.folder / "work").string()};
        argv.insert(argv.end(), words.begin(), words.end());
        for (const auto& word :
             {std::string("--source"), "dir:" + world.kernel.string(), std::string("--offline")})
            argv.push_back(word);
        argv.insert(argv.end(), more.begin(), more.end());
        return test::run_program(
            argv, {.directory = world.folder.path(), .home = world.folder / "home", .stubs = stubs});
    }
    /// `config BOARD derive`; the options of `config` stand before the command.
    test::ProgramRun derive(const std::vector<std::string>& more = {}, const std::string& board = "rpi4",
                            const fs::path& stubs = {}) const {
        std::vector<std::string> all = {"derive"};
        all.insert(all.end(), more.begin(), more.end());
        return run({"config", board}, all, stubs);
    }
    void board(const std::string& text) const {
        world.folder.write("work/boards/mine.toml", "extends = \"rpi4\"\n" + text);
    }
    std::string config(const std::string& board = "rpi4") const {
        std::stringstream text;
        text << std::ifstream(world.folder / "work/out" / board / "build/kernel/.config").rdbuf();
        return text.str();
    }
};

}  // namespace

TEST_CASE("derive shows each device's driver, what is asked for, and why") {
    const Derive tree;
    const auto shown = tree.derive({"--explain"});
    INFO(shown.err);
    REQUIRE(shown.code == 0);
    CHECK(shown.out.contains("device tree: broadcom/bcm2711-rpi-4-b.dtb\n"));
    CHECK(shown.out.contains("driven (2):\n"));
    CHECK(shown.out.contains("drivers/net/mac.c: ACME_MAC=y\n"));
    CHECK(shown.out.contains("no driver in this kernel (1):\n  /sensor@3 "));
    CHECK(shown.out.contains("ACME_BUS=y                           dependency of ACME_MAC\n"));
    CHECK(shown.out.contains("driver of /ethernet@1: drivers/net/mac.c\n"));
    CHECK_FALSE(shown.out.contains("i2c@4"));
    CHECK_FALSE(fs::exists(tree.world.folder / "work/out/rpi4/build/derived"));

    const auto fragment = tree.derive({"--fragment"});
    CHECK(fragment.out.contains("\nCONFIG_ACME_BUS=y\n"));
    auto json = tree.run({"--json", "config", "rpi4"}, {"derive"});
    const auto document = nlohmann::json::parse(json.out);
    CHECK(document.at("requests").size() == 3);
    CHECK(document.at("nodes").size() == 3);
    CHECK(document.at("nodes")[0].at("drivers")[0].at("source") == "drivers/net/mac.c");
    CHECK(document.at("nodes")[0].at("drivers")[0].at("values") == nlohmann::json{{"ACME_MAC", "y"}});
}

TEST_CASE("a profile that derives is proven with what the devices need, and follows the board file") {
    const Derive tree;
    auto built = tree.run({"config", "rpi4", "--profile", "board"}, {"show", "ACME_MAC"});
    INFO(built.err);
    REQUIRE(built.code == 0);
    CHECK(built.out.contains("ACME_MAC = y\n"));
    CHECK(built.out.contains("derived.config"));
    CHECK(built.err.contains("board (3 devices, drivers for 2, none in this kernel for 1)"));
    CHECK(tree.config().contains("\nCONFIG_ACME_I2C=y\n"));

    SECTION("what is up to date is not derived again") {
        built = tree.run({"config", "rpi4", "--profile", "board"}, {"show", "ACME_MAC"});
        CHECK(built.err.contains("up to date: board (3 devices"));
    }
    SECTION("an edited device tree is") {
        tree.write("arch/arm64/boot/dts/broadcom/bcm2711-rpi-4-b.dts",
                   "/dts-v1/; / { compatible = \"acme,board\"; i2c@2 { compatible = \"acme,i2c\"; }; };");
        built = tree.run({"config", "rpi4", "--profile", "board"}, {"show", "ACME_I2C"});
        CHECK(built.err.contains("board (1 devices, drivers for 1"));
        CHECK_FALSE(tree.config().contains("ACME_MAC=y"));
    }
    SECTION("the board chooses the profile, leaves devices out, has others as modules") {
        tree.board(
            "[kernel]\nprofile = \"board\"\n[kernel.devices]\nleave_out = [\"/ethernet@*\"]\n"
            "as_module = [\"acme,i2c\"]\n");
        built = tree.run({"config", "mine"}, {"show", "ACME_I2C"});
        INFO(built.err);
        REQUIRE(built.code == 0);
        CHECK(tree.config("mine").contains("\nCONFIG_ACME_I2C=m\n"));
        CHECK_FALSE(tree.config("mine").contains("ACME_MAC=y"));
        CHECK(tree.derive({}, "mine").out.contains("the board file leaves it out"));
    }
    SECTION("what a fragment switches off stays off, and the device says so") {
        tree.board("[kernel]\nprofile = \"board\"\nfragments = [\"fat.config\", \"mine.config\"]\n");
        tree.world.folder.write("work/boards/mine.config", "# CONFIG_ACME_BUS is not set\n");
        built = tree.run({"config", "mine"}, {"show", "ACME_BUS"});
        INFO(built.err);
        REQUIRE(built.code == 0);
        CHECK(built.out.contains("ACME_BUS = n\n"));
        const auto shown = tree.derive({}, "mine");
        CHECK(shown.out.contains("drivers/net/mac.c needs ACME_MAC, which cannot be had"));
        CHECK(shown.out.contains("ACME_BUS is n"));
    }
}

TEST_CASE("devices of a running machine are told by their modaliases") {
    const Derive tree;
    const auto list =
        tree.world.folder.write("aliases", "# of a board\nof:NmacT(null)Cacme,mac\n\nplatform:none\n");
    const auto shown = tree.derive({"--from-modalias", list.string()});
    INFO(shown.err);
    REQUIRE(shown.code == 0);
    CHECK(shown.out.contains("modaliases: 2\n"));
    CHECK(shown.out.contains("drivers/net/mac.c: ACME_MAC=y"));
    CHECK_FALSE(shown.out.contains("i2c"));
    const auto binary = tree.world.folder.write("binary",
                                                "\x7f"
                                                "ELF");
    const auto refused = tree.derive({"--from-modalias", binary.string()});
    CHECK(refused.code == 1);
    CHECK(refused.err.contains("is no list of modaliases"));
    const auto ssh =
        tree.world.stub("ssh", "echo \"$*\" >\"$0.asked\"\nprintf 'of:NmacT(null)Cacme,mac\\n'\n");
    const auto remote = tree.derive({"--from-modalias", "ssh:eva@box"}, "rpi4", ssh);
    INFO(remote.err);
    CHECK(remote.out.contains("drivers/net/mac.c: ACME_MAC=y"));
    std::stringstream asked;
    asked << std::ifstream(ssh / "ssh.asked").rdbuf();
    CHECK(asked.str().starts_with("-o BatchMode=yes eva@box find /sys/devices -name modalias"));
    const auto option = tree.derive({"--from-modalias", "ssh:-oProxyCommand=x"});
    CHECK(option.code == 2);
    CHECK(option.err.contains("not a machine's name"));
}

TEST_CASE("what cannot be derived from says what is wrong with it") {
    const Derive tree;
    const auto source = "arch/arm64/boot/dts/broadcom/bcm2711-rpi-4-b.dts";
    const auto refused = [&](std::string_view text) {
        tree.write(source, text);
        const auto run = tree.derive();
        CHECK(run.code == 1);
        return run.err;
    };
    CHECK(refused("/dts-v1/; / { node").contains("bcm2711-rpi-4-b.dts cannot be compiled"));
    CHECK(refused("/dts-v1/; / { };").contains("does not say what it is compatible with"));
    CHECK(refused("/dts-v1/; / { compatible = \"x,y\"; cpus { cpu@0 { compatible = \"riscv\"; }; }; };")
              .contains("the device tree is for riscv, the kernel for arm64"));
    fs::remove(tree.world.kernel / source);
    const auto missing = tree.derive();
    CHECK(missing.err.contains("this kernel has no source of the device tree broadcom/bcm2711-rpi-4-b.dtb"));
    tree.write(source, device_tree);
    tree.write("Kconfig.more", "config ACME_MAC\n\tbool \"mac\"\n\tdepends on (\n");
    const auto syntax = tree.derive();
    CHECK(syntax.code == 1);
    CHECK(syntax.err.contains("Kconfig.more:3"));
    tree.world.folder.write("work/boards/base/device-rules.toml", "[[rule]]\nreason = 'x'\nsymbol = ['A']\n");
    const auto rules = tree.derive();
    CHECK(rules.err.contains("unknown key 'symbol'"));
}

TEST_CASE(
    "from a device tree that no kernel has to its board's configuration, and what is wrong with others") {
    const Derive tree;
    const auto& folder = tree.world.folder;
    std::string text(device_tree);
    text.replace(text.find("#include"), text.find("/ {") - text.find("#include"), "");
    text.replace(text.find("ACME_MAC_BASE"), std::string("ACME_MAC_BASE").size(), "1");
    text += "/ { cpus { cpu@0 { device_type = \"cpu\"; compatible = \"arm,cortex-a53\"; }; }; };\n";
    const auto source = folder.write("strange.dts", text);
    const auto blob = folder / "strange.dtb";
    REQUIRE(
        test::run_program({"/usr/bin/env", "dtc", "-q", "-O", "dtb", "-o", blob.string(), source.string()},
                          {.directory = folder.path(), .home = folder.path()})
            .code == 0);
    const auto program = std::vector<std::string>{RPIKIT_PROGRAM, "-C", (folder / "work").string()};
    auto made = program;
    made.insert(made.end(), {"board", "new", "box", "--dtb", blob.string()});
    const auto created = test::run_program(made, {.directory = folder.path(), .home = folder / "home"});
    INFO(created.err);
    REQUIRE(created.code == 0);
    const auto own = folder / "work/boards/box.dtb";
    CHECK(created.out.contains(own.string() + "\n"));
    const auto shown = tree.derive({}, "box");
    INFO(shown.err);
    REQUIRE(shown.code == 0);
    CHECK(shown.out.contains("device tree: strange.dtb\n"));
    CHECK(shown.out.contains("drivers/net/mac.c: ACME_MAC=y\n"));

    // A file that is cut off, and one of which nothing is as it says.
    const auto whole = fs::file_size(own);
    fs::resize_file(own, whole / 2);
    const auto cut = tree.derive({}, "box");
    CHECK(cut.code == 1);
    CHECK(cut.err.contains("the device tree strange.dtb cannot be read"));
    std::ofstream(own, std::ios::binary) << "\xd0\x0d\xfe\xed" << std::string(whole, '\xff');
    const auto hostile = tree.derive({}, "box");
    CHECK(hostile.code == 1);
    CHECK(hostile.err.contains("the device tree strange.dtb cannot be read"));
}

TEST_CASE("a circle in a kernel's Kconfig is told with its files and lines") {
    const Derive tree;
    std::ofstream(tree.world.kernel / "Kconfig.more", std::ios::app)
        << "config ROUND\n\tbool \"round\"\n\tdepends on ABOUT\n"
           "config ABOUT\n\tbool \"about\"\n\tdepends on ROUND\n";
    const auto shown = tree.derive();
    CHECK(shown.code == 1);
    CHECK(shown.err.contains("recursive dependency"));
    CHECK(shown.err.contains("Kconfig.more:"));
}
