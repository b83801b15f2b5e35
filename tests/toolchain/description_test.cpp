#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "sdk/toolchain/toolchain.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;

namespace {

const std::filesystem::path delivered = std::filesystem::path(RPIKIT_SOURCE_DIR) / "toolchains";

constexpr std::string_view good =
    "description = 'd'\ncross_compile = 'x-'\ncompilers = ['x-gcc']\ntools = ['ld']\npackages = ['gcc-x']\n";

}  // namespace

TEST_CASE("every delivered toolchain loads") {
    const auto all = toolchain::load_all(delivered);
    REQUIRE(all);
    std::vector<std::string> names;
    for (const auto& each : *all) {
        names.push_back(each.name);
        CHECK_FALSE(each.packages.empty());
        CHECK_FALSE(each.tools.empty());
        CHECK(each.file == delivered / (each.name + ".toml"));
    }
    CHECK(std::ranges::is_sorted(names));
    for (const char* name :
         {"aarch64-linux-gnu", "arm-linux-gnueabihf", "llvm", "riscv64-linux-gnu", "x86_64-linux-gnu"}) {
        CHECK(std::ranges::count(names, name) == 1);
    }
}

TEST_CASE("the compiler for arm64 has versioned names, llvm no prefix") {
    const auto gcc = toolchain::load("aarch64-linux-gnu", delivered);
    REQUIRE(gcc);
    CHECK(gcc->cross_compile == "aarch64-linux-gnu-");
    CHECK(gcc->compilers.front() == "aarch64-linux-gnu-gcc");
    CHECK(std::ranges::count(gcc->compilers, "aarch64-linux-gnu-gcc-12") == 1);
    CHECK_FALSE(gcc->llvm);
    const auto llvm = toolchain::load("llvm", delivered);
    REQUIRE(llvm);
    CHECK(llvm->llvm);
    CHECK(llvm->cross_compile.empty());
}

TEST_CASE("an unknown toolchain names the near match and those there are") {
    const auto none = toolchain::load("aarch64-linux-gun", delivered);
    REQUIRE_FALSE(none);
    CHECK(none.error().message ==
          "there is no toolchain \"aarch64-linux-gun\"; did you mean \"aarch64-linux-gnu\"?");
    CHECK(none.error().detail.contains("llvm"));
    CHECK_FALSE(toolchain::load("../boards/rpi4", delivered));
    CHECK_FALSE(toolchain::load("", delivered));
}

TEST_CASE("mistakes come with their place, all at once") {
    const test::TempDir folder;
    folder.write("x.toml", "descripion = 'd'\ncompilers = 'x-gcc'\ntools = ['../ld']\npackages = ['-y']\n");
    const auto bad = toolchain::load("x", folder.path());
    REQUIRE_FALSE(bad);
    CHECK(bad.error().message == "unknown key 'descripion' in this file; did you mean 'description'?");
    CHECK(bad.error().where == Location{folder / "x.toml", 1, 1});
    CHECK(bad.error().detail.contains("x.toml:2:13: 'compilers' must be an array of strings, not a string"));
    CHECK(bad.error().detail.contains("x.toml:3:10: 'tools': "));
    CHECK(bad.error().detail.contains("x.toml:4:13: 'packages': "));
    CHECK_FALSE(toolchain::load_all(folder.path()));
    folder.write("x.toml", good);
    CHECK(toolchain::load_all(folder.path()));
    folder.write("x.toml", "description = 'd'\ncompilers = []\ntools = []\npackages = []\n");
    CHECK(toolchain::load("x", folder.path()).error().message.contains("at least one"));
}
