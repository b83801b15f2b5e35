#include <catch2/catch_test_macros.hpp>

#include "sdk/boot/boot_files.hpp"
#include "tests/boot/fixtures.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

TEST_CASE("the distribution's firmware package starts a Raspberry Pi 4", "[boot][real]") {
    const auto processes = host::make_process_runner();
    test::TestHost host(*processes, host::Environment::of_this_process());
    const test::BootFixture fixture;
    const auto firmware = boot::fetch_firmware(host.host(), fixture.board, {}, false);
    if (!firmware) FAIL(render(firmware.error(), false));
    CHECK(firmware->folder.string().starts_with(host.host().cache.string()));
    CHECK(firmware->identity.starts_with("raspi-firmware 1."));
    CHECK(fs::file_size(firmware->folder / "start4.elf") > 1'000'000);

    const auto tree = boot::make_boot_files({.board = fixture.board,
                                             .kernel = fixture.kernel,
                                             .firmware = firmware->folder,
                                             .root = "PARTUUID=1234abcd-02"});
    if (!tree) FAIL(render(tree.error(), false));
    CHECK(archive::content_size(*tree->find("start4.elf")) == fs::file_size(firmware->folder / "start4.elf"));

    const auto again = boot::fetch_firmware(host.host(), fixture.board, {}, true);
    if (!again) FAIL(render(again.error(), false));
    CHECK(again->folder == firmware->folder);
    CHECK(again->identity == firmware->identity);
}
