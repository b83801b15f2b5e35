#include "sdk/kernel/configuration.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "sdk/host/file.hpp"
#include "tests/kernel/build_fixture.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using kernel::ConfigurationRequest;
using test::BuildFixture;

namespace {

kernel::Configuration configure(BuildFixture& fixture, const ConfigurationRequest& request) {
    auto made = kernel::configure(fixture.host.host(), fixture.context, request);
    if (!made) FAIL(render(made.error(), false));
    return *std::move(made);
}

Error refused(BuildFixture& fixture, const ConfigurationRequest& request) {
    auto made = kernel::configure(fixture.host.host(), fixture.context, request);
    REQUIRE_FALSE(made);
    return made.error();
}

kconfig::DotConfig values(const BuildFixture& fixture) {
    return kconfig::DotConfig::read(fixture.context.build / ".config").value();
}

bool says(const std::vector<std::string>& lines, std::string_view text) {
    return std::ranges::any_of(lines, [&](const auto& line) { return line.contains(text); });
}

}  // namespace

TEST_CASE("base, fragments and settings become a .config that has them all") {
    BuildFixture fixture;
    const auto fragment =
        fixture.host.directory.write("a.config", "CONFIG_HID_SUPPORT=y\nCONFIG_HID_GENERIC=m\n");
    const auto made = configure(
        fixture,
        {.base = "defconfig", .fragments = {fragment}, .settings = {"HZ=300", "LOCALVERSION=-mine"}});
    CHECK(made.file == fixture.context.build / ".config");
    CHECK(made.cleared.empty());
    const auto config = values(fixture);
    CHECK(config.value("HID_GENERIC") == "m");
    CHECK(config.value("HZ") == "300");
    CHECK(config.value("LOCALVERSION") == "\"-mine\"");
    CHECK(config.value("IKCONFIG") == "y");  // of the defconfig
    CHECK(made.enabled == config.enabled());
    REQUIRE(made.requests.size() == 4);
    CHECK(made.requests.front().symbol == "HID_GENERIC");
    CHECK(fixture.host.warnings.empty());
}

TEST_CASE("allnoconfig sees the requests at once and nothing else") {
    BuildFixture fixture;
    configure(fixture, {.base = "allnoconfig", .settings = {"IKCONFIG=y"}});
    CHECK(values(fixture).value("IKCONFIG") == "y");
    CHECK(values(fixture).value("MODULES") == "n");
    CHECK(fixture.count_invocations("olddefconfig") == 0);
}

TEST_CASE("no base means the source's own defconfig") {
    BuildFixture fixture({.raspberrypi = true});
    fixture.context.source.source.defconfig = "bcm2711_defconfig";
    configure(fixture, {.base = ""});
    CHECK(fixture.count_invocations("bcm2711_defconfig") == 1);
    CHECK(values(fixture).value("LOCALVERSION") == "\"-v8\"");
}

TEST_CASE("a request that did not take stops with the unmet dependency by name") {
    BuildFixture fixture;
    const auto fragment = fixture.host.directory.write(
        "a.config", "CONFIG_IKCONFIG=y\nCONFIG_HID_GENERIC=y\nCONFIG_NO_SUCH=y\n");
    const auto error = refused(fixture, {.base = "defconfig", .fragments = {fragment}});
    CHECK(error.message == "CONFIG_HID_GENERIC=y did not take: it is n");
    CHECK(error.where == Location{.file = fragment, .line = 2});
    CHECK(says(error.causes, "HID_SUPPORT is n (Kconfig:"));
    CHECK(error.hint.contains("CONFIG_HID_SUPPORT=y"));
    CHECK(error.detail.contains("CONFIG_NO_SUCH=y did not take: it is n (" + fragment.string() + ":3)"));
    CHECK_FALSE(fs::exists(fixture.context.build / ".config"));
}

