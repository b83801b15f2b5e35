#include "sdk/package/tar.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/temp_dir.hpp"

using namespace rpikit;

TEST_CASE("the tree of a tar is what the kernel installs, with one time for all") {
    const test::TempDir build;
    build.write("modules/lib/modules/6.12/kernel/fat.ko", "module");
    const kernel::KernelArtifacts artifacts{.release = "6.12",
                                            .image = build.write("Image.gz", "image"),
                                            .vmlinux = {},
                                            .system_map = build.write("System.map", "map"),
                                            .config = build.write(".config", "config"),
                                            .dtbs = {build.write("dts/broadcom/x.dtb", "tree")},
                                            .modules = build / "modules"};
    const auto tree = package::kernel_tree(artifacts, {"broadcom/x.dtb"}, 1000);
    REQUIRE(tree);
    for (const auto& [path, content] : {std::pair{"boot/vmlinuz-6.12", "image"},
                                        {"boot/System.map-6.12", "map"},
                                        {"boot/config-6.12", "config"},
                                        {"boot/dtbs/6.12/broadcom/x.dtb", "tree"},
                                        {"lib/modules/6.12/kernel/fat.ko", "module"}}) {
        INFO(path);
        const auto* entry = tree->find(path);
        REQUIRE(entry != nullptr);
        CHECK(archive::read_content(*entry).value() == content);
    }
    for (const auto& [path, entry] : tree->entries())
        CHECK(entry.mtime == 1000);
    auto broken = artifacts;
    broken.image = build / "nowhere";
    CHECK_FALSE(package::kernel_tree(broken, {"broadcom/x.dtb"}, 1000));
}
