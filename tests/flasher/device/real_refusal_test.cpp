// Every refusal that this machine can bring about, tried on real devices: none of them is written.

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <fstream>

#include "sdk/host/descriptor.hpp"
#include "tests/flasher/device/in_child.hpp"
#include "tests/flasher/device/real_card.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t megabyte = 1 << 20;
constexpr std::uint64_t card_bytes = 16 * megabyte;

/// Prints a line a refusal, and checks it: the kind, and the same bytes before and behind.
class Table {
  public:
    Table() {
        std::puts("");
        std::puts(
            fmt::format("{:<13} {:<36} {:<10} {}", "refusal", "tried on", "bytes", "what is told").c_str());
    }

    /// \param what runs the attempt; its device's bytes are in `backing`
    void row(const std::string& kind, const std::string& tried, const fs::path& backing, const auto& what) {
        const auto before = test::hash_of(backing);
        const test::Attempt came = what();
        ::sync();
        const auto after = test::hash_of(backing);
        std::puts(fmt::format("{:<13} {:<36} {:<10} {}", came.kind, tried,
                              before == after ? "unchanged" : "CHANGED", came.message)
                      .c_str());
        INFO(tried << ": " << came.message);
        CHECK(came.kind == kind);
        CHECK_FALSE(came.hint.empty());
        CHECK(before.size() == 64);
        CHECK(before == after);
        ++rows;
    }

    int rows = 0;
};

/// A card with a file system; a file "x.img" and a folder "work" are in it.
struct Card {
    explicit Card(const test::TempDir& folder, const std::string& name)
        : content(folder / (name + "-content")), loop(folder / name, card_bytes) {
        fs::create_directories(content / "work");
        for (const auto* needed : {"proc", "sys", "dev", "run", "tmp"})
            fs::create_directories(content / needed);
        std::ofstream(content / "x.img") << std::string(4096, 'x');
        test::run_tool({"mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0", "-d", content.string(),
                        loop.path().string()});
    }
    fs::path content;
    test::LoopDevice loop;
};

test::Attempt parse(const std::string& text) {
    const auto first = text.find('\t');
    const auto second = text.find('\t', first + 1);
    if (second == std::string::npos) return {"failed", text, {}};
    return {text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
}

/// The attempt in a child whose own view of mounts has the device at `where`; "/" makes it the root.
test::Attempt attempt_with_mount(const fs::path& device, const fs::path& where, const fs::path& folder,
                                 const device::Purpose& purpose) {
    return parse(test::in_child([&] {
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
            return std::string("no mount namespace");
        }
        const auto target = where == "/" ? folder : where;
        if (::mount(device.c_str(), target.c_str(), "ext4", MS_RDONLY, nullptr) != 0)
            return std::string("no mount");
        if (where == "/") {
            for (const auto* shared : {"/proc", "/sys", "/dev"})
                ::mount(shared, (target.string() + shared).c_str(), nullptr, MS_BIND | MS_REC, nullptr);
            if (::chroot(target.c_str()) != 0 || ::chdir("/") != 0) return std::string("no chroot");
        }
        const auto came = test::attempt(device, purpose);
        return came.kind + '\t' + came.message + '\t' + came.hint;
    }));
}

void try_uses(Table& table, const test::TempDir& folder, const device::Purpose& any) {
    const Card card(folder, "used");
    const auto& loop = card.loop;
    const auto mount = folder / "mount";
    fs::create_directories(mount);
    table.row("holds-root", "loop device mounted as /", loop.file(), [&] {
        return attempt_with_mount(loop.path(), "/", mount, {.allow_fixed = true, .unmount = true});
    });
    if (fs::is_directory("/boot")) {
        table.row("holds-boot", "loop device mounted as /boot", loop.file(), [&] {
            return attempt_with_mount(loop.path(), "/boot", mount, {.allow_fixed = true, .unmount = true});
        });
    }
    {
        const test::Mounted mounted(loop.path(), mount);
        table.row("mounted", "mounted loop device", loop.file(),
                  [&] { return test::attempt(loop.path(), any); });
        const device::Purpose work{.work = mount / "work", .allow_fixed = true, .unmount = true};
        table.row("holds-work", "loop device with the work folder", loop.file(),
                  [&] { return test::attempt(loop.path(), work); });
        const device::Purpose image{.image = mount / "x.img", .allow_fixed = true, .unmount = true};
        table.row("holds-image", "loop device with the image", loop.file(),
                  [&] { return test::attempt(loop.path(), image); });
        const test::LoopDevice inner(mount / "x.img", {.read_only = true});
        const device::Purpose through{.image = inner.path(), .allow_fixed = true, .unmount = true};
        table.row("holds-image", "... the image being a loop device", loop.file(),
                  [&] { return test::attempt(loop.path(), through); });
        CHECK(fs::exists(mount / "x.img"));  // nothing was unmounted
    }
    {
        const test::LoopDevice over(loop.path());
        const test::Mounted mounted(over.path(), mount);
        table.row("mounted", "... mounted through a loop device over it", loop.file(),
                  [&] { return test::attempt(loop.path(), any); });
    }
    const device::Purpose own{.image = loop.file(), .allow_fixed = true};
    table.row("holds-image", "loop device made of the image", loop.file(),
              [&] { return test::attempt(loop.path(), own); });
    const host::Descriptor held(::open(loop.path().c_str(), O_RDWR | O_EXCL | O_CLOEXEC));
    REQUIRE(held.valid());
    table.row("busy", "loop device open elsewhere (O_EXCL)", loop.file(),
              [&] { return test::attempt(loop.path(), any); });
}

