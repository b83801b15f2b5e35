#include "sdk/rootfs/module_index.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "sdk/board/board_schema.hpp"
#include "sdk/board/schema.hpp"
#include "sdk/rootfs/module_classes.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using rootfs::ModuleIndex;
using Names = std::vector<std::string>;

namespace {

/// As depmod writes them: dependencies transitively, the last one to be loaded first.
struct Indexed {
    test::TempDir folder;
    ModuleIndex index;

    Indexed() {
        folder.write(
            "modules.dep",
            "kernel/fs/fat/vfat.ko: kernel/fs/fat/fat.ko\n"
            "kernel/fs/fat/fat.ko:\n"
            "kernel/fs/f2fs/f2fs.ko:\n"
            "kernel/crypto/crc32_generic.ko:\n"
            "kernel/drivers/ata/ahci.ko: kernel/drivers/ata/libahci.ko kernel/drivers/ata/libata.ko\n"
            "kernel/drivers/ata/libahci.ko: kernel/drivers/ata/libata.ko\n"
            "kernel/drivers/ata/libata.ko:\n"
            "kernel/drivers/usb/storage/usb-storage.ko.xz:\n"
            "kernel/arch/arm64/crypto/aes-neon-blk.ko:\n"
            "kernel/drivers/net/virtio_net.ko:\n"
            "kernel/drivers/net/virtio_net_more.ko:\n");
        folder.write("modules.softdep",
                     "# Soft dependencies extracted from modules themselves.\n"
                     "softdep f2fs pre: crc32 post: vfat\n"
                     "softdep gone pre: fat\n");
        folder.write("modules.alias",
                     "alias fs-f2fs f2fs\nalias crc32 crc32_generic\nalias usb:v*p* usb_storage\n");
        folder.write("modules.builtin", "kernel/fs/ext4/ext4.ko\nkernel/lib/crc-ccitt.ko\n");
        index = ModuleIndex::read(folder.path()).value();
    }

    Names closure(const Names& names) const {
        const auto found = index.closure(names);
        INFO((found ? "" : render(found.error(), false)));
        REQUIRE(found);
        return *found;
    }
};

}  // namespace

TEST_CASE("what a module depends on comes before it, each once", "[rootfs]") {
    const Indexed modules;
    CHECK(modules.closure({"ahci"}) == Names{"libata", "libahci", "ahci"});
    CHECK(modules.closure({"libahci", "ahci", "libata"}) == Names{"libata", "libahci", "ahci"});
    CHECK(modules.closure({"vfat", "ahci"}) == Names{"fat", "vfat", "libata", "libahci", "ahci"});
    CHECK(modules.closure({}).empty());
}

TEST_CASE("soft dependencies come along, by the name of an alias too", "[rootfs]") {
    const Indexed modules;
    CHECK(modules.closure({"f2fs"}) == Names{"crc32_generic", "f2fs", "fat", "vfat"});
}

TEST_CASE("names are the same with '-' and '_', an alias stands for its modules, built-in ones are skipped",
          "[rootfs]") {
    const Indexed modules;
    CHECK(modules.closure({"usb-storage"}) == Names{"usb_storage"});
    CHECK(modules.closure({"usb_storage"}) == Names{"usb_storage"});
    CHECK(modules.closure({"crc32"}) == Names{"crc32_generic"});
    CHECK(modules.closure({"ext4", "crc_ccitt"}).empty());
    CHECK(modules.index.file("usb_storage") == "kernel/drivers/usb/storage/usb-storage.ko.xz");
}

TEST_CASE("a module that does not exist is an error with the near match", "[rootfs]") {
    const Indexed modules;
    const auto missing = modules.index.closure(Names{"vfat", "achi"});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message.contains("'achi'"));
    CHECK(missing.error().message.contains("did you mean 'ahci'?"));
    const auto near_built_in = modules.index.closure(Names{"ext44"});
    REQUIRE_FALSE(near_built_in);
    CHECK(near_built_in.error().message.contains("did you mean 'ext4'?"));
}

TEST_CASE("modules that depend on each other do not go round for ever", "[rootfs]") {
    test::TempDir folder;
    folder.write("modules.dep", "kernel/a.ko: kernel/b.ko\nkernel/b.ko: kernel/a.ko\n");
    const auto index = ModuleIndex::read(folder.path()).value();
    CHECK(index.closure(Names{"a"}).value() == Names{"b", "a"});
    folder.write("modules.dep", "kernel/a.ko: kernel/b.ko\nno colon\n");
    const auto damaged = ModuleIndex::read(folder.path());
    REQUIRE_FALSE(damaged);
    CHECK(damaged.error().where->line == 2);
    CHECK(ModuleIndex::read(folder / "nowhere").value().empty());
}

TEST_CASE("the index of some modules names only them", "[rootfs]") {
    const Indexed modules;
    const auto files = modules.index.files_for(Names{"fat", "vfat"});
    CHECK(files.at("modules.dep") == "kernel/fs/fat/fat.ko:\nkernel/fs/fat/vfat.ko: kernel/fs/fat/fat.ko\n");
    CHECK(files.at("modules.alias").empty());
    CHECK(modules.index.files_for(Names{"f2fs"}).at("modules.alias") == "alias fs-f2fs f2fs\n");
}

TEST_CASE("a class is what lies in its folders", "[rootfs]") {
    const Indexed modules;
    const auto of_class = [&](const char* name) {
        const auto* found = rootfs::find_module_class(name).value();
        return modules.index.below(found->folders);
    };
    CHECK(of_class("storage") == Names{"ahci", "libahci", "libata"});
    CHECK(of_class("filesystem") == Names{"f2fs", "fat", "vfat"});
    CHECK(of_class("usb-storage") == Names{"usb_storage"});
    CHECK(of_class("crypto") == Names{"aes_neon_blk", "crc32_generic"});
    CHECK(of_class("network") == Names{"virtio_net"});
    const auto unknown = rootfs::find_module_class("storrage");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().hint == "did you mean 'storage'?");
}

TEST_CASE("the classes that a descriptor may name are those that there are", "[rootfs]") {
    const auto rows = board::board_schema();
    const auto row = std::ranges::find(rows, "initramfs.classes", &board::Row::key);
    REQUIRE(row != rows.end());
    Names names;
    for (const auto& one : rootfs::module_classes())
        names.emplace_back(one.name);
    CHECK(board::choices(row->allowed) == names);
}
