#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "sdk/image/ext4_geometry.hpp"
#include "sdk/image/ext4_hash.hpp"
#include "sdk/image/identifiers.hpp"
#include "sdk/image/image_plan.hpp"
#include "sdk/support/text.hpp"
#include "tests/image/image_fixture.hpp"
#include "tests/image/program.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using archive::Entry;
using archive::FileType;
using test::mib;
using test::noise;
using test::run_tool;
using test::slurp;

namespace {

/// An image with one ext4 partition that e2fsck has found sound.
struct Ext4Image {
    test::TempDir dir;
    std::string place;  ///< as e2fsprogs take it
    image::WrittenImage written;

    explicit Ext4Image(const archive::FileTree& tree, std::uint64_t free = 0,
                       std::optional<std::uint64_t> size = {}) {
        image::ImageRequest request{.seed = "seed", .timestamp = 1'700'000'000};
        request.layout = {.table = "mbr", .alignment = mib, .partitions = {}};
        request.layout.partitions.push_back(
            {.name = "root", .filesystem = "ext4", .content = "rootfs", .size = size, .free = free});
        request.contents.push_back({.partition = request.layout.partitions[0], .tree = &tree});
        test::FakeProcessRunner runner;
        test::TestHost host(runner);
        auto result = image::write_image(host.host(), request, dir / "disk.img");
        if (!result) FAIL(render(result.error(), false));
        written = *result;
        place = (dir / "disk.img").string() + "?offset=" + std::to_string(written.partitions[0].offset);
        run_tool({"e2fsck", "-fn", place});
    }

    std::string debugfs(const std::string& command) const {
        return run_tool({"debugfs", "-R", command, place});
    }

    /// The value after a label in what dumpe2fs or debugfs say.
    static std::string field(const std::string& text, const std::string& label) {
        const auto at = text.find(label);
        if (at == std::string::npos) return "(none)";
        const auto end = text.find('\n', at);
        return std::string(trim(std::string_view(text).substr(at + label.size(), end - at - label.size())));
    }
};

/// The metadata of an image alone, written without the cost of hashing gigabytes of holes.
std::string write_metadata(const archive::FileTree& tree, const fs::path& file,
                           std::optional<std::uint64_t> size = {}) {
    image::ImageRequest request{.seed = "seed", .timestamp = 1'700'000'000};
    request.layout = {.table = "mbr", .alignment = mib, .partitions = {}};
    request.layout.partitions.push_back(
        {.name = "root", .filesystem = "ext4", .content = "rootfs", .size = size});
    request.contents.push_back({.partition = request.layout.partitions[0], .tree = &tree});
    const auto plan = image::plan_image(request, image::built_in_types());
    if (!plan) FAIL(render(plan.error(), false));
    std::ofstream stream(file, std::ios::binary);
    for (const auto& piece : plan->pieces) {
        const auto* bytes = std::get_if<std::string>(&piece.source);
        if (bytes == nullptr) continue;
        stream.seekp(static_cast<std::streamoff>(piece.offset));
        stream << *bytes;
    }
    stream.close();
    fs::resize_file(file, plan->size);
    std::string place = file.string() + "?offset=" + std::to_string(plan->partitions[0].offset);
    run_tool({"e2fsck", "-fn", place});
    return place;
}

/// Every file extracted by debugfs, compared with what it should be.
void check_contents(const Ext4Image& image, const archive::FileTree& tree) {
    const fs::path out = image.dir / "out";
    fs::create_directory(out);
    image.debugfs("rdump / " + out.string());
    std::set<std::string> expected = {"lost+found"};
    for (const auto& [path, entry] : tree.entries()) {
        CAPTURE(path);
        const bool dumped = entry.type == FileType::regular || entry.type == FileType::directory ||
                            entry.type == FileType::symlink;
        if (!dumped) continue;
        expected.insert(path);
        const fs::path file = out / path;
        REQUIRE(fs::exists(fs::symlink_status(file)));
        if (entry.type == FileType::symlink) CHECK(fs::read_symlink(file) == entry.target);
        if (entry.type == FileType::directory) CHECK(fs::is_directory(fs::symlink_status(file)));
        if (entry.type != FileType::regular) continue;
        const Entry& owner = entry.hard_link.empty() ? entry : *tree.find(entry.hard_link);
        CHECK(slurp(file) == std::get<std::string>(owner.content));
        CHECK((static_cast<unsigned>(fs::status(file).permissions()) & 07777) == owner.mode);
    }
    std::set<std::string> found;
    for (const auto& item : fs::recursive_directory_iterator(out))
        found.insert(item.path().lexically_relative(out).string());
    CHECK(found == expected);
}

/// A tree of all kinds of things, the same for the same seed.
archive::FileTree random_tree(unsigned seed) {
    std::mt19937 random(seed);
    const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
    archive::FileTree tree;
    std::vector<std::string> folders = {""};
    std::vector<std::string> files;
    const auto count = 50 + below(300);
    for (unsigned i = 0; i < count; ++i) {
        std::string name =
            fmt::format("{}-{}", i, std::string(1 + below(60), static_cast<char>('a' + below(26))));
        if (below(10) == 0) name += " \u00e4\u4e2d";
        std::string path = folders[below(static_cast<unsigned>(folders.size()))];
        path += (path.empty() ? "" : "/") + name;
        Entry entry{.mode = 0600 + below(0200),
                    .uid = below(3) * 70'000,
                    .gid = below(100'000),
                    .mtime = static_cast<std::int64_t>(random()) - 1'000'000'000};
        switch (below(8)) {
            case 0:
                entry.type = FileType::directory;
                entry.mode = 0755;
                folders.push_back(path);
                break;
            case 1:
                entry.type = FileType::symlink;
                entry.target = std::string(1 + below(below(2) == 0 ? 70 : 4000), 'x');
                break;
            case 2:
                entry.type = FileType::fifo;
                break;
            case 3:
                entry.type = below(2) == 0 ? FileType::character_device : FileType::block_device;
                entry.device_major = below(500);
                entry.device_minor = below(2) == 0 ? below(256) : below(1 << 20);
                break;
            case 4:
                if (!files.empty()) entry.hard_link = files[below(static_cast<unsigned>(files.size()))];
                break;
            default:
                entry.content = noise(below(below(8) == 0 ? 400'000 : 9'000), seed + i);
                break;
        }
        for (unsigned x = 0; x < 3 && below(3) == 0 && entry.hard_link.empty(); ++x) {
            const std::string prefix = entry.type == FileType::regular ? "user." : "trusted.";
            entry.xattrs[prefix + std::to_string(x)] = noise(below(below(4) == 0 ? 900 : 40), i);
        }
        if (entry.type == FileType::regular && entry.hard_link.empty()) files.push_back(path);
        if (!tree.add(path, entry)) FAIL(path);
    }
    return tree;
}

}  // namespace

TEST_CASE("random trees come out of ext4 as they went in") {
    for (unsigned seed = 1; seed <= 6; ++seed) {
        CAPTURE(seed);
        const auto tree = random_tree(seed);
        const Ext4Image image(tree);
        check_contents(image, tree);
    }
}

TEST_CASE("owner, mode, time, links, device numbers and attributes are stored") {
    archive::FileTree tree;
    REQUIRE(tree.add("", {.type = FileType::directory, .mode = 0711, .uid = 5, .mtime = 1'000}));
    REQUIRE(tree.add("file", {.mode = 04755,
                              .uid = 100'000,
                              .gid = 200'000,
                              .mtime = 5'000'000'000,
                              .content = std::string("x")}));
    REQUIRE(tree.add("second", {.hard_link = "file"}));
    REQUIRE(
        tree.add("dev/console",
                 {.type = FileType::character_device, .mode = 0600, .device_major = 5, .device_minor = 1}));
    REQUIRE(
        tree.add("dev/large", {.type = FileType::block_device, .device_major = 259, .device_minor = 70'000}));
    REQUIRE(tree.add("pipe", {.type = FileType::fifo}));
    const std::string capability("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    REQUIRE(tree.add("ping",
                     {.mode = 0755, .xattrs = {{"security.capability", capability}, {"user.a", "first"}}}));
    REQUIRE(tree.add(
        "many", {.xattrs = {{"user.long", std::string(3000, 'y')}, {"user.a", "first"}, {"trusted.b", ""}}}));
    const std::string acl(
        "\2\0\0\0\1\0\6\0\xff\xff\xff\xff\2\0\4\0\xe8\3\0\0\4\0\4\0\xff\xff\xff\xff"
        "\x10\0\4\0\xff\xff\xff\xff\x20\0\4\0\xff\xff\xff\xff",
        44);
    REQUIRE(tree.add("acl", {.xattrs = {{"system.posix_acl_access", acl}}}));
    const Ext4Image image(tree);

    const auto file = image.debugfs("stat file");
    CHECK(file.find("Mode:  04755") != std::string::npos);
    CHECK(file.find("User: 100000   Group: 200000") != std::string::npos);
    CHECK(file.find("Links: 2") != std::string::npos);
    CHECK(file.find("mtime: 0x2a05f200:") != std::string::npos);  // 5'000'000'000 - 2^32
    CHECK(file.find("2128") != std::string::npos);
    CHECK(image.debugfs("stat /").find("Mode:  0711") != std::string::npos);
    CHECK(image.debugfs("stat dev/console").find("Device major/minor number: 05:01") != std::string::npos);
    CHECK(image.debugfs("stat dev/large").find("Device major/minor number: 259:70000") != std::string::npos);
    CHECK(image.debugfs("stat pipe").find("Type: FIFO") != std::string::npos);

    const auto out = image.dir / "value";
    image.debugfs("ea_get -f " + out.string() + " ping security.capability");
    CHECK(slurp(out) == capability);
    image.debugfs("ea_get -f " + out.string() + " many user.long");
    CHECK(slurp(out) == std::string(3000, 'y'));
    CHECK(image.debugfs("ea_list many").find("trusted.b (0)") != std::string::npos);
    image.debugfs("ea_get -f " + out.string() + " acl system.posix_acl_access");
    CHECK(slurp(out).size() >= 28);
}

TEST_CASE("a large folder is indexed by the hash that e2fsprogs compute") {
    archive::FileTree tree;
    for (int i = 0; i < 3000;
         ++i)  // e2fsck finds a wrong order, and that of characters beyond ASCII is special
        REQUIRE(tree.add_file(
            fmt::format("big/\u00fc{}-{}", i, std::string(static_cast<std::size_t>(i % 90), 'n')), "."));
    const Ext4Image image(tree);
    CHECK(image.debugfs("stat big").find("Flags: 0x81000") != std::string::npos);
    CHECK(image.debugfs("htree big").find("Number of entries (count)") != std::string::npos);
    check_contents(image, tree);

    const auto super = image.debugfs("show_super_stats -h");
    const auto seed_text = Ext4Image::field(super, "Directory Hash Seed:");
    const auto bytes = image::swap_guid(image::filesystem_id("seed", 0));
    std::array<std::uint32_t, 4> seed{};
    std::memcpy(seed.data(), bytes.data(), bytes.size());
    for (const std::string name :
         {"a", "config.txt", "exactly thirty-two bytes of name", "longer than thirty-two bytes of name"}) {
        const auto said = image.debugfs(fmt::format("dx_hash -h half_md4 -s {} \"{}\"", seed_text, name));
        INFO(said);
        CHECK(said.find(fmt::format("is 0x{:x} ", image::ext4_name_hash(name, seed))) != std::string::npos);
    }
}

TEST_CASE("a folder too large for one level of index is a list") {
    archive::FileTree tree;
    const std::string tail(240, 'n');
    for (int i = 0; i < 9000; ++i)
        REQUIRE(tree.add_file(fmt::format("big/{:05}-{}", i, tail), ""));
    const Ext4Image image(tree);
    CHECK(image.debugfs("stat big").find("Flags: 0x80000") != std::string::npos);
    CHECK(image.debugfs("stat big/08999-" + tail).find("Type: regular") != std::string::npos);
}

TEST_CASE("sizes: room is left as asked, and every geometry is sound") {
    const test::TempDir dir;
    archive::FileTree tree;
    REQUIRE(tree.add_file("file", noise(100'000, 1)));
    SECTION("free") {
        for (const std::uint64_t free : {0UL, 1 * mib, 150 * mib}) {
            CAPTURE(free);
            const Ext4Image image(tree, free);
            const auto blocks = std::stoull(Ext4Image::field(image.debugfs("stats -h"), "Free blocks:"));
            CHECK(blocks * 4096 >= free);
            CHECK(image.written.size < free + free / 16 + 48 * mib);
        }
    }
    SECTION("given") {
        // Around the bounds of groups, of journals, of groups of groups, and with a short last group.
        for (const std::uint64_t size :
             {mib / 2, 3 * mib, 8 * mib, 127 * mib, 128 * mib, 128 * mib + 65536, 129 * mib, 1024 * mib,
              2048 * mib, 2049 * mib, 2060 * mib, 9000 * mib}) {
            CAPTURE(size);
            const auto super = run_tool({"dumpe2fs", "-h", write_metadata(tree, dir / "disk.img", size)});
            const auto blocks = std::stoull(Ext4Image::field(super, "Block count:"));
            CHECK(blocks * 4096 <= size);
            CHECK(blocks * 4096 > size - size / 32);
        }
    }
}

TEST_CASE("the reserved blocks of every geometry lie apart and inside") {
    for (std::uint64_t size = 40 << 10; size < std::uint64_t{5} << 40; size += size / 7 + 4096) {
        const auto geometry = image::ext4_geometry(size, 11);
        if (!geometry) continue;
        CAPTURE(size);
        CHECK(geometry->blocks * 4096 <= size);
        std::uint64_t end = 0;
        bool apart = true;
        for (const auto& run : geometry->reserved()) {
            apart = apart && run.start >= end;
            end = run.start + run.count;
        }
        CHECK(apart);
        CHECK(end <= geometry->blocks);
    }
}

TEST_CASE("a file over many groups, with its extents in a block of their own") {
    const test::TempDir dir;
    const fs::path sparse = dir / "sparse";
    std::ofstream(sparse).close();
    const std::uint64_t size = 900 * mib + 123;
    fs::resize_file(sparse, size);
    archive::FileTree tree;
    REQUIRE(tree.add("big", {.content = archive::FileSlice{.file = sparse, .size = size}}));
    REQUIRE(tree.add_file("after", "after"));
    const auto place = write_metadata(tree, dir / "disk.img");
    const auto stat = run_tool({"debugfs", "-R", "stat big", place});
    CHECK(stat.find("Size: " + std::to_string(size)) != std::string::npos);
    CHECK(stat.find("(ETB0)") != std::string::npos);
    CHECK(run_tool({"debugfs", "-R", "stat after", place}).find("Size: 5") != std::string::npos);
}

TEST_CASE("the file system can be made larger later") {
    archive::FileTree tree;
    REQUIRE(tree.add_file("file", noise(3'000'000, 1)));
    const Ext4Image image(tree, 0, 40 * mib);
    const fs::path part = image.dir / "part.img";
    run_tool({"dd", "status=none", "bs=1M", "skip=1", "if=" + (image.dir / "disk.img").string(),
              "of=" + part.string()});
    fs::resize_file(part, 3000 * mib);
    run_tool({"e2fsck", "-fp", part.string()});
    run_tool({"resize2fs", part.string()});
    run_tool({"e2fsck", "-fn", part.string()});
    CHECK(Ext4Image::field(run_tool({"dumpe2fs", "-h", part.string()}), "Block count:") == "768000");
}
