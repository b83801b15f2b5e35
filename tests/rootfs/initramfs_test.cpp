#include "sdk/rootfs/initramfs.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <set>

#include "sdk/host/process.hpp"
#include "sdk/rootfs/tree_path.hpp"
#include "sdk/support/text.hpp"
#include "tests/rootfs/fixtures.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> applets() {
    const auto needed = rootfs::initramfs_applets();
    std::vector<std::string> names(needed.begin(), needed.end());
    names.emplace_back("busybox");
    names.emplace_back("vi");
    return names;
}

/// A board with a root on f2fs, its built modules, and a folder for its own files.
struct Workshop {
    test::TempDir folder;
    board::Board board;
    kernel::KernelArtifacts kernel;

    Workshop() {
        const std::string modules = "stage/lib/modules/6.12.1/";
        folder.write(modules + "modules.dep",
                     "kernel/fs/fat/vfat.ko: kernel/fs/fat/fat.ko\nkernel/fs/fat/fat.ko:\n"
                     "kernel/fs/f2fs/f2fs.ko:\nkernel/drivers/ata/ahci.ko: kernel/lib/helper.ko\n"
                     "kernel/lib/helper.ko:\nkernel/sound/soundcore.ko:\n");
        folder.write(modules + "modules.builtin", "kernel/fs/ext4/ext4.ko\n");
        folder.write(modules + "modules.alias", "alias pci:v* ahci\nalias char-major-14-* soundcore\n");
        for (const auto* file : {"fs/fat/vfat", "fs/fat/fat", "fs/f2fs/f2fs", "drivers/ata/ahci",
                                 "lib/helper", "sound/soundcore"}) {
            folder.write(modules + "kernel/" + file + ".ko", std::string("module ") + file);
        }
        kernel.release = "6.12.1";
        kernel.modules = folder / "stage";
        kernel.module_count = 6;
        board.name = "mine";
        board.file = folder.write("boards/mine.toml", "");
        board.files = {board.file, folder.write("boards/soc/chip.toml", "")};
        board.rootfs = test::example_rootfs();
        board.initramfs = {.classes = {"storage"}};
        board.image.partitions = {{.name = "root", .filesystem = "f2fs", .content = "rootfs"}};
    }
    Result<archive::FileTree> make(std::vector<board::InitramfsFile> files = {}) const {
        return rootfs::make_initramfs({.board = board,
                                       .kernel = kernel,
                                       .busybox = test::make_busybox(applets()),
                                       .applets = applets(),
                                       .files = std::move(files)});
    }
    archive::FileTree tree() const {
        auto made = make();
        INFO((made ? "" : render(made.error(), false)));
        REQUIRE(made);
        return *std::move(made);
    }
    void script(const std::string& path, const std::string& text) const {
        fs::permissions(folder.write(path, text), fs::perms(0755));
    }
};

std::string text(const archive::FileTree& tree, const std::string& path) {
    const auto* entry = tree.find(path);
    REQUIRE(entry != nullptr);
    return archive::read_content(*entry).value();
}

/// A program of the system with a file as its input.
std::string output_of(const std::string& command) {
    const auto runner = host::make_process_runner();
    const auto exit = runner->run({.argv = {"sh", "-c", command}}, {});
    REQUIRE(exit);
    INFO(exit->output);
    REQUIRE(exit->success());
    return exit->output;
}

bool installed(const std::string& program) {
    return host::make_process_runner()
        ->find_program(program, host::Environment::of_this_process())
        .has_value();
}

}  // namespace

TEST_CASE("the kernel finds init, a console and modprobe in the initramfs", "[rootfs]") {
    const auto tree = Workshop().tree();
    CHECK(tree.find("init")->mode == 0755);
    CHECK(rootfs::resolve(tree, "/bin/sh") == "bin/busybox");
    CHECK(rootfs::resolve(tree, "/sbin/modprobe") == "bin/busybox");
    const auto* console = tree.find("dev/console");
    REQUIRE(console != nullptr);
    CHECK(console->type == archive::FileType::character_device);
    CHECK(console->device_major == 5);
    CHECK(console->device_minor == 1);
    CHECK(text(tree, "conf/settings") == "timeout=30\n");
}

TEST_CASE("the root's own module is loaded by name, a class only lies there, others do not", "[rootfs]") {
    Workshop shop;
    shop.board.initramfs.modules = {"vfat", "ext4"};
    const auto tree = shop.tree();
    CHECK(text(tree, "conf/modules") == "fat\nvfat\nf2fs\n");
    const std::string folder = "lib/modules/6.12.1/";
    for (const auto* file : {"fs/fat/fat", "fs/fat/vfat", "fs/f2fs/f2fs", "drivers/ata/ahci", "lib/helper"}) {
        INFO(file);
        CHECK(text(tree, folder + "kernel/" + file + ".ko") == std::string("module ") + file);
    }
    CHECK(tree.find(folder + "kernel/sound/soundcore.ko") == nullptr);
    CHECK(text(tree, folder + "modules.alias") == "alias pci:v* ahci\n");
    CHECK_FALSE(text(tree, folder + "modules.dep").contains("soundcore"));
}

