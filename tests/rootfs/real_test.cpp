#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "sdk/rootfs/rootfs.hpp"
#include "sdk/rootfs/tree_path.hpp"
#include "tests/rootfs/fixtures.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;

TEST_CASE("the distribution's busybox for arm64 carries the minimal root file system", "[rootfs][real]") {
    const auto processes = host::make_process_runner();
    test::TestHost host(*processes, host::Environment::of_this_process());
    const auto busybox = rootfs::fetch_busybox(host.host(), "arm64", false);
    if (!busybox) FAIL(render(busybox.error(), false));
    CHECK(busybox->sha256.size() == 64);
    CHECK(busybox->applets.size() > 200);
    const auto tree = rootfs::make_minimal(test::example_rootfs(), busybox->binary, busybox->applets);
    if (!tree) FAIL(render(tree.error(), false));
    CHECK(rootfs::resolve(*tree, "/sbin/init") == "usr/bin/busybox");
    CHECK(archive::content_size(*tree->find("usr/bin/busybox")) == busybox->binary.size());

    // What was fetched once is enough without a network.
    const auto again = rootfs::fetch_busybox(host.host(), "arm64", true);
    if (!again) FAIL(render(again.error(), false));
    CHECK(again->version == busybox->version);
}

TEST_CASE("without a network and without an earlier fetch busybox is not to be had", "[rootfs][real]") {
    const auto processes = host::make_process_runner();
    test::TestHost host(*processes, host::Environment::of_this_process());
    const auto busybox = rootfs::fetch_busybox(host.host(), "arm64", true);
    REQUIRE_FALSE(busybox);
    CHECK(busybox.error().message.contains("busybox-static for arm64"));
}
