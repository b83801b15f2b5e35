#include "sdk/kernel/object_counter.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/temp_dir.hpp"

using namespace rpikit;

TEST_CASE("objects are counted, other lines are not") {
    kernel::ObjectCounter counter;
    counter.feed(
        "make[1]: Entering directory '/mnt/build'\n"
        "  CC      init/main.o\n"
        "  CC [M]  fs/fat/fat.o\n"
        "  12 |   int x;\n"
        "   CC     too deep\n"
        " CC      too shallow\n"
        "\n"
        "fs/open.c:12: warning: x\n"
        "  LD      vmlinux\n");
    CHECK(counter.count() == 3);
}

TEST_CASE("it does not matter how output is cut into pieces") {
    const std::string output = "  CC      a.o\n  LD      b\nx\n  AR      c.a\n";
    for (std::size_t piece = 1; piece < 9; ++piece) {
        kernel::ObjectCounter counter;
        for (std::size_t i = 0; i < output.size(); i += piece)
            counter.feed(std::string_view(output).substr(i, piece));
        CHECK(counter.count() == 3);
    }
}

TEST_CASE("what is expected comes from the last whole build, else from the configuration") {
    test::TempDir directory;
    const auto build = directory / "objects";
    CHECK(kernel::expected_objects(build, 0) == 0);
    // Measured for Linux 6.12, symbols and lines; the estimate is within a tenth.
    for (const auto& [symbols, lines] : {std::pair{550U, 1446U}, {1024U, 3160U}, {1445U, 4087U}}) {
        CHECK(kernel::expected_objects(build, symbols) > lines * 9 / 10);
        CHECK(kernel::expected_objects(build, symbols) < lines * 11 / 10);
    }
    REQUIRE(kernel::remember_objects(build, 1850));
    CHECK(kernel::expected_objects(build, 650) == 1850);
    directory.write("objects.objects", "no number");
    CHECK(kernel::expected_objects(build, 100) == 280);
}
