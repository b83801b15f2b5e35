#include <catch2/catch_test_macros.hpp>

#include "sdk/boot/boot_files.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;

namespace {

const board::Board raspberry_pi{
    .boot = {.method = "rpi-firmware", .cmdline = "", .firmware = {"start4.elf", "fixup4.dat"}}};

struct FirmwareFolder {
    test::TempDir folder;
    test::FakeProcessRunner processes;
    test::TestHost host{processes};

    Result<boot::Firmware> fetch() {
        return boot::fetch_firmware(host.host(), raspberry_pi, folder / "firmware", true);
    }
};

}  // namespace

TEST_CASE("a firmware folder is identified by the files that are used", "[boot]") {
    FirmwareFolder given;
    given.folder.write("firmware/start4.elf", "start");
    given.folder.write("firmware/fixup4.dat", "fixup");
    const auto first = given.fetch();
    REQUIRE(first);
    CHECK(first->folder == given.folder / "firmware");
    given.folder.write("firmware/README", "not used");
    CHECK(given.fetch()->identity == first->identity);
    given.folder.write("firmware/start4.elf", "newer");
    CHECK(given.fetch()->identity != first->identity);
}

TEST_CASE("a clone of the firmware's repository is taken as it is", "[boot]") {
    FirmwareFolder given;
    given.folder.write("firmware/boot/start4.elf", "start");
    given.folder.write("firmware/boot/fixup4.dat", "fixup");
    const auto found = given.fetch();
    REQUIRE(found);
    CHECK(found->folder == given.folder / "firmware/boot");
}

TEST_CASE("a firmware folder that lacks files names them", "[boot]") {
    FirmwareFolder given;
    const auto absent = given.fetch();
    REQUIRE_FALSE(absent);
    CHECK(absent.error().message.ends_with("does not exist"));
    given.folder.write("firmware/start.elf", "of an older machine");
    const auto lacking = given.fetch();
    REQUIRE_FALSE(lacking);
    CHECK(lacking.error().message.ends_with("lacks start4.elf, fixup4.dat"));
    CHECK_FALSE(lacking.error().hint.empty());
}

TEST_CASE("firmware in the store is enough without a network", "[boot]") {
    FirmwareFolder none;
    const auto offline = [&] { return boot::fetch_firmware(none.host.host(), raspberry_pi, {}, true); };
    const auto nothing = offline();
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().hint.contains("--offline"));

    const std::string store = "cache/store/firmware/raspi-firmware/arm64/1.2/";
    none.host.directory.write(store + "usr/lib/raspi-firmware/start4.elf", "start");
    none.host.directory.write(store + "identity", "raspi-firmware 1.2 sha256:00");
    const auto lacking = offline();
    REQUIRE_FALSE(lacking);
    CHECK(lacking.error().message == "the package raspi-firmware has no fixup4.dat");
    none.host.directory.write(store + "usr/lib/raspi-firmware/fixup4.dat", "fixup");
    const auto found = offline();
    REQUIRE(found);
    CHECK(found->identity == "raspi-firmware 1.2 sha256:00");
}

TEST_CASE("a loader's file is looked for in the user's folder, and must come from somewhere", "[boot]") {
    FirmwareFolder given;
    board::Board board{.boot = {.method = "u-boot", .cmdline = "", .loaders = {{.file = "pine/u-boot.bin"}}}};
    const auto fetch = [&](const std::filesystem::path& folder) {
        return boot::fetch_firmware(given.host.host(), board, folder, true);
    };
    const auto nowhere = fetch({});
    REQUIRE_FALSE(nowhere);
    CHECK(nowhere.error().message.contains("pine/u-boot.bin"));
    CHECK(nowhere.error().hint.contains("boot.package"));
    given.folder.write("firmware/README", "");
    CHECK_FALSE(fetch(given.folder / "firmware"));
    given.folder.write("firmware/pine/u-boot.bin", "loader");
    CHECK(fetch(given.folder / "firmware"));
    board.boot.loaders.clear();
    CHECK(fetch({})->folder.empty());
}

TEST_CASE("a loader that a package has for other boards is told with their names", "[boot]") {
    FirmwareFolder none;
    board::Board board{.boot = {.method = "u-boot",
                                .cmdline = "",
                                .package = "u-boot-sunxi",
                                .loaders = {{.file = "BOARD/sunxi-spl.bin"}, {.file = "BOARD/gone.itb"}}},
                       .rootfs = {.debian_arch = "arm64"}};
    const std::string store = "cache/store/firmware/u-boot-sunxi/arm64/1.2/";
    for (const char* name : {"pine64", "nanopi_neo2"})
        none.host.directory.write(store + "usr/lib/u-boot/" + name + "/sunxi-spl.bin", "loader");
    none.host.directory.write(store + "usr/lib/u-boot/other/u-boot.bin", "loader");
    none.host.directory.write(store + "identity", "u-boot-sunxi 1.2 sha256:00");
    const auto wrong = boot::fetch_firmware(none.host.host(), board, {}, true);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message == "the package u-boot-sunxi has no BOARD/sunxi-spl.bin, BOARD/gone.itb");
    CHECK(wrong.error().causes.back() == "it has sunxi-spl.bin for: nanopi_neo2, pine64");
    CHECK(wrong.error().hint.contains("[[boot.loader]]"));
}

TEST_CASE("one package's files for two architectures do not stand in for one another", "[boot]") {
    FirmwareFolder none;
    board::Board board{.boot = {.method = "u-boot",
                                .cmdline = "",
                                .package = "u-boot-sunxi",
                                .loaders = {{.file = "pine/u-boot.bin"}}},
                       .rootfs = {.debian_arch = "arm64"}};
    const auto fetch = [&] { return boot::fetch_firmware(none.host.host(), board, {}, true); };
    const std::string store = "cache/store/firmware/u-boot-sunxi/arm64/1.2/";
    none.host.directory.write(store + "usr/lib/u-boot/pine/u-boot.bin", "of arm64");
    none.host.directory.write(store + "identity", "u-boot-sunxi 1.2 sha256:00");
    CHECK(fetch());
    board.rootfs.debian_arch = "armhf";
    CHECK_FALSE(fetch());
}