TEST_CASE("a refused request leaves the .config of before") {
    BuildFixture fixture;
    const auto before = configure(fixture, {.base = "defconfig"});
    refused(fixture, {.base = "defconfig", .settings = {"HID_GENERIC=m"}});
    CHECK(kernel::read_configuration(fixture.context.build)->sha256 == before.sha256);
    for (const auto& entry : fs::directory_iterator(fixture.context.build)) {
        const auto name = entry.path().filename().string();
        CHECK((!name.starts_with(".config") || name == ".config"));
    }
}

TEST_CASE("what was proven can be read back without make") {
    BuildFixture fixture;
    const auto made = configure(fixture, {.base = "defconfig", .settings = {"HZ=300", "DUMMY=n"}});
    const auto runs = test::fake_invocations(fixture.context.build).size();
    const auto again = kernel::read_configuration(fixture.context.build);
    REQUIRE(again);
    CHECK(again->sha256 == made.sha256);
    CHECK(again->enabled == made.enabled);
    REQUIRE(again->requests.size() == 2);
    CHECK(again->requests[0].symbol == "DUMMY");
    CHECK(again->requests[0].value == "n");
    CHECK(test::fake_invocations(fixture.context.build).size() == runs);
    CHECK_FALSE(kernel::read_configuration(fixture.work / "nowhere"));
}

TEST_CASE("an unchanged configuration keeps its time, a changed one does not") {
    BuildFixture fixture;
    configure(fixture, {.base = "defconfig", .settings = {"HZ=300"}});
    const auto file = fixture.context.build / ".config";
    const auto past = fs::file_time_type::clock::now() - std::chrono::hours(1);
    fs::last_write_time(file, past);
    configure(fixture, {.base = "defconfig", .settings = {"HZ=300"}});
    CHECK(fs::last_write_time(file) == past);
    configure(fixture, {.base = "defconfig", .settings = {"HZ=100"}});
    CHECK(fs::last_write_time(file) > past);
}

TEST_CASE("a .config dated in the future is brought back to now") {
    BuildFixture fixture;
    configure(fixture, {.base = "defconfig"});
    const auto file = fixture.context.build / ".config";
    fs::last_write_time(file, fs::file_time_type::clock::now() + std::chrono::hours(24));
    configure(fixture, {.base = "defconfig"});
    CHECK(fs::last_write_time(file) <= fs::file_time_type::clock::now());
}

TEST_CASE("keys that name a missing file are cleared, and said") {
    BuildFixture fixture;
    const auto made = configure(
        fixture, {.base = "defconfig", .settings = {"SYSTEM_TRUSTED_KEYS=debian/canonical-certs.pem"}});
    CHECK(made.cleared == std::vector<std::string>{"SYSTEM_TRUSTED_KEYS"});
    CHECK(values(fixture).value("SYSTEM_TRUSTED_KEYS") == "\"\"");
    CHECK(made.requests.empty());
    CHECK(says(fixture.host.warnings, "debian/canonical-certs.pem"));
}

TEST_CASE("keys that are there stay") {
    BuildFixture fixture;
    const auto key = fixture.host.directory.write("my.pem", "key");
    fs::create_directories(fixture.context.source.root / "certs");
    REQUIRE(host::write_file(fixture.context.source.root / "certs/x.pem", "key"));
    const auto made = configure(
        fixture, {.base = "defconfig",
                  .settings = {"SYSTEM_TRUSTED_KEYS=" + key.string(), "SYSTEM_REVOCATION_KEYS=certs/x.pem"}});
    CHECK(made.cleared.empty());
    CHECK(values(fixture).value("SYSTEM_REVOCATION_KEYS") == "\"certs/x.pem\"");
    configure(fixture, {.base = "defconfig", .settings = {"SYSTEM_TRUSTED_KEYS=pkcs11:token=x"}});
    CHECK(values(fixture).value("SYSTEM_TRUSTED_KEYS") == "\"pkcs11:token=x\"");
}

