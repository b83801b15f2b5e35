#include <catch2/catch_test_macros.hpp>

#include "sdk/boot/boot_method.hpp"
#include "sdk/host/file.hpp"
#include "tests/boot/fixtures.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace rpikit::boot {
extern const BootMethod method_systemd_boot;  // tests/boot/example_method.cpp, the example of the page
}

TEST_CASE("the example of docs/adding-a-boot-method.md is what is compiled here", "[boot]") {
    const fs::path source = RPIKIT_SOURCE_DIR;
    const auto page = host::read_file(source / "docs/adding-a-boot-method.md");
    const auto example = host::read_file(source / "tests/boot/example_method.cpp");
    REQUIRE(page);
    REQUIRE(example);
    CHECK(page->contains("```cpp\n" + *example + "```\n"));
}

TEST_CASE("the example of docs/adding-a-boot-method.md works", "[boot]") {
    const test::BootFixture fixture;
    const auto tree = boot::method_systemd_boot.make(
        {.board = fixture.board, .kernel = fixture.kernel, .firmware = {}, .root = "PARTUUID=1234abcd-02"});
    REQUIRE(tree);
    CHECK(tree->find("vmlinuz-6.12.1") != nullptr);
    const auto config = archive::read_content(*tree->find("loader/entries/linux.conf")).value();
    CHECK(config.contains("options console=serial0,115200 root=PARTUUID=1234abcd-02 rootwait\n"));
}

TEST_CASE("every method file is in the table under the name that the page promises", "[boot]") {
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(RPIKIT_SOURCE_DIR) / "sdk/boot")) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with("method_") || !name.ends_with(".cpp")) continue;
        ++files;
        auto method = name.substr(7, name.size() - 11);
        for (char& c : method)
            c = c == '_' ? '-' : c;
        INFO(name);
        CHECK(boot::find_boot_method(method));
    }
    CHECK(files == boot::boot_methods().size());
}
