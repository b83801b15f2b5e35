#include <catch2/catch_test_macros.hpp>

#include "sdk/rootfs/rootfs.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace {

struct Staged {
    test::TempDir folder;
    kernel::KernelArtifacts kernel;

    Staged() {
        folder.write("lib/modules/6.12.1/modules.dep", "kernel/fs/fat/fat.ko:\n");
        folder.write("lib/modules/6.12.1/kernel/fs/fat/fat.ko", "module");
        fs::create_symlink("/somewhere/build", folder / "lib/modules/6.12.1/build");
        kernel.release = "6.12.1";
        kernel.modules = folder.path();
        kernel.module_count = 1;
    }
};

}  // namespace

TEST_CASE("modules go to lib/modules as slices of the staged files", "[rootfs]") {
    const Staged staged;
    archive::FileTree root;
    REQUIRE(rootfs::add_modules(root, staged.kernel));
    const auto* module = root.find("lib/modules/6.12.1/kernel/fs/fat/fat.ko");
    REQUIRE(module != nullptr);
    CHECK(std::holds_alternative<archive::FileSlice>(module->content));
    CHECK(archive::content_size(*module) == 6);
    CHECK(root.find("lib/modules/6.12.1/build") == nullptr);
}

TEST_CASE("with a merged /usr modules go below usr/lib", "[rootfs]") {
    const Staged staged;
    for (const auto* target : {"usr/lib", "/usr/lib", "./usr/../usr/lib"}) {
        archive::FileTree root;
        REQUIRE(root.add_directory("usr/lib"));
        REQUIRE(root.add_symlink("lib", target));
        REQUIRE(rootfs::add_modules(root, staged.kernel));
        CHECK(root.find("usr/lib/modules/6.12.1/modules.dep") != nullptr);
        CHECK(root.find("lib")->type == archive::FileType::symlink);
    }
    archive::FileTree dangling;
    REQUIRE(dangling.add_symlink("lib", "usr/lib"));
    CHECK_FALSE(rootfs::add_modules(dangling, staged.kernel));
}

TEST_CASE("modules of the same release are replaced as a whole, others stay", "[rootfs]") {
    const Staged staged;
    archive::FileTree root;
    REQUIRE(root.add_file("lib/modules/6.12.1/kernel/old.ko", "stale"));
    REQUIRE(root.add_file("lib/modules/6.12.10/kernel/other.ko", "kept"));
    REQUIRE(rootfs::add_modules(root, staged.kernel));
    CHECK(root.find("lib/modules/6.12.1/kernel/old.ko") == nullptr);
    CHECK(root.find("lib/modules/6.12.10/kernel/other.ko") != nullptr);
}

TEST_CASE("a kernel without modules adds nothing, missing staged modules are an error", "[rootfs]") {
    test::TempDir empty;
    kernel::KernelArtifacts kernel;
    kernel.release = "6.12.1";
    kernel.modules = empty.path();
    archive::FileTree root;
    REQUIRE(rootfs::add_modules(root, kernel));
    CHECK(root.empty());
    kernel.module_count = 3;
    CHECK_FALSE(rootfs::add_modules(root, kernel));
}
