#include "sdk/kernel/diagnosis.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <set>
#include <string>
#include <vector>

#include "sdk/host/file.hpp"
#include "sdk/kernel/failure.hpp"
#include "tests/kernel/failure_logs.hpp"

using namespace rpikit;
using test::failure_logs;

TEST_CASE("every known failure is recognised in a log of it") {
    const auto& sample = GENERATE(from_range(failure_logs()));
    INFO(sample.name << "\n" << sample.log);
    const auto found = kernel::diagnose(sample.log);
    REQUIRE(found);
    CHECK(found->name == sample.name);
    CHECK(found->line == sample.line);
    CHECK(found->remedy == sample.remedy);
    CHECK_FALSE(found->meaning.contains("$"));
}

TEST_CASE("every row of the table has a log") {
    std::set<std::string> tested;
    for (const auto& sample : failure_logs())
        tested.insert(sample.name);
    for (const auto& row : kernel::known_failures()) {
        INFO(row.name);
        CHECK(tested.contains(std::string(row.name)));
        CHECK_FALSE(row.meaning.empty());
        CHECK_FALSE(row.remedy.empty());
    }
}

TEST_CASE("logs without a known cause are left alone") {
    const std::string log = GENERATE(
        "", "\n\n", "  CC      init/main.o\n  LD      vmlinux\n  GZIP    arch/arm64/boot/Image.gz\n",
        // A compiler warning whose source excerpt holds words of the table.
        "drivers/x.c:12:5: warning: unused variable 'flex' [-Wunused-variable]\n"
        "   12 |     pr_err(\"No space left on device\");\n      |     ^~~~~~\n",
        // An ordinary mistake in a driver.
        "fs/open.c:12:5: error: expected ';' before 'return'\n"
        "make[3]: *** [scripts/Makefile.build:229: fs/open.o] Error 1\n",
        // Headers that a driver misses are no headers of the host.
        "drivers/net/x.c:3:10: fatal error: linux/no_such.h: No such file or directory\n",
        // Object names that look like programs.
        "  CC      lib/flex.o\n  AR      lib/bc/built-in.a\n", "#\n# configuration written to .config\n#\n",
        "WARNING: modpost: missing MODULE_DESCRIPTION() in fs/fat/fat.o\n",
        "arch/arm64/Makefile:44: Detected assembler with broken .inst; disassembly will be unreliable\n");
    INFO(log);
    CHECK_FALSE(kernel::diagnose(log));
}

TEST_CASE("the first cause wins over what follows from it") {
    const auto found = kernel::diagnose(
        "  HOSTCC  scripts/kconfig/conf.o\n"
        "/bin/sh: 1: flex: not found\n"
        "make[3]: *** [scripts/Makefile.host:9: scripts/kconfig/lexer.lex.c] Error 127\n"
        "***\n*** Configuration file \".config\" not found!\n***\n");
    REQUIRE(found);
    CHECK(found->remedy == "sudo apt-get install flex");
}

TEST_CASE("a cause is found behind thousands of ordinary lines, and in a line of any length") {
    std::string log;
    for (int i = 0; i < 20'000; ++i)
        log += "  CC      drivers/file" + std::to_string(i) + ".o\n";
    log += std::string(1'000'000, 'x') + "\n/bin/sh: 1: bison: not found";
    const auto found = kernel::diagnose(log);
    REQUIRE(found);
    CHECK(found->line == "/bin/sh: 1: bison: not found");
}

TEST_CASE("what a log says cannot become part of a command unless it is a plain name") {
    CHECK_FALSE(kernel::diagnose("/bin/sh: 1: evil;reboot: not found\n"));
    CHECK_FALSE(kernel::diagnose("C compiler '$(reboot)-linux-gnu-gcc; x\n"));
}

TEST_CASE("being stopped is no failure to be diagnosed") {
    const host::Exit exit{.stopped = true, .output = "/bin/sh: 1: flex: not found\n"};
    const Error error = kernel::make_error({}, {.argv = {"make"}}, exit);
    CHECK(error.kind == ErrorKind::interrupted);
}

TEST_CASE("a remedy names the board and the source that are being built, ready to be pasted") {
    kernel::BuildContext context;
    context.board = "rpi4";
    context.source.root = "/home/me/my linux";
    const auto hint = [&](const std::string& log) {
        return kernel::make_error(context, {.argv = {"make"}}, {.code = 2, .output = log}).hint;
    };
    CHECK(hint("gcc: internal compiler error: Killed (program cc1)\n") == "rpi-kit build rpi4 -j 1");
    CHECK(hint("*** The source tree is not clean, please run 'make ARCH=arm64 mrproper'\n") ==
          "make -C '/home/me/my linux' mrproper");
}

TEST_CASE("docs/adding-a-diagnosis.md: its row and its log do what the page says") {
    const auto page = host::read_file(RPIKIT_SOURCE_DIR "/docs/adding-a-diagnosis.md");
    REQUIRE(page);
    // The page shows a row of the table and the log that proves it, both as they are in the tree.
    const auto table = host::read_file(RPIKIT_SOURCE_DIR "/sdk/kernel/known_failures.cpp");
    const auto logs = host::read_file(RPIKIT_SOURCE_DIR "/tests/kernel/failure_logs.cpp");
    REQUIRE(table);
    REQUIRE(logs);
    std::vector<std::string> blocks;
    for (std::size_t start = page->find("```cpp\n"); start != std::string::npos;
         start = page->find("```cpp\n", start + 1)) {
        const std::size_t begin = start + 7;
        blocks.push_back(page->substr(begin, page->find("```", begin) - begin));
    }
    REQUIRE(blocks.size() == 2);
    CHECK(table->contains(blocks[0]));
    CHECK(logs->contains(blocks[1]));
}