TEST_CASE("a whole file takes the place of the base") {
    BuildFixture fixture;
    const auto file = fixture.host.directory.write(
        "whole.config",
        "CONFIG_HZ=100\nCONFIG_MODULES=y\nCONFIG_DUMMY=m\nCONFIG_GONE=y\nCONFIG_HID_GENERIC=y\n");
    configure(fixture, {.base = "defconfig", .settings = {"HZ=300"}, .whole_file = file});
    CHECK(values(fixture).value("DUMMY") == "m");
    CHECK(values(fixture).value("HZ") == "300");
    CHECK(values(fixture).value("IKCONFIG") == "n");  // nothing of the defconfig
    CHECK(says(fixture.host.notes, "of 5 settings of " + file.string()));
}

TEST_CASE("a whole file that is no .config is a mistake in usage") {
    BuildFixture fixture;
    const auto file = fixture.host.directory.write("whole.config", "hello\n");
    CHECK(refused(fixture, {.base = "defconfig", .whole_file = file}).kind == ErrorKind::usage);
    const auto missing = refused(fixture, {.base = "defconfig", .whole_file = fixture.work / "none"});
    CHECK(missing.kind == ErrorKind::usage);
    CHECK(missing.message.contains("none"));
}

TEST_CASE("a base that is not there, or no configuration target, is an error") {
    BuildFixture fixture;
    CHECK(refused(fixture, {.base = "bcm2711_defconfig"}).message.contains("bcm2711_defconfig"));
    for (const char* base : {"all", "O=/tmp/x defconfig", "-f/tmp/config", "defconfig;config", "../config"}) {
        CAPTURE(base);
        CHECK(refused(fixture, {.base = base}).message.contains("not a configuration target"));
    }
}

TEST_CASE("a failing make passes its cause on") {
    BuildFixture fixture({.fail = "flex", .fail_at = "configure"});
    const auto error = refused(fixture, {.base = "defconfig"});
    CHECK(render(error, false).contains("flex"));
    CHECK_FALSE(fs::exists(fixture.context.build / ".config"));
}

TEST_CASE("a disk that fills up while configuring passes its cause on and leaves nothing half") {
    BuildFixture fixture({.fail = "disk-full", .fail_at = "configure"});
    const auto error = refused(fixture, {.base = "defconfig"});
    CHECK(render(error, false).contains("No space left on device"));
    CHECK_FALSE(fs::exists(fixture.context.build / ".config"));
}

TEST_CASE("an interrupted configuration is interrupted, and the next run goes on") {
    BuildFixture fixture({.sleep_seconds = 30, .sleep_at = "configure"});
    std::stop_source source;
    fixture.host.host().stop = source.get_token();
    source.request_stop();
    CHECK(refused(fixture, {.base = "defconfig"}).kind == ErrorKind::interrupted);
    CHECK_FALSE(fs::exists(fixture.context.build / ".config"));
    test::set_fake_linux_knobs(fixture.context.source.root, {});
    fixture.host.host().stop = {};
    configure(fixture, {.base = "defconfig"});
    CHECK(values(fixture).value("IKCONFIG") == "y");
}

TEST_CASE("a build folder that cannot be written to is an error that names it") {
    BuildFixture fixture;
    REQUIRE(host::write_file(fixture.work / "file", ""));
    fixture.context.build = fixture.work / "file/objects";
    CHECK(refused(fixture, {.base = "defconfig"}).message.contains("file/objects"));
}

TEST_CASE("Kconfig files that cannot be read are said, requests are checked all the same") {
    BuildFixture fixture;
    const auto file = fixture.context.source.root / "Kconfig";
    REQUIRE(host::write_file(file, host::read_file(file).value() + "\nfrobnicate\n"));
    configure(fixture, {.base = "defconfig", .settings = {"HZ=300"}});
    CHECK(says(fixture.host.warnings, "unknown statement 'frobnicate'"));
    const auto error = refused(fixture, {.base = "defconfig", .settings = {"HID_GENERIC=y"}});
    CHECK(error.message == "CONFIG_HID_GENERIC=y did not take: it is n");
}
