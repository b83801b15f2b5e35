#include <catch2/catch_test_macros.hpp>

#include "sdk/board/reference.hpp"
#include "sdk/host/file.hpp"
#include "sdk/toolchain/description.hpp"
#include "sdk/toolchain/toolchain.hpp"
#include "tests/support/doc_page.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;

namespace {

const std::filesystem::path page = std::filesystem::path(RPIKIT_SOURCE_DIR) / "docs/adding-a-toolchain.md";

}  // namespace

TEST_CASE("the toolchains of the page load") {
    const test::TempDir folder;
    for (const auto& [path, text] : test::files_in_page(page))
        folder.write(path, text);
    const auto all = toolchain::load_all(folder / "toolchains");
    INFO((all ? "" : render(all.error(), false)));
    REQUIRE(all);
    REQUIRE(all->size() == 3);
    CHECK((*all)[0].name == "arm-gnu-aarch64");
    CHECK((*all)[0].tarball);
    CHECK((*all)[1].name == "clang-19");
    CHECK((*all)[1].llvm);
    CHECK((*all)[2].name == "powerpc64le-linux-gnu");
    CHECK((*all)[2].cross_compile == "powerpc64le-linux-gnu-");
}

TEST_CASE("the page's table of toolchain keys is that of the schema") {
    const auto text = host::read_file(page);
    REQUIRE(text);
    const auto table = board::key_table(toolchain::description_schema());
    INFO(table);
    CHECK(text->ends_with(table));
}
