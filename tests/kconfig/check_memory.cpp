#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "sdk/host/file.hpp"
#include "tests/kconfig/fixture.hpp"

using namespace rpikit;
using test::KconfigFixture;
using Lines = std::vector<std::string>;

namespace {

/// A tree with checks of each kind, and a compiler that is a file of ours.
struct Checks {
    KconfigFixture fixture{
        "config OPTION\n\tdef_bool $(shell,{ $(CC) -Werror -mfoo -c -x c /dev/null -o x.o; } && echo y)\n"
        "config LINKER\n\tdef_bool $(shell,{ $(LD) -v --foo; } && echo y)\n"
        "config SCRIPT\n\tdef_bool $(shell,/tree/scripts/cc-can-link.sh $(CC) -c -x c )\n"
        "config HEADER\n\tdef_bool $(shell,echo '#include <x.h>' | $(CC) -c -x c - && echo y)\n"
        "config OTHER\n\tdef_bool $(shell,test -e file && echo y)\n"};
    std::vector<std::string> asked;
    std::string control = "y\n";

    Checks() {
        for (const std::string tool : {"gcc", "ld", "as"}) {
            fixture.write("bin/x-" + tool, tool);
            fixture.processes.add_program("x-" + tool, fixture.folder / "bin" / ("x-" + tool));
        }
        fixture.environment.set("CC", "x-gcc");
        fixture.environment.set("LD", "x-ld");
        fixture.environment.set("AR", "x-ar");
        fixture.processes.answer("-c", [this](const host::Command& command) {
            const std::string& script = command.argv.back();
            if (script.contains("trap")) return host::Exit{.output = control};
            asked.push_back(script);
            return host::Exit{.output = "y\n"};
        });
    }

    /// How many commands a fresh tree runs.
    std::size_t run() {
        asked.clear();
        CHECK(fixture.complete("") == Lines{"CONFIG_HEADER=y", "CONFIG_LINKER=y", "CONFIG_OPTION=y",
                                            "CONFIG_OTHER=y", "CONFIG_SCRIPT=y"});
        return asked.size();
    }
};

}  // namespace

TEST_CASE("what a compiler said is not asked again, all else is") {
    Checks checks;
    CHECK(checks.run() == 5);
    CHECK(checks.run() == 3);
    CHECK(std::ranges::none_of(checks.asked, [](const auto& script) {
        return script.contains("-mfoo") || script.contains("--foo");
    }));
}

TEST_CASE("another compiler, assembler or linker is asked anew") {
    for (const char* tool : {"x-gcc", "x-ld", "x-as"}) {
        CAPTURE(tool);
        Checks checks;
        CHECK(checks.run() == 5);
        checks.fixture.write(std::string("bin/") + tool, "a newer one");
        CHECK(checks.run() == 5);
    }
}

TEST_CASE("answers are not kept when a check that cannot fail fails") {
    Checks checks;
    checks.control = "";
    CHECK(checks.run() == 5);
    CHECK(checks.run() == 5);
}

TEST_CASE("without knowing the programs nothing is kept") {
    Checks checks;
    checks.fixture.environment.set("AR", "unknown-ar");
    CHECK(checks.run() == 5);
    CHECK(checks.run() == 5);
}

TEST_CASE("a kept file that is damaged is as good as none") {
    Checks checks;
    CHECK(checks.run() == 5);
    const auto folder = checks.fixture.host.directory / "cache" / "compiler-checks";
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        REQUIRE(host::write_file(entry.path(), "no answers\n\n \n"));
    CHECK(checks.run() == 5);
}
