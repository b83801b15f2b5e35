// What a BIOS starts: the code in sector 0 and where the first partition lies.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <memory>

#include "tests/image/image_fixture.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using test::ImageFixture;

namespace {

struct RealHost {
    std::unique_ptr<host::ProcessRunner> runner = host::make_process_runner();
    test::TestHost host{*runner, host::Environment::of_this_process()};
};

}  // namespace

TEST_CASE("boot code lies before the partition table, in either kind of table") {
    const auto table = GENERATE(as<std::string>{}, "mbr", "gpt");
    CAPTURE(table);
    RealHost real;
    ImageFixture fixture(table);
    const test::TempDir folder;
    const auto without = folder / "without.img";
    REQUIRE(image::write_image(real.host.host(), fixture.request, without));
    fixture.request.boot_code = std::string(440, 'b');
    const auto with = folder / "with.img";
    const auto written = image::write_image(real.host.host(), fixture.request, with);
    REQUIRE(written);
    auto bytes = test::slurp(with);
    CHECK(bytes.substr(0, 440) == fixture.request.boot_code);
    CHECK(bytes.substr(440) == test::slurp(without).substr(440));
    CHECK(image::check_image(real.host.host(), with, written->partitions));
}

TEST_CASE("boot code that would reach into the partition table is refused") {
    RealHost real;
    ImageFixture fixture;
    fixture.request.boot_code = std::string(441, 'b');
    const test::TempDir folder;
    const auto written = image::write_image(real.host.host(), fixture.request, folder / "x.img");
    REQUIRE_FALSE(written);
    CHECK(written.error().message == "boot code of 441 bytes, the first sector has room for 440");
}

TEST_CASE("the first partition is where it was said to be") {
    const auto table = GENERATE(as<std::string>{}, "mbr", "gpt");
    const auto alignment = GENERATE(std::uint64_t{4096}, std::uint64_t{1} << 20, std::uint64_t{4} << 20);
    CAPTURE(table, alignment);
    RealHost real;
    ImageFixture fixture(table);
    fixture.request.layout.alignment = alignment;
    fixture.update();
    const test::TempDir folder;
    const auto written = image::write_image(real.host.host(), fixture.request, folder / "x.img");
    REQUIRE(written);
    CHECK(image::first_partition_offset(fixture.request.layout).value() ==
          written->partitions.front().offset);
    fixture.request.layout.table = "apm";
    CHECK_FALSE(image::first_partition_offset(fixture.request.layout));
}
