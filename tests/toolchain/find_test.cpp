#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "sdk/host/file.hpp"
#include "sdk/toolchain/store.hpp"
#include "sdk/toolchain/toolchain.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using toolchain::Description;

namespace {

const Description gcc = {.name = "x",
                         .description = "",
                         .cross_compile = "x-",
                         .compilers = {"x-gcc", "x-gcc-12"},
                         .tools = {"ld", "ar"},
                         .packages = {"gcc-x"}};

const Description llvm = {.name = "llvm",
                          .description = "",
                          .llvm = true,
                          .compilers = {"clang", "clang-19"},
                          .tools = {"ld.lld", "llvm-ar"},
                          .packages = {"clang"}};

/// Programs that exist and tell a version.
struct Programs {
    test::FakeProcessRunner runner;
    test::TestHost host{runner};

    std::filesystem::path add(const std::string& name, const std::string& says = "") {
        const auto file = host.directory.write("bin/" + name, "program " + name);
        runner.add_program(name, file);
        if (!says.empty()) runner.answer(name, host::Exit{.output = says + "\n"});
        return file;
    }
    auto find(const Description& description) { return toolchain::find(host.host(), description); }
};

}  // namespace

TEST_CASE("a compiler on PATH with all its tools is found") {
    Programs programs;
    const auto file = programs.add("x-gcc", "x-gcc (Debian 12.2.0-14) 12.2.0");
    programs.add("x-ld");
    programs.add("x-ar");
    const auto found = programs.find(gcc);
    REQUIRE(found);
    CHECK(found->compiler == file);
    CHECK(found->version == "12.2.0");
    CHECK(found->origin == "system");
    CHECK(found->search.empty());
    CHECK(found->make_variables == std::vector<std::string>{"CROSS_COMPILE=x-"});
}

TEST_CASE("a compiler with a version in its name is given to make as CC") {
    Programs programs;
    programs.add("x-gcc-12", "x-gcc-12 (GCC) 12.2.0");
    programs.add("x-ld");
    programs.add("x-ar");
    const auto found = programs.find(gcc);
    REQUIRE(found);
    CHECK(found->make_variables == std::vector<std::string>{"CROSS_COMPILE=x-", "CC=x-gcc-12"});
}

TEST_CASE("clang goes by LLVM=, its tools have its suffix") {
    Programs programs;
    programs.add("clang", "clang version 14.0.6");
    programs.add("clang-19", "Debian clang version 19.1.7 (3~deb12u1)");
    programs.add("ld.lld-19");
    programs.add("llvm-ar-19");
    const auto versioned = programs.find(llvm);
    REQUIRE(versioned);
    CHECK(versioned->version == "19.1.7");
    CHECK(versioned->make_variables == std::vector<std::string>{"LLVM=-19"});
    programs.add("ld.lld");
    programs.add("llvm-ar");
    const auto plain = programs.find(llvm);
    REQUIRE(plain);
    CHECK(plain->version == "14.0.6");
    CHECK(plain->make_variables == std::vector<std::string>{"LLVM=1"});
}

TEST_CASE("what is missing is named, with the command that installs it") {
    Programs programs;
    const auto none = programs.find(gcc);
    REQUIRE_FALSE(none);
    CHECK(none.error().message == "the toolchain x is not installed");
    CHECK(none.error().detail.contains("x-gcc, x-gcc-12"));
    CHECK(none.error().hint == "rpi-kit toolchain install x");
    programs.add("x-gcc", "x-gcc 12.2.0");
    programs.add("x-ld");
    const auto incomplete = programs.find(gcc);
    REQUIRE_FALSE(incomplete);
    CHECK(incomplete.error().detail.contains("bin/x-gcc is there, but not x-ar"));
}

TEST_CASE("a compiler that fails or tells no version is an error") {
    Programs programs;
    programs.add("x-gcc", "no idea");
    programs.add("x-ld");
    programs.add("x-ar");
    CHECK(programs.find(gcc).error().message.contains("does not tell its version"));
    Programs broken;
    broken.add("x-gcc");
    broken.add("x-ld");
    broken.add("x-ar");
    broken.runner.answer("x-gcc", host::Exit{.code = 1, .output = "12.2.0 cannot run"});
    CHECK_FALSE(broken.find(gcc));
}

TEST_CASE("the compiler is run once, and again only when its file changed") {
    Programs programs;
    const auto file = programs.add("x-gcc", "x-gcc (GCC) 12.2.0");
    programs.add("x-ld");
    programs.add("x-ar");
    const auto first = programs.find(gcc);
    REQUIRE(first);
    CHECK(programs.runner.commands.size() == 1);
    const auto second = programs.find(gcc);
    REQUIRE(second);
    CHECK(programs.runner.commands.size() == 1);
    CHECK(second->identity == first->identity);
    CHECK(second->version == "12.2.0");
    programs.host.directory.write("bin/x-gcc", "another program");
    const auto third = programs.find(gcc);
    REQUIRE(third);
    CHECK(programs.runner.commands.size() == 2);
    CHECK(third->identity != first->identity);
}

TEST_CASE("a damaged record of a compiler is no record") {
    Programs programs;
    programs.add("x-gcc", "x-gcc (GCC) 12.2.0");
    programs.add("x-ld");
    programs.add("x-ar");
    const auto first = programs.find(gcc);
    REQUIRE(first);
    for (const auto& entry : std::filesystem::directory_iterator(programs.host.host().cache / "compilers")) {
        REQUIRE(host::write_file(entry.path(), "garbage\n"));
    }
    const auto second = programs.find(gcc);
    REQUIRE(second);
    CHECK(second->identity == first->identity);
    CHECK(programs.runner.commands.size() == 2);
}

TEST_CASE("a store that names no installation, or one outside of it, is ignored") {
    Programs programs;
    auto& host = programs.host.host();
    const auto folder = toolchain::store_folder(host, "x");
    CHECK_FALSE(toolchain::current_installation(host, "x"));
    REQUIRE(host::make_directories(folder / "key/bin"));
    for (const char* bad : {"", "gone\n", "../x\n", ".\n", "key/bin\n"}) {
        REQUIRE(host::write_file(folder / "current", bad));
        CHECK_FALSE(toolchain::current_installation(host, "x"));
    }
    REQUIRE(host::write_file(folder / "current", "key\n"));
    CHECK(toolchain::current_installation(host, "x") == folder / "key");
}