TEST_CASE("a module, class, file or path that cannot be is an error", "[rootfs]") {
    Workshop shop;
    shop.board.initramfs.modules = {"vfatt"};
    const auto module = shop.make();
    REQUIRE_FALSE(module);
    CHECK(module.error().causes.front().contains("did you mean 'vfat'?"));
    shop.board.initramfs.modules = {};
    shop.board.initramfs.classes = {"storaje"};
    CHECK_FALSE(shop.make());
    shop.board.initramfs.classes = {};
    CHECK(shop.make());
    const auto missing = shop.make({{.source = shop.folder / "nothing", .target = "nothing"}});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message.contains("nothing cannot be added"));
    CHECK_FALSE(shop.make({{.source = shop.folder / "boards", .target = "folder"}}));
    const auto leaving = shop.make({{.source = shop.board.file, .target = "../etc/passwd"}});
    REQUIRE_FALSE(leaving);
    fs::remove(shop.folder / "stage/lib/modules/6.12.1/kernel/fs/f2fs/f2fs.ko");
    CHECK_FALSE(shop.make());
}

TEST_CASE("a busybox that lacks what init runs, or is for another machine, is refused", "[rootfs]") {
    const Workshop shop;
    auto fewer = applets();
    std::erase(fewer, "switch_root");
    const auto lacking = rootfs::make_initramfs(
        {.board = shop.board, .kernel = shop.kernel, .busybox = test::make_busybox(fewer), .applets = fewer});
    REQUIRE_FALSE(lacking);
    CHECK(lacking.error().causes.front() == "missing: switch_root");
    CHECK_FALSE(rootfs::make_initramfs(
        {.board = shop.board, .kernel = shop.kernel, .busybox = "#!/bin/sh", .applets = applets()}));
}

TEST_CASE("files are added under their own name or where it is said", "[rootfs]") {
    Workshop shop;
    const auto plain = board::parse_initramfs_file("/some/folder/key.bin");
    CHECK(plain.source == "/some/folder/key.bin");
    CHECK(plain.target == "key.bin");
    const auto placed = board::parse_initramfs_file("key.bin:/etc/keys/first");
    CHECK(placed.source == "key.bin");
    CHECK(placed.target == "etc/keys/first");

    shop.script("run.sh", "#!/bin/sh\n");
    shop.board.initramfs.files = {{.source = shop.folder.write("key", "secret"), .target = "etc/key"}};
    const auto tree = shop.make({{.source = shop.folder / "run.sh", .target = "run.sh"}});
    REQUIRE(tree);
    CHECK(text(*tree, "etc/key") == "secret");
    CHECK(tree->find("etc/key")->mode == 0644);
    CHECK(tree->find("run.sh")->mode == 0755);

    const auto replaced = shop.make({{.source = shop.folder / "key", .target = "init"}});
    REQUIRE_FALSE(replaced);
    CHECK(replaced.error().message.contains("/init"));
}

TEST_CASE("a board's scripts go where they run, its own before those of what it extends", "[rootfs]") {
    Workshop shop;
    shop.script("boards/mine/initramfs/init-top/20-mine.sh", "#!/bin/sh\n# mine\n");
    shop.script("boards/soc/chip/initramfs/init-top/10-chip.sh", "#!/bin/sh\n# chip\n");
    shop.script("boards/soc/chip/initramfs/init-top/20-mine.sh", "#!/bin/sh\n# of the chip\n");
    shop.script("boards/soc/chip/initramfs/init-bottom/last.sh", "#!/bin/sh\n");
    shop.folder.write("boards/mine/initramfs/init-top/README", "no script");
    const auto hooks = rootfs::find_hooks(shop.board).value();
    REQUIRE(hooks.size() == 3);
    CHECK(hooks[0].place == "init-bottom");
    CHECK(hooks[1].file.filename() == "10-chip.sh");
    const auto tree = shop.tree();
    CHECK(text(tree, "hooks/init-top/20-mine.sh").contains("# mine"));
    CHECK(tree.find("hooks/init-top/20-mine.sh")->mode == 0755);
    CHECK(tree.find("hooks/init-top/README") == nullptr);

    shop.folder.write("boards/mine/initramfs/init-botom/x.sh", "");
    const auto place = rootfs::find_hooks(shop.board);
    REQUIRE_FALSE(place);
    CHECK(place.error().hint == "did you mean 'init-bottom'?");
    fs::remove_all(shop.folder / "boards/mine/initramfs/init-botom");
    fs::permissions(shop.folder / "boards/mine/initramfs/init-top/20-mine.sh", fs::perms(0644));
    const auto plain = rootfs::find_hooks(shop.board);
    REQUIRE_FALSE(plain);
    CHECK(plain.error().hint.starts_with("chmod +x "));
}

