#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "sdk/board/board_schema.hpp"
#include "sdk/image/identifiers.hpp"
#include "sdk/image/image_plan.hpp"
#include "sdk/image/image_reader.hpp"
#include "tests/image/image_fixture.hpp"
#include "tests/image/program.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using test::mib;
using test::run_tool;
using test::slurp;

namespace rpikit::image {
extern const FilesystemType filesystem_swap;
}

namespace {

const fs::path source_dir = RPIKIT_SOURCE_DIR;

/// What the descriptor's schema allows for a key, sorted.
std::vector<std::string> allowed(std::string_view key) {
    const auto rows = board::board_schema();
    const auto row = std::ranges::find(rows, key, [](const board::Row& candidate) { return candidate.key; });
    REQUIRE(row != rows.end());
    std::vector<std::string> names;
    for (const auto& name : board::choices(row->allowed))
        names.emplace_back(name);
    std::ranges::sort(names);
    return names;
}

template <class Types>
std::vector<std::string> names_of(const Types& types) {
    std::vector<std::string> names;
    names.reserve(types.size());
    for (const auto* type : types)
        names.emplace_back(type->name);
    std::ranges::sort(names);
    return names;
}

}  // namespace

TEST_CASE("every image type is complete, and a descriptor can name it") {
    const auto types = image::built_in_types();
    const auto processes = host::make_process_runner();
    test::TestHost host(*processes, host::Environment::of_this_process());
    const image::Workplace workplace{.host = &host.host(), .folder = host.directory / "work"};
    CHECK(names_of(types.filesystems) == allowed("image.partition[].filesystem"));
    CHECK(names_of(types.tables) == allowed("image.table"));
    for (const auto* type : types.filesystems) {
        CAPTURE(type->name);
        CHECK(type->mbr_type != 0);
        CHECK(image::parse_uuid(type->gpt_type));
        const archive::FileTree empty;
        const board::Partition partition{.name = "p"};
        const auto prepared =
            type->prepare({.partition = partition, .tree = empty, .label = "p", .workplace = workplace});
        REQUIRE(prepared);
        const auto size = (*prepared)->fitting_size(0, 10 * mib, mib);
        CHECK(size % mib == 0);
        CHECK(size >= 10 * mib);
        CHECK((*prepared)->fitting_size(size, 0, 512) == size);
        CHECK((*prepared)->lay_out({.offset = mib, .size = size}));
    }
    for (const auto* table : types.tables) {
        CHECK(table->most_partitions >= 4);
        CHECK_FALSE(table->partuuid({.disk_id = 1}, "seed", 0).empty());
    }
}

TEST_CASE("the example of docs/adding-an-image-type.md is what is compiled here") {
    const auto page = slurp(source_dir / "docs/adding-an-image-type.md");
    const auto code = slurp(source_dir / "tests/image/filesystem_swap.cpp");
    REQUIRE(code.size() > 1000);
    CHECK(page.find("```cpp\n" + code + "```\n") != std::string::npos);
}

TEST_CASE("the example of docs/adding-an-image-type.md works") {
    const test::TempDir dir;
    test::FakeProcessRunner runner;
    test::TestHost host(runner);
    test::ImageFixture fixture;
    auto types = image::built_in_types();
    types.filesystems.push_back(&image::filesystem_swap);
    fixture.request.layout.partitions.push_back({.name = "swap", .filesystem = "swap", .free = 8 * mib});
    fixture.update();
    fixture.request.contents.back().tree = nullptr;
    const auto image = dir / "sdcard.img";
    const auto written = image::write_image(host.host(), fixture.request, types, image).value();
    const auto& swap = written.partitions.at(2);
    CHECK(image::read_partitions(image).value().at(2).type == "0x82");
    const auto probe =
        run_tool({"blkid", "-p", "-o", "export", "-O", std::to_string(swap.offset), image.string()});
    CHECK(probe.find("TYPE=swap\n") != std::string::npos);
    CHECK(probe.find("LABEL=swap\n") != std::string::npos);
    CHECK(probe.find("UUID=" + swap.uuid + "\n") != std::string::npos);
    CHECK_FALSE(image::write_image(host.host(), fixture.request, dir / "other.img"));  // not built in
}
