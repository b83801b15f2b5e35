#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstdio>

#include "flasher/usb/session.hpp"
#include "tests/flasher/usb/fixture.hpp"

using namespace rpikit;

namespace {

/// One entry of a tar as POSIX's "ustar Interchange Format" (pax, POSIX.1-2017) has it, hostile or not.
std::string tar_entry(const std::string& name, const std::string& content, char type = '0',
                      const std::string& link = "") {
    std::string header(512, '\0');
    const auto put = [&](std::size_t at, const std::string& text) { header.replace(at, text.size(), text); };
    put(0, name);
    put(100, "0000644");
    std::array<char, 12> size{};
    std::snprintf(size.data(), size.size(), "%011zo", content.size());
    put(124, size.data());
    put(148, "        ");
    put(156, std::string(1, type));
    put(157, link);
    put(257, std::string("ustar\00000", 8));
    unsigned sum = 0;
    for (const char c : header)
        sum += static_cast<unsigned char>(c);
    std::array<char, 8> checksum{};
    std::snprintf(checksum.data(), checksum.size(), "%06o", sum);
    put(148, std::string(checksum.data(), 7));
    return header + content + std::string((512 - content.size() % 512) % 512, '\0');
}

const std::string tar_end(1024, '\0');

std::string found(const usb::ServedFolder& folder, std::string_view name) {
    const auto lookup = folder.find("1-1", name);
    REQUIRE(lookup);
    if (!lookup->file) return lookup->refusal.empty() ? "missing" : "refused";
    std::string bytes(lookup->file->size(), '\0');
    REQUIRE(lookup->file->read_at(0, std::as_writable_bytes(std::span(bytes))));
    return bytes;
}

}  // namespace

TEST_CASE("bootfiles.bin comes last and gives what lies under 2711/") {
    const test::BootFolder boot;
    boot.directory.write("boot/bootfiles.bin", tar_entry("2711/config.txt", "from the archive") +
                                                   tar_entry("2711/start4.elf", "start") +
                                                   tar_entry("./2711/fixup4.dat", "fixup") +
                                                   tar_entry("2712/recovery.bin", "another chip") +
                                                   tar_entry("top.txt", "top") + tar_end);
    std::filesystem::remove(boot.path() / "bootcode4.bin");
    const auto folder = boot.open();
    CHECK(found(folder, "config.txt") == "for this chip\n");
    CHECK(found(folder, "start4.elf") == "start");
    CHECK(found(folder, "fixup4.dat") == "fixup");
    CHECK(found(folder, "recovery.bin") == "missing");
    CHECK(found(folder, "top.txt") == "missing");
    CHECK(found(folder, "../2711/start4.elf") == "refused");
    CHECK_FALSE(usb::read_second_stage(folder, "1-1"));
}

TEST_CASE("an archive's links and names lead nowhere") {
    const test::BootFolder boot;
    boot.directory.write("boot/bootfiles.bin",
                         tar_entry("2711/link", "", '2', "/etc/passwd") +
                             tar_entry("2711/hard", "", '1', "../secret.txt") +
                             tar_entry("2711/device", "", '3') + tar_entry("2711/folder", "", '5') +
                             tar_entry("/2711/absolute", "no") + tar_entry("2711/../2711/dots", "no") +
                             tar_entry("2711/fine", "yes") + tar_end);
    const auto folder = boot.open();
    for (const char* name : {"link", "hard", "device", "folder", "absolute", "dots"}) {
        INFO(name);
        CHECK(found(folder, name) == "missing");
    }
    CHECK(found(folder, "fine") == "yes");
}

TEST_CASE("a damaged bootfiles.bin is an error before any board is touched") {
    const test::BootFolder boot;
    const auto whole = tar_entry("2711/start4.elf", std::string(5000, 's')) + tar_end;
    boot.directory.write("boot/bootfiles.bin", whole);
    REQUIRE(usb::ServedFolder::open(boot.path(), false));
    for (std::size_t length = 1; length < whole.size() - 512; length += 97) {
        INFO(length);
        boot.directory.write("boot/bootfiles.bin", whole.substr(0, length));
        CHECK_FALSE(usb::ServedFolder::open(boot.path(), false));
    }
    boot.directory.write("boot/bootfiles.bin", std::string(10'000, 'x'));
    const auto garbage = usb::ServedFolder::open(boot.path(), false);
    REQUIRE_FALSE(garbage);
    CHECK(garbage.error().message.contains("bootfiles.bin"));
}

TEST_CASE("a bootfiles.bin that is a link out of the folder is not read; the hint copies it") {
    const test::BootFolder boot;
    boot.directory.write("bootfiles.bin", tar_entry("2711/start4.elf", "start") + tar_end);
    std::filesystem::create_symlink("../bootfiles.bin", boot.path() / "bootfiles.bin");
    const auto opened = usb::ServedFolder::open(boot.path(), false);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message.contains("leads out of the folder"));
    CHECK(opened.error().hint.starts_with("cp -rL "));
}
