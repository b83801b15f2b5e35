// What is built for a board after its kernel: modules, overlays, programs, with the real program, make and
// compilers, of a kernel tree that takes a second.

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sdk/host/file.hpp"
#include "sdk/support/signing_key.hpp"
#include "sdk/support/text.hpp"
#include "tests/system/kit.hpp"
#include "tests/system/world.hpp"

namespace {

namespace fs = std::filesystem;
namespace test = rpikit::test;
using nlohmann::json;

constexpr const char* hello = "#include <fake_module.h>\nMODULE_INFO(\"\");\nint hello(void) { return 1; }\n";

/// A board that is built.
struct Built {
    test::World world;

    explicit Built(const std::vector<std::string>& more = {}) {
        const auto built = world.build("work", more);
        INFO(built.err);
        REQUIRE(built.code == 0);
        world.folder.write("hello/Kbuild", "obj-m := hello.o\n");
        world.folder.write("hello/hello.c", hello);
    }
    test::ProgramRun run(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {RPIKIT_PROGRAM, "-C", (world.folder / "work").string()});
        return test::run_program(arguments,
                                 {.directory = world.folder.path(), .home = world.folder / "home"});
    }
    json manifest() const { return json::parse(std::ifstream(world.folder / "work/out/rpi4/manifest.json")); }
    std::string hello_folder() const { return (world.folder / "hello").string(); }
};

}  // namespace

TEST_CASE("a module from outside the tree goes into the next image, and out of it again") {
    const Built built;
    const auto made = built.run({"module", "rpi4", built.hello_folder(), "--install", "--json"});
    INFO(made.out << made.err);
    REQUIRE(made.code == 0);
    const auto answer = json::parse(made.out);
    CHECK(answer["release"] == "6.12.117-tiny");
    REQUIRE(answer["modules"].size() == 1);
    CHECK(fs::exists(answer["modules"][0].get<std::string>()));
    CHECK(built.manifest()["kernel"]["installed_modules"].empty());

    const auto again = built.world.build("work");
    INFO(again.err);
    REQUIRE(again.code == 0);
    CHECK(built.manifest()["kernel"]["installed_modules"] == json::array({"hello"}));
    const auto modules = built.world.folder / "work/out/rpi4/build/modules/lib/modules/6.12.117-tiny";
    CHECK(fs::exists(modules / "updates/hello.ko"));
    CHECK(rpikit::host::read_file(modules / "modules.dep")->contains("updates/hello.ko:"));

    CHECK(built.run({"module", "rpi4", "helo", "--remove"}).code == 2);
    CHECK(built.run({"module", "rpi4", "hello", "--remove"}).code == 0);
    REQUIRE(built.world.build("work").code == 0);
    CHECK(built.manifest()["kernel"]["installed_modules"].empty());
    CHECK_FALSE(fs::exists(modules / "updates"));
}

TEST_CASE("a module for another release is refused by both names, and nothing is installed") {
    const Built built;
    const auto made = built.run({"module", "rpi4", built.hello_folder(), "--json"});
    REQUIRE(made.code == 0);
    const auto file = json::parse(made.out)["modules"][0].get<std::string>();
    auto bytes = rpikit::host::read_file(file).value();
    const auto at = bytes.find("vermagic=6.12.117-");
    REQUIRE(at != std::string::npos);
    bytes.replace(at, 17, "vermagic=6.12.999");
    const auto other = built.world.folder.write("other.ko", bytes).string();
    const auto refused = built.run({"module", "rpi4", other, "--install"});
    CHECK(refused.code == 1);
    CHECK(refused.err.contains("6.12.999"));
    CHECK(refused.err.contains("6.12.117"));
    CHECK_FALSE(fs::exists(built.world.folder / "work/out/rpi4/installed-modules"));
    CHECK(built.run({"module", "rpi4", file, "--install"}).code == 0);
}

