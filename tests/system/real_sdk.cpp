#include "tests/system/real_sdk.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "sdk/host/file.hpp"
#include "tests/support/doc_page.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/system/kit.hpp"

namespace rpikit::test {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Desk {
    fs::path work;
    fs::path home;
    TempDir folder;

    ProgramRun run(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {RPIKIT_PROGRAM, "-C", work.string()});
        return run_program(arguments, {.directory = folder.path(), .home = home});
    }
    std::string checked(std::vector<std::string> arguments) const {
        const auto done = run(std::move(arguments));
        INFO(done.out << done.err);
        REQUIRE(done.code == 0);
        return done.out;
    }
    /// The same kernel again, so only the image is made anew.
    void build() const {
        checked({"build", "rpi4", "--profile", "tiny", "--source", "distro", "--set", "HZ=300"});
    }
};

void check_module(const Desk& desk) {
    desk.checked({"module", "rpi4", "hello", "--install"});
    CHECK(std::distance(fs::directory_iterator(desk.folder / "hello"), fs::directory_iterator()) == 2);
    desk.build();
    const auto report = json::parse(desk.checked({"boot", "rpi4", "--check", "--json"}));
    CHECK(report["verdict"] == "passed");
    const auto& items = report["checks"];
    const auto loaded =
        std::ranges::find_if(items, [](const json& item) { return item["what"] == "module hello"; });
    REQUIRE(loaded != items.end());
    CHECK((*loaded)["found"] == "loaded");
    desk.checked({"module", "rpi4", "hello", "--remove"});
    desk.build();
}

/// What the tree exports for GPL modules only is refused to another by the kernel, and here before it.
void check_misfit(const Desk& desk) {
    auto source = host::read_file(desk.folder / "hello/hello.c").value();
    source.insert(0, "extern void no_such_symbol(void);\n");
    const auto at = source.find("\treturn 0;");
    REQUIRE(at != std::string::npos);
    source.insert(at, "\tno_such_symbol();\n");
    desk.folder.write("other/hello.c", source);
    desk.folder.write("other/Kbuild", "obj-m := hello.o\n");
    const auto refused = desk.run({"module", "rpi4", "other"});
    CHECK(refused.code == 1);
    CHECK(refused.err.contains("no_such_symbol"));
}

void check_kit(const Desk& desk) {
    const auto first = desk.folder / "first place";
    desk.checked({"sdk", "export", "rpi4", first.string()});
    const auto kit = desk.folder / "moved";
    fs::rename(first, kit);
    CHECK(files_with(kit, first.string()).empty());
    CHECK(files_with(kit, desk.work.string()).empty());
    use_kit(kit, "make -C \"$KERNEL_DIR\" M=\"$PWD\" modules", desk.folder / "hello");
    // The same bytes that rpi-kit itself would install, but for what it strips.
    const auto fits = desk.run({"module", "rpi4", "hello/hello.ko"});
    INFO(fits.err);
    CHECK(fits.code == 0);
    check_programs(kit);
}

}  // namespace

void check_sdk(const fs::path& work, const fs::path& home) {
    Desk desk{.work = work, .home = home, .folder = {}};
    for (const auto& [path, text] : files_in_page(fs::path(RPIKIT_SOURCE_DIR) / "docs/sdk.md"))
        desk.folder.write(path, text);
    check_misfit(desk);
    check_module(desk);
    const auto overlay = desk.checked({"overlay", "check", "my-hat.dts", "rpi4", "--json"});
    CHECK(json::parse(overlay)["changes"][0]["target"] == "i2c1");
    check_kit(desk);
}

}  // namespace rpikit::test
