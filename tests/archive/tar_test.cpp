#include <catch2/catch_test_macros.hpp>

#include "sdk/archive/archive.hpp"
#include "sdk/host/file.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;

namespace {

archive::FileTree sample() {
    archive::FileTree tree;
    const std::string long_name(120, 'n');
    REQUIRE(tree.add("bin/tool", {.mode = 04755, .uid = 3, .gid = 4, .mtime = 86400, .content = "program"}));
    REQUIRE(tree.add("bin/same", {.mode = 04755, .mtime = 86400, .hard_link = "bin/tool"}));
    REQUIRE(tree.add_symlink("lib", "usr/lib"));
    REQUIRE(tree.add_file("usr/" + long_name + "/" + long_name, "deep"));
    return tree;
}

std::string tar(const test::TempDir& folder, const std::string& arguments) {
    const auto run = test::run_program({"/bin/sh", "-c", "TZ=UTC tar " + arguments},
                                       {.directory = folder.path(), .home = folder.path()});
    INFO(run.err);
    REQUIRE(run.code == 0);
    return run.out;
}

}  // namespace

TEST_CASE("a tree becomes a tar that GNU tar reads") {
    const test::TempDir folder;
    for (const auto& [name, compression] : {std::pair{"a.tar", archive::Compression::none},
                                            {"a.tar.zst", archive::Compression::zstd},
                                            {"a.tar.xz", archive::Compression::xz},
                                            {"a.tar.gz", archive::Compression::gzip}}) {
        INFO(name);
        REQUIRE(archive::write_tar(sample(), folder / name, compression));
        const auto list = tar(folder, std::string("--numeric-owner -tvf ") + name);
        CHECK(list.contains("-rwsr-xr-x 3/4 "));
        CHECK(list.contains(" 7 1970-01-02 00:00 bin/tool\n"));
        CHECK(list.contains("lib -> usr/lib"));
        CHECK(list.contains("bin/same link to bin/tool\n"));
        CHECK(tar(folder, std::string("-xOf ") + name + " bin/tool") == "program");
        // The same bytes each time.
        const auto first = host::read_file(folder / name).value();
        REQUIRE(archive::write_tar(sample(), folder / name, compression));
        CHECK(host::read_file(folder / name).value() == first);
    }
}

TEST_CASE("a tar that cannot be written leaves nothing") {
    const test::TempDir folder;
    auto tree = sample();
    REQUIRE(tree.add("gone", {.content = archive::FileSlice{.file = folder / "gone", .size = 5}}));
    CHECK_FALSE(archive::write_tar(tree, folder / "a.tar", archive::Compression::none));
    CHECK_FALSE(std::filesystem::exists(folder / "a.tar"));
    CHECK_FALSE(archive::write_tar(sample(), folder / "no/such/folder/a.tar", archive::Compression::none));
}