TEST_CASE("of two modules of one folder, one may use what the other exports, in the next build as well") {
    const Built built;
    built.world.folder.write("two/Kbuild", "obj-m := first.o second.o\n");
    built.world.folder.write(
        "two/first.c", "#include <fake_module.h>\nMODULE_INFO(\"\");\nint a_func(void) { return 1; }\n");
    built.world.folder.write("two/second.c",
                             "#include <fake_module.h>\nMODULE_INFO(\"first\");\nint a_func(void);\n"
                             "int b_func(void) { return a_func(); }\n");
    const auto two = (built.world.folder / "two").string();
    const auto made = built.run({"module", "rpi4", two, "--install"});
    INFO(made.err);
    REQUIRE(made.code == 0);
    const auto again = built.world.build("work");
    INFO(again.err);
    REQUIRE(again.code == 0);
    CHECK(built.manifest()["kernel"]["installed_modules"] == json::array({"first", "second"}));

    // A module that is a file may use what was installed, too.
    const auto second = (built.world.folder / "work/out/rpi4/external/first/second.ko").string();
    CHECK(built.run({"module", "rpi4", second}).code == 0);
    REQUIRE(built.run({"module", "rpi4", "first", "--remove"}).code == 0);
    const auto alone = built.world.build("work");
    CHECK(alone.code == 1);
    CHECK(alone.err.contains("the kernel exports no symbol a_func"));
}

TEST_CASE("an installed module is checked against the kernel of this build, not of the one before") {
    const Built built;
    REQUIRE(built.run({"module", "rpi4", built.hello_folder(), "--install"}).code == 0);
    REQUIRE(built.world.build("work").code == 0);
    const auto other = built.world.build("work", {"--set", "FAKE_PREEMPT=y"});
    CHECK(other.code == 1);
    CHECK(other.err.contains("vermagic is '6.12.117-tiny SMP mod_unload'"));
    // The way out that the hint names.
    const auto again = built.run({"module", "rpi4", built.hello_folder(), "--install"});
    INFO(again.err);
    REQUIRE(again.code == 0);
    CHECK(built.world.build("work", {"--set", "FAKE_PREEMPT=y"}).code == 0);
}

TEST_CASE("an installed module is refused after any change of the configuration where no CRCs tell") {
    const Built built;
    REQUIRE(built.run({"module", "rpi4", built.hello_folder(), "--install"}).code == 0);
    REQUIRE(built.world.build("work").code == 0);
    const auto other = built.world.build("work", {"--set", "HZ=300"});
    CHECK(other.code == 1);
    CHECK(other.err.contains("hello.ko was built for another configuration"));
    CHECK(other.err.contains("rpi-kit module rpi4 FOLDER --install"));
    REQUIRE(built.run({"module", "rpi4", built.hello_folder(), "--install"}).code == 0);
    CHECK(built.world.build("work", {"--set", "HZ=300"}).code == 0);
}

TEST_CASE("a module is signed with the key that its kernel was built with, or not at all") {
    const Built built({"--set", "MODULE_SIG=y"});
    const auto key = built.world.folder.write("my.pem", rpikit::make_signing_key("mine").value());
    const std::vector<std::string> with_key = {"--set", "MODULE_SIG=y", "--signing-key", key.string()};
    REQUIRE(built.world.build("work", with_key).code == 0);
    const auto own = built.world.folder / "work/out/rpi4/.state/signing/key.pem";
    for (const bool left_over : {true, false}) {
        INFO(left_over);
        if (!left_over) fs::remove(own);
        const auto refused = built.run({"module", "rpi4", built.hello_folder(), "--install"});
        CHECK(refused.code == 2);
        CHECK(refused.err.contains("--signing-key FILE"));
        CHECK(fs::exists(own) == left_over);
    }
    const auto made = built.run(
        {"module", "rpi4", built.hello_folder(), "--install", "--signing-key", key.string(), "--json"});
    INFO(made.err);
    REQUIRE(made.code == 0);
    CHECK_FALSE(json::parse(made.out)["signed_by"].get<std::string>().empty());
    const auto again = built.world.build("work", with_key);
    INFO(again.err);
    CHECK(again.code == 0);
}

TEST_CASE("a module that needs what the kernel does not export is refused") {
    const Built built;
    const auto with = [&](const std::string& symbol) {
        built.world.folder.write("hello/hello.c", "#include <fake_module.h>\nMODULE_INFO(\"\");\nint " +
                                                      symbol + "(void);\nint hello(void) { return " + symbol +
                                                      "(); }\n");
        return built.run({"module", "rpi4", built.hello_folder()});
    };
    CHECK(with("fake_open").code == 0);
    CHECK(with("fake_inner").code == 0);
    const auto refused = with("fake_gone");
    CHECK(refused.code == 1);
    CHECK(refused.err.contains("fake_gone"));
}

