#include <catch2/catch_test_macros.hpp>

#include "sdk/archive/archive.hpp"
#include "tests/archive/make_archive.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace rpikit::archive;
namespace fs = std::filesystem;

namespace {

/// A package that holds `items`.
struct Package {
    test::TempDir directory;
    fs::path deb = directory / "a.deb";
    fs::path folder = directory / "folder";
    explicit Package(const std::vector<test::Item>& items) {
        test::make_tar(directory / "data", items, "xz");
        test::make_deb(deb, directory / "data", "data.tar.xz");
        fs::create_directory(folder);
    }
};

}  // namespace

TEST_CASE("a package unpacks what is wanted of it, its absolute links kept inside") {
    const Package package({test::directory("./usr"),
                           {.path = "./usr/lib/x/tool", .content = "t", .mode = 0755},
                           test::symlink("./usr/bin/tool", "/usr/lib/x/tool"),
                           test::symlink("./top", "/usr"),
                           {.path = "./etc/conf", .content = "c"}});
    REQUIRE(unpack_deb(package.deb, package.folder, {},
                       [](const std::string& path) { return !path.starts_with("etc"); }));
    CHECK(fs::read_symlink(package.folder / "usr/bin/tool") == "../../usr/lib/x/tool");
    CHECK(test::read_whole(package.folder / "usr/bin/tool") == "t");
    CHECK(fs::read_symlink(package.folder / "top") == "usr");
    CHECK_FALSE(fs::exists(package.folder / "etc"));
}

TEST_CASE("a package's hostile names and links are refused") {
    const Package hostile(std::vector<test::Item>{{.path = "./../x"}});
    CHECK_FALSE(unpack_deb(hostile.deb, hostile.folder, {}));
    const Package up(std::vector<test::Item>{test::symlink("./usr/l", "../../x")});
    const auto result = unpack_deb(up.deb, up.folder, {});
    REQUIRE_FALSE(result);
    CHECK(render(result.error(), false).contains("leads out"));
    const Package disguised(std::vector<test::Item>{test::symlink("./l", "/../../x")});
    CHECK_FALSE(unpack_deb(disguised.deb, disguised.folder, {}));
}

TEST_CASE("the archive inside a package unpacks in one pass") {
    const test::TempDir directory;
    test::make_tar(directory / "source", {test::directory("linux-source"), {.path = "linux-source/Makefile"}},
                   "xz");
    const auto archive = test::read_whole(directory / "source");
    const Package package(
        {{.path = "./usr/share/doc/x"}, {.path = "./usr/src/linux.tar.xz", .content = archive}});
    REQUIRE(
        unpack_archive_in_deb(package.deb, "usr/src/linux.tar.xz", package.folder, {.strip_components = 1}));
    CHECK(fs::exists(package.folder / "Makefile"));
    const auto missing = unpack_archive_in_deb(package.deb, "usr/src/none.tar.xz", package.folder, {});
    REQUIRE_FALSE(missing);
    CHECK(render(missing.error(), false).contains("has no file 'usr/src/none.tar.xz'"));

    const Package cut(
        std::vector<test::Item>{{.path = "./l.tar.xz", .content = archive.substr(0, archive.size() / 2)}});
    CHECK_FALSE(unpack_archive_in_deb(cut.deb, "l.tar.xz", cut.folder, {}));
}

TEST_CASE("one file is read out of a package, up to a limit") {
    const Package package(
        std::vector<test::Item>{{.path = "./usr/share/doc/x/copyright", .content = "free"}});
    CHECK(read_from_deb(package.deb, "usr/share/doc/x/copyright").value() == "free");
    CHECK_FALSE(read_from_deb(package.deb, "usr/share/doc/x/copyright", 3));
    CHECK_FALSE(read_from_deb(package.deb, "usr/share/doc/x/none"));
}

TEST_CASE("what is no package is refused") {
    const test::TempDir directory;
    test::make_tar(directory / "x.deb", {{.path = "a"}});
    const auto result = unpack_deb(directory / "x.deb", directory.path(), {});
    REQUIRE_FALSE(result);
    CHECK(render(result.error(), false).contains("no Debian package"));
    test::make_deb(directory / "y.deb", directory / "x.deb", "nothing.tar");
    CHECK(render(unpack_deb(directory / "y.deb", directory.path(), {}).error(), false)
              .contains("the package has no data.tar"));
}
