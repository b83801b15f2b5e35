#include "sdk/inspect/difference.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/inspect/samples.hpp"

using namespace rpikit;
using inspect::ValueChange;

namespace {

inspect::Difference difference_of(const std::filesystem::path& a, const std::filesystem::path& b) {
    const auto before = inspect::read_subject(a, {});
    const auto after = inspect::read_subject(b, {});
    if (!before) FAIL(render(before.error(), false));
    if (!after) FAIL(render(after.error(), false));
    const auto difference = inspect::compare(*before, *after);
    if (!difference) FAIL(render(difference.error(), false));
    return *difference;
}

const std::string other_config =
    "# CONFIG_HZ is not set\nCONFIG_LOCALVERSION=\"-tiny\"\nCONFIG_EXT4_FS=m\nCONFIG_NEW=0x10\n";
const std::vector<ValueChange> config_changes{
    {"DUMMY", "m", "n"}, {"EXT4_FS", "y", "m"}, {"HZ", "300", "n"}, {"NEW", "n", "0x10"}};

}  // namespace

TEST_CASE("symbols that differ are named, in configurations and between a kernel and a configuration") {
    const test::TempDir dir;
    const auto a = dir.write("a.config", test::sample_config);
    const auto b = dir.write("b.config", other_config);
    CHECK(difference_of(a, b).symbols == config_changes);
    CHECK(difference_of(a, a).none());
    const auto mixed = difference_of(dir.write("Image", test::arm64_image()), b);
    CHECK(mixed.symbols == config_changes);
    CHECK(mixed.facts.empty());
    CHECK_FALSE(mixed.compared_files);
}

TEST_CASE("of a side that knows only what was asked for, only that is compared") {
    const inspect::Subject whole{.kind = "build",
                                 .symbols = {{{"EXT4_FS", "y"}, {"HZ", "300"}, {"DUMMY", "m"}}}};
    const inspect::Subject asked{.kind = "build",
                                 .symbols = {{{"EXT4_FS", "y"}, {"HZ", "250"}, {"GONE", "y"}}},
                                 .only_requested = true};
    const std::vector<ValueChange> changes{{"GONE", "y", "n"}, {"HZ", "250", "300"}};
    CHECK(inspect::compare(asked, whole)->symbols == changes);
    CHECK(inspect::compare(whole, asked)->symbols.size() == 2);
    CHECK(inspect::compare(asked, asked)->none());
}

TEST_CASE("files added, removed and changed are named with their sizes") {
    const test::TempDir dir;
    const auto a = dir.write("a", test::cpio({{.name = "gone", .content = "1234"},
                                              {.name = "same", .content = "x"},
                                              {.name = "size", .content = "x"},
                                              {.name = "other", .content = "abc"}}));
    const auto b = dir.write("b", test::cpio({{.name = "new", .content = "12"},
                                              {.name = "same", .content = "x"},
                                              {.name = "size", .content = "xyz"},
                                              {.name = "other", .content = "abd"}}));
    const auto files = difference_of(a, b).files;
    REQUIRE(files.size() == 4);
    CHECK(files[0].path == "gone");
    CHECK_FALSE(files[0].after);
    CHECK(files[0].before->size == 4);
    CHECK(files[1].path == "new");
    CHECK_FALSE(files[1].before);
    CHECK(files[2].path == "other");
    CHECK(files[2].before->size == files[2].after->size);
    CHECK(files[3].path == "size");
    CHECK(files[3].after->size == 3);
}

TEST_CASE("two images differ in the file that was changed alone") {
    const test::TempDir dir;
    const auto a = test::disk_image(dir, "a.img", "mbr", "pi\n");
    const auto b = test::disk_image(dir, "b.img", "mbr", "my pi\n");
    const auto difference = difference_of(a, b);
    CHECK(difference.symbols.empty());
    CHECK(difference.compared_symbols);
    REQUIRE(difference.files.size() == 1);
    CHECK(difference.files[0].path == "2:/etc/hostname");
    CHECK(difference.files[0].after->size == 6);
}

TEST_CASE("bytes that differ where nothing is compared are told, modes are compared") {
    const test::TempDir dir;
    auto kernel = test::arm64_image();
    const auto before = dir.write("Image", kernel);
    kernel[1000] = 'x';
    const auto bytes = difference_of(before, dir.write("Image.other", kernel));
    CHECK(bytes.none());
    CHECK(bytes.bytes_differ);
    CHECK_FALSE(difference_of(before, before).bytes_differ);

    const auto modes = difference_of(dir.write("a", test::cpio({{.name = "su", .mode = 0100755}})),
                                     dir.write("b", test::cpio({{.name = "su", .mode = 0104755}})));
    REQUIRE(modes.files.size() == 1);
    CHECK(modes.files[0].before->mode == 0755);
    CHECK(modes.files[0].after->mode == 04755);
}

TEST_CASE("what has nothing in common cannot be compared") {
    const test::TempDir dir;
    const auto tree = inspect::read_subject(dir.write("board.dtb", test::device_tree()), {});
    const auto config = inspect::read_subject(dir.write(".config", test::sample_config), {});
    REQUIRE(tree);
    REQUIRE(config);
    CHECK_FALSE(inspect::compare(*tree, *config));
}