void try_partitions(Table& table, const test::TempDir& folder, const device::Purpose& any) {
    test::LoopDevice loop(folder / "parted", card_bytes);
    const auto partition = loop.add_partition(1, megabyte, 8 * megabyte);
    table.row("partition", "partition of a loop device", loop.file(),
              [&] { return test::attempt(partition, any); });
    fs::create_symlink(partition, folder / "link-to-partition");
    fs::create_symlink(folder / "link-to-partition", folder / "link-to-link");
    table.row("partition", "link to a link to a partition", loop.file(),
              [&] { return test::attempt(folder / "link-to-link", any); });
    test::run_tool({"mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0", partition.string()});
    {
        const test::Mounted mounted(partition, folder / "mount");
        fs::create_symlink(loop.path(), folder / "link-to-disk");
        table.row("mounted", "link to a disk with a mounted part", loop.file(),
                  [&] { return test::attempt(folder / "link-to-disk", any); });
    }
    test::run_tool({"mkswap", "-q", partition.string()});
    const test::Swapped swapped(partition);
    if (!swapped.on()) {
        WARN("no swap in this kernel");
        return;
    }
    table.row("swap", "partition used as swap", loop.file(), [&] { return test::attempt(loop.path(), any); });
}

void try_signatures(Table& table, const test::TempDir& folder, const device::Purpose& any) {
    const auto with = [&](const std::string& kind, void (*write)(const fs::path&)) {
        // libblkid takes nothing smaller than 64 MiB for a member of a ZFS pool.
        const test::LoopDevice loop(folder / kind, 80 * megabyte);
        write(loop.file());
        table.row(kind, "loop device with its signature", loop.file(),
                  [&] { return test::attempt(loop.path(), any); });
    };
    with("md", test::write_md_superblock);
    with("lvm", test::write_lvm_label);
    with("zfs", test::write_zfs_labels);
}

void try_sizes_and_kinds(Table& table, const test::TempDir& folder, const device::Purpose& any) {
    const test::LoopDevice loop(folder / "plain", card_bytes);
    table.row("fixed", "loop device without --allow-fixed", loop.file(),
              [&] { return test::attempt(loop.path(), {}); });
    const device::Purpose large{.image_bytes = card_bytes + 1, .allow_fixed = true};
    table.row("too-small", "loop device one byte too small", loop.file(),
              [&] { return test::attempt(loop.path(), large); });
    table.row("not-block", "the file behind a loop device", loop.file(),
              [&] { return test::attempt(loop.file(), any); });
    table.row("not-block", "/dev/null", loop.file(), [&] { return test::attempt("/dev/null", any); });
    table.row("missing", "a name that is not there", loop.file(),
              [&] { return test::attempt(loop.path().string() + "x", any); });
    const test::LoopDevice locked(folder / "plain", {.read_only = true});
    table.row("read-only", "read-only loop device", locked.file(),
              [&] { return test::attempt(locked.path(), any); });
}

}  // namespace

TEST_CASE("every refusal, on real devices") {
    if (const auto why = test::LoopDevice::unavailable()) SKIP(*why);
    const test::TempDir folder;
    const device::Purpose any{.allow_fixed = true};
    Table table;
    try_uses(table, folder, any);
    try_partitions(table, folder, any);
    try_signatures(table, folder, any);
    try_sizes_and_kinds(table, folder, any);
    std::puts("");
    CHECK(table.rows >= 20);
}

TEST_CASE("the disk of this machine's own root is refused") {
    const auto machine = device::survey({});
    REQUIRE(machine);
    for (const auto& disk : machine->disks) {
        for (const auto* volume : disk.volumes()) {
            if (std::ranges::find(volume->mounts, fs::path("/")) == volume->mounts.end()) continue;
            const auto target =
                device::examine(*machine, disk.whole.path, {.allow_fixed = true, .unmount = true});
            REQUIRE_FALSE(target.refusals.empty());
            CHECK(target.refusals.front().kind == device::RefusalKind::holds_root);
        }
    }
}