TEST_CASE("the archive holds what the tree does, the same bytes every time", "[rootfs]") {
    const Workshop shop;
    auto tree = shop.tree();
    tree.limit_times(1'704'067'200);
    struct Packed {
        const char* name;
        const char* unpack;
    };
    for (const auto& [name, unpack] : {Packed{"gzip", "gzip -dc"}, Packed{"xz", "xz -dc"},
                                       Packed{"zstd", "zstd -dc"}, Packed{"none", "cat"}}) {
        INFO(name);
        const auto compression = rootfs::parse_compression(name).value();
        const auto first = shop.folder / (std::string("first.") + name);
        const auto second = shop.folder / (std::string("second.") + name);
        REQUIRE(archive::write_cpio(tree, first, compression));
        REQUIRE(archive::write_cpio(tree, second, compression));
        output_of("cmp " + first.string() + " " + second.string());
        const std::string tool(std::string_view(unpack).substr(0, std::string_view(unpack).find(' ')));
        if (!installed("cpio") || !installed(tool)) continue;
        std::set<std::string> listed;
        const auto answer = output_of(std::string(unpack) + " " + first.string() + " | cpio -t --quiet");
        for (const auto line : lines(answer)) {
            if (!line.empty()) listed.emplace(line);
        }
        std::set<std::string> expected;
        for (const auto& [path, entry] : tree.entries()) {
            if (!path.empty()) expected.insert(path);
        }
        CHECK(listed == expected);
    }
    const auto unknown = rootfs::parse_compression("gzipp");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().hint == "did you mean 'gzip'?");
    CHECK(unknown.error().kind == ErrorKind::usage);
}

TEST_CASE("the scripts of the initramfs are valid shell", "[rootfs]") {
    const test::TempDir folder;
    for (const auto script : {rootfs::init_script(), rootfs::init_functions()}) {
        const auto file = folder.write("script", std::string(script));
        CHECK(output_of("sh -n " + file.string()).empty());
    }
}

TEST_CASE("init finds partitions by the tables of MBR and GPT, and an f2fs by its superblock", "[rootfs]") {
    if (!installed("hexdump") || !installed("sfdisk")) SKIP("hexdump or sfdisk is not installed");
    const test::TempDir folder;
    std::string functions(rootfs::init_functions());
    const std::string place = "disk=/dev/";
    const auto at = functions.find(place);
    REQUIRE(at != std::string::npos);
    folder.write("functions", functions.replace(at, place.size(), "disk=" + folder.path().string() + "/"));
    const auto shell = [&](const std::string& command) {
        return std::string(
            trim(output_of("cd " + folder.path().string() + " && . ./functions && " + command)));
    };
    output_of("truncate -s 8M " + (folder / "gpt").string() +
              " && printf 'label: gpt\\nsize=1M\\nsize=2M,uuid=01234567-89AB-CDEF-0123-456789ABCDEF\\n' | "
              "PATH=$PATH:/usr/sbin sfdisk -q " +
              (folder / "gpt").string());
    output_of("truncate -s 8M " + (folder / "mbr").string() +
              " && printf 'label: dos\\nlabel-id: 0x00c0ffee\\nsize=1M\\nsize=2M\\n' | PATH=$PATH:/usr/sbin "
              "sfdisk -q " +
              (folder / "mbr").string());
    const std::string superblock = "\\020\\040\\365\\362";
    output_of("truncate -s 1M " + (folder / "f2fs").string() + " && printf '" + superblock +
              "' | dd of=" + (folder / "f2fs").string() + " bs=1 seek=1024 conv=notrunc status=none");
    // As /sys shows a partition: a folder in its disk's.
    for (const auto* disk : {"gpt", "mbr"}) {
        const std::string sys = std::string("sys/") + disk;
        folder.write(sys + "/queue/logical_block_size", "512\n");
        folder.write(sys + "/" + disk + "2/partition", "2\n");
        folder.write(sys + "/" + disk + "2/uevent", "DEVNAME=x\nPARTN=2\n");
    }
    folder.write("sys/new/new1/uevent", "PARTUUID=from-the-kernel\nPARTNAME=data\n");
    CHECK(shell("partition_uuid sys/gpt/gpt2") == "01234567-89ab-cdef-0123-456789abcdef");
    CHECK(shell("partition_uuid sys/mbr/mbr2") == "00c0ffee-02");
    CHECK(shell("partition_uuid sys/new/new1") == "from-the-kernel");
    CHECK(shell("partition_label sys/new/new1") == "data");
    CHECK(shell("bytes f2fs 1024 4") == "1020f5f2");
}
