#include <catch2/catch_test_macros.hpp>

#include "sdk/host/sandbox.hpp"
#include "sdk/toolchain/toolchain.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using toolchain::Toolchain;

namespace {

/// A kernel tree whose script runs for real; compiler and linker are made up.
struct Tree {
    test::FakeProcessRunner fake;
    test::TestHost host{fake};

    Tree() {
        // What the tree's script says, told apart by the tool that it is asked for.
        fake.answer("gcc", host::Exit{.output = "5.1.0\n"});
        fake.answer("binutils", host::Exit{.output = "2.25.0\n"});
        fake.answer("llvm", host::Exit{.output = "13.0.1\n"});
        host.directory.write("tree/scripts/min-tool-version.sh", "");
    }
    void linker(const std::string& name, const std::string& says) {
        fake.add_program(name, "/fake/" + name);
        fake.answer(name, host::Exit{.output = says + "\n"});
    }
    auto check(const Toolchain& toolchain) {
        return toolchain::check_minimum_version(host.host(), toolchain, "arm64", host.directory / "tree");
    }
};

Toolchain gnu(const std::string& version) {
    return {.name = "x",
            .cross_compile = "x-",
            .compiler = "/fake/x-gcc",
            .version = version,
            .make_variables = {"CROSS_COMPILE=x-"}};
}

Toolchain clang(const std::string& version) {
    return {.name = "llvm",
            .cross_compile = "",
            .llvm = true,
            .compiler = "/fake/clang-19",
            .version = version,
            .make_variables = {"LLVM=-19"}};
}

}  // namespace

TEST_CASE("a compiler and linker that are new enough pass") {
    Tree tree;
    tree.linker("x-ld", "GNU ld (GNU Binutils for Debian) 2.40");
    CHECK(tree.check(gnu("12.2.0")));
    CHECK(tree.check(gnu("5.1.0")));
    REQUIRE_FALSE(tree.fake.commands.empty());
    const auto& asked = tree.fake.commands.front();
    CHECK(asked.argv ==
          std::vector<std::string>{"sh", (tree.host.directory / "tree/scripts/min-tool-version.sh").string(),
                                   "gcc"});
    CHECK(asked.environment->get("ARCH") == "arm64");
    CHECK(asked.environment->get("SRCARCH") == "arm64");
}

TEST_CASE("a compiler that is too old is named with both versions and the cure") {
    Tree tree;
    tree.linker("x-ld", "GNU ld 2.40");
    const auto old = tree.check(gnu("4.9.2"));
    REQUIRE_FALSE(old);
    CHECK(old.error().message.contains("C compiler"));
    CHECK(old.error().message.contains("/fake/x-gcc is version 4.9.2"));
    CHECK(old.error().message.contains("gcc 5.1.0 or newer"));
    CHECK(old.error().hint.contains("rpi-kit toolchain install x --store"));
}

TEST_CASE("a linker that is too old is an error too") {
    Tree tree;
    tree.linker("x-ld", "GNU ld version 2.24");
    const auto old = tree.check(gnu("12.2.0"));
    REQUIRE_FALSE(old);
    CHECK(old.error().message.contains("linker"));
    CHECK(old.error().message.contains("2.24"));
    CHECK(old.error().message.contains("2.25.0"));
}

TEST_CASE("clang and lld are measured by what the tree wants of llvm") {
    Tree tree;
    tree.linker("ld.lld-19", "Debian LLD 19.1.7 (compatible with GNU linkers)");
    CHECK(tree.check(clang("19.1.7")));
    CHECK(tree.check(clang("12.0.0")).error().message.contains("llvm 13.0.1 or newer"));
}

TEST_CASE("a missing linker, a script without an answer, and a tree without a script") {
    Tree tree;
    CHECK(tree.check(gnu("12.2.0")).error().message == "the linker x-ld is missing");
    test::FakeProcessRunner silent;
    silent.answer("sh", host::Exit{.output = "what?\n"});
    test::TestHost host(silent);
    host.directory.write("tree/scripts/min-tool-version.sh", "");
    CHECK_FALSE(
        toolchain::check_minimum_version(host.host(), gnu("12.2.0"), "arm64", host.directory / "tree"));
    // Kernels before 5.13.
    CHECK(toolchain::check_minimum_version(host.host(), gnu("4.9"), "arm64", host.directory / "none"));
}

TEST_CASE("a real script runs, in the sandbox where there is one") {
    const auto runner = host::make_process_runner();
    test::TestHost host(*runner, host::Environment::of_this_process());
    host.directory.write("tree/scripts/min-tool-version.sh",
                         "set -e\n(echo spoilt > \"$(dirname \"$0\")/../spoilt\") 2>/dev/null || :\n"
                         "case $1 in gcc) echo 99.0.0;; *) echo 1.0;; esac\n");
    const auto old =
        toolchain::check_minimum_version(host.host(), gnu("12.2.0"), "arm64", host.directory / "tree");
    REQUIRE_FALSE(old);
    CHECK(old.error().message.contains("gcc 99.0.0 or newer"));
    if (host::probe_sandbox(host.host()).available)
        CHECK_FALSE(std::filesystem::exists(host.directory / "tree/spoilt"));
}