TEST_CASE("a module for a board that was not built is refused with what to do") {
    const test::World world;
    fs::create_directories(world.folder / "work");
    const auto refused =
        test::run_program({RPIKIT_PROGRAM, "-C", (world.folder / "work").string(), "module", "rpi4", "hello"},
                          {.directory = world.folder.path(), .home = world.folder / "home"});
    CHECK(refused.code == 1);
    CHECK(refused.err.contains("rpi-kit build rpi4"));
}

TEST_CASE("an overlay that fits goes into the user's board and onto the boot partition; another is refused") {
    const Built built;
    const auto good = built.world.folder.write(
        "my-hat.dts", "/dts-v1/;\n/plugin/;\n&{/} { hat { compatible = \"somebody,hat\"; }; };\n");
    const auto bad = built.world.folder.write("bad.dts", "/dts-v1/;\n/plugin/;\n&spi9 { x; };\n");
    const auto refused = built.run({"overlay", "add", bad.string(), "rpi4"});
    CHECK(refused.code == 1);
    CHECK(refused.err.contains("does not fit bcm2711-rpi-4-b.dtb"));
    CHECK_FALSE(fs::exists(built.world.folder / "work/boards"));

    const auto checked = built.run({"overlay", "check", good.string(), "rpi4", "--json"});
    INFO(checked.err);
    REQUIRE(checked.code == 0);
    CHECK(json::parse(checked.out)["changes"][0]["target"] == "/");
    CHECK_FALSE(fs::exists(built.world.folder / "work/boards"));

    REQUIRE(built.run({"overlay", "add", good.string(), "rpi4"}).code == 0);
    CHECK(fs::exists(built.world.folder / "work/boards/overlays/my-hat.dts"));
    // From the work folder, where the user's own rpi4 is found first.
    auto command = built.world.build_command("work");
    const auto again = test::run_program(
        command, {.directory = built.world.folder / "work", .home = built.world.folder / "home"});
    INFO(again.err);
    REQUIRE(again.code == 0);
    bool overlay = false;
    const auto written = built.manifest();
    for (const auto& file : written["files"])
        overlay = overlay || file["path"].get<std::string>().ends_with("overlays/my-hat.dtbo");
    CHECK(overlay);
}

TEST_CASE("a kit is not exported onto what is there, and appears whole") {
    const Built built;
    built.world.folder.write("full/precious", "mine");
    const auto full = (built.world.folder / "full").string();
    const auto refused = built.run({"sdk", "export", "rpi4", full});
    CHECK(refused.code == 2);
    CHECK(refused.err.contains("not an empty folder"));
    CHECK(rpikit::host::read_file(built.world.folder / "full/precious").value() == "mine");
    CHECK(std::distance(fs::directory_iterator(full), fs::directory_iterator()) == 1);

    fs::create_directories(built.world.folder / "empty");
    const auto exported =
        built.run({"sdk", "export", "rpi4", (built.world.folder / "empty").string(), "--json"});
    INFO(exported.err);
    REQUIRE(exported.code == 0);
    CHECK(json::parse(exported.out)["release"] == "6.12.117-tiny");
    CHECK(fs::exists(built.world.folder / "empty/kernel/Module.symvers"));
}

TEST_CASE("a kit that was moved builds a module, and programs by CMake and Meson that run") {
    const Built built;
    const auto first = (built.world.folder / "first place").string();
    const auto exported = built.run({"sdk", "export", "rpi4", first});
    INFO(exported.err);
    REQUIRE(exported.code == 0);
    const auto kit = built.world.folder / "moved";
    fs::rename(first, kit);
    CHECK(test::files_with(kit, first).empty());
    CHECK(test::files_with(kit, built.world.folder.path().string()).empty());

    test::use_kit(kit, "make -C \"$KERNEL_DIR\" M=\"$PWD\" modules", built.world.folder / "hello");
    CHECK(fs::exists(built.world.folder / "hello/hello.ko"));
    // Kernel makefiles work in no folder whose name has a blank; all else does.
    const auto elsewhere = built.world.folder / "it's elsewhere";
    fs::rename(kit, elsewhere);
    test::check_programs(elsewhere);
}
