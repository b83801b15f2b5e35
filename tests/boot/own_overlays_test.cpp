#include "sdk/boot/own_overlays.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/boot/device_tree_compiler.hpp"
#include "sdk/boot/hardware.hpp"
#include "sdk/host/file.hpp"
#include "tests/boot/fixtures.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;

namespace {

constexpr const char* base_source =
    "/dts-v1/;\n/ { compatible = \"raspberrypi,4-model-b\"; soc { i2c1: i2c@1 { status = \"disabled\"; }; "
    "gpio: gpio@2 { }; }; };\n";

std::string overlay(const std::string& fragments) {
    return "/dts-v1/;\n/plugin/;\n/ { compatible = \"brcm,bcm2835\"; };\n" + fragments;
}

/// The real dtc on the base and one overlay.
struct Desk {
    std::unique_ptr<host::ProcessRunner> runner = host::make_process_runner();
    test::TestHost host{*runner, host::Environment::of_this_process()};

    Result<std::string> compile(const std::string& source) {
        return boot::compile_overlay(host.host(), host.directory.write("x.dts", source), {});
    }
    std::string base(bool labels = true) {
        const auto source = host.directory.write("base.dts", base_source);
        const auto out = (host.directory / "base.dtb").string();
        std::vector<std::string> argv = {"dtc", "-q", "-O", "dtb", "-o", out, source.string()};
        if (labels) argv.emplace_back("-@");
        REQUIRE(runner->run({.argv = argv}, {})->success());
        return host::read_file(out).value();
    }
    auto fit(const std::string& fragments, bool labels = true) {
        const auto blob = compile(overlay(fragments));
        INFO((blob ? "" : render(blob.error(), false)));
        REQUIRE(blob);
        return boot::fit_overlay(*blob, base(labels));
    }
    /// Overlays of files, applied one after the other.
    auto apply(const std::vector<std::pair<std::string, std::string>>& named, boot::OverlayLabels labels) {
        std::vector<std::filesystem::path> files;
        for (const auto& [name, fragments] : named)
            files.push_back(host.directory.write(name, overlay(fragments)));
        host.directory.write("base.dtb", base());
        return boot::apply_overlays(host.host(), files,
                                    {.device_tree = host.directory / "base.dtb", .labels = labels});
    }
};

}  // namespace

TEST_CASE("an overlay that fits tells what it changes") {
    Desk desk;
    const auto fits = desk.fit("&i2c1 { status = \"okay\"; };\n&{/soc/gpio@2} { x; };\n");
    INFO((fits ? "" : render(fits.error(), false)));
    REQUIRE(fits);
    REQUIRE(fits->targets.size() == 2);
    CHECK(fits->targets[0].fragment == "fragment@0");
    CHECK(fits->targets[0].target == "i2c1");
    CHECK(fits->targets[1].target == "/soc/gpio@2");
    CHECK(std::filesystem::is_empty(desk.host.host().cache));
}

TEST_CASE("an overlay for other hardware is refused with every label and path that is missing") {
    Desk desk;
    const auto labels = desk.fit("&i2c2 { x; };\n&spi9 { interrupt-parent = <&gpio>; };\n");
    REQUIRE_FALSE(labels);
    CHECK(labels.error().message == "the overlay does not fit the device tree");
    REQUIRE(labels.error().causes.size() == 2);
    CHECK(labels.error().causes[0] ==
          "it has no label 'i2c2', which /fragment@0 refers to; did you mean 'i2c1'?");
    CHECK(labels.error().causes[1].contains("'spi9'"));

    const auto path = desk.fit("&{/soc/nowhere} { x; };\n");
    REQUIRE_FALSE(path);
    CHECK(path.error().causes.front() == "it has no node /soc/nowhere, which fragment@0 is for");
}

TEST_CASE("a device tree without labels takes overlays by path alone") {
    Desk desk;
    const auto refused = desk.fit("&i2c1 { x; };\n", false);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().causes.front().contains("dtc -@"));
    CHECK(desk.fit("&{/soc/i2c@1} { x; };\n", false));
}

TEST_CASE("mistakes of the source come with their line") {
    Desk desk;
    const auto bad = desk.compile("/dts-v1/;\n/plugin/;\n&i2c1 { status = ; };\n");
    REQUIRE_FALSE(bad);
    CHECK(bad.error().message.contains("x.dts cannot be compiled"));
    CHECK(bad.error().detail.contains("x.dts:3"));
    CHECK(std::filesystem::is_empty(desk.host.host().cache));
}

TEST_CASE("macros are replaced before the source is compiled") {
    Desk desk;
    desk.host.directory.write("values.h", "#define OKAY \"okay\"\n");
    const auto source = "/dts-v1/;\n/plugin/;\n#include \"values.h\"\n&i2c1 { status = OKAY; };\n";
    const auto blob = desk.compile(source);
    INFO((blob ? "" : render(blob.error(), false)));
    REQUIRE(blob);
    CHECK(blob->contains("okay"));
    CHECK(boot::fit_overlay(*blob, desk.base()));
}

TEST_CASE("an overlay's dt-bindings are those of the kernel's tree") {
    Desk desk;
    desk.host.directory.write("linux/include/dt-bindings/own.h", "#define OKAY \"okay\"\n");
    const auto file = desk.host.directory.write(
        "x.dts", "/dts-v1/;\n/plugin/;\n#include <dt-bindings/own.h>\n&i2c1 { status = OKAY; };\n");
    CHECK_FALSE(boot::compile_overlay(desk.host.host(), file, {}));
    const auto blob = boot::compile_overlay(desk.host.host(), file, desk.host.directory / "linux");
    INFO((blob ? "" : render(blob.error(), false)));
    REQUIRE(blob);
    CHECK(blob->contains("okay"));
}

TEST_CASE("a kernel's device tree is compiled with the kernel's own headers and neighbours") {
    Desk desk;
    const auto root = desk.host.directory / "linux";
    desk.host.directory.write("linux/scripts/dtc/include-prefixes/dt-bindings/own.h",
                              "#define OKAY \"okay\"\n");
    desk.host.directory.write("linux/arch/arm64/boot/dts/acme/soc.dtsi",
                              "/ { compatible = \"acme,soc\"; };\n");
    desk.host.directory.write("linux/arch/arm64/boot/dts/acme/board.dts",
                              "/dts-v1/;\n#include <dt-bindings/own.h>\n#include \"soc.dtsi\"\n"
                              "/ { n { status = OKAY; }; };\n");
    const auto blob = boot::compile_kernel_device_tree(desk.host.host(), root, "arm64", "acme/board.dtb");
    INFO((blob ? "" : render(blob.error(), false)));
    REQUIRE(blob);
    CHECK(boot::read_hardware(*blob).value().compatible == std::vector<std::string>{"acme,soc"});
    const auto missing = boot::compile_kernel_device_tree(desk.host.host(), root, "arm64", "acme/none.dtb");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message.contains("no source of the device tree acme/none.dtb"));
}

TEST_CASE("an overlay is made of all that it includes from beside it") {
    const test::TempDir folder;
    const auto file =
        folder.write("hat.dts",
                     "#include <dt-bindings/x.h>\n# include \"parts/a.dtsi\"\n/include/ \"b.dtsi\"\n"
                     "#include \"gone.h\"\n&i2c1 { #address-cells = <1>; note = \"c.dtsi\"; };\n");
    folder.write("parts/a.dtsi", "#include \"deep.h\"\n#include \"../hat.dts\"\n");
    for (const auto* name : {"parts/deep.h", "b.dtsi", "c.dtsi"})
        folder.write(name, "");
    CHECK(boot::overlay_sources(file) == std::vector<std::filesystem::path>{file, folder / "parts/a.dtsi",
                                                                            folder / "b.dtsi",
                                                                            folder / "parts/deep.h"});
    CHECK(boot::overlay_sources("none.dts") == std::vector<std::filesystem::path>{"none.dts"});
}

TEST_CASE("what is no overlay, or no device tree at all, is refused") {
    Desk desk;
    const auto base = desk.base();
    CHECK(boot::fit_overlay(base, base).error().message.contains("no overlay"));
    CHECK_FALSE(boot::fit_overlay("garbage", base));
    const auto blob = desk.compile(overlay("&i2c1 { x; };\n")).value();
    CHECK_FALSE(boot::fit_overlay(blob, "garbage"));
    for (std::size_t size = 0; size < blob.size(); size += 11)
        CHECK_FALSE(boot::fit_overlay(std::string_view(blob).substr(0, size), base));
}

TEST_CASE("a path that an overlay's own aliases would have to explain is refused") {
    // libfdt looks up what has no leading '/' among the aliases, and follows one that names itself for ever.
    Desk desk;
    const auto self =
        std::string("fragment@0 { target-path = \"/\"; __overlay__ { aliases { a = \"a\"; }; }; };");
    const auto refusal = [&](const std::string& nodes) {
        const auto blob = desk.compile("/dts-v1/;\n/plugin/;\n/ { " + nodes + " };\n").value();
        const auto fits = boot::fit_overlay(blob, desk.base());
        REQUIRE_FALSE(fits);
        return fits.error().causes.at(0);
    };
    const auto target = [&](const std::string& path) {
        return refusal(self + " fragment@1 { target-path = " + path + "; __overlay__ { x; }; };");
    };
    CHECK(target("\"a\"").contains("fragment@1"));
    CHECK(target("[61]").contains("fragment@1"));  // without its end, which the padding behind it gives
    CHECK(target("\"\"").contains("fragment@1"));
    const auto fixup = refusal(
        "aliases { a = \"a\"; }; fragment@1 { target-path = \"/\"; __overlay__ { x; }; }; "
        "__fixups__ { i2c1 = \"a:x:0\"; };");
    CHECK(fixup.contains("i2c1"));

    std::string nested = "x;";
    for (int i = 0; i < 64; ++i)
        nested = "n { " + nested + " };";
    CHECK(
        refusal("fragment@0 { target-path = \"/\"; __overlay__ { " + nested + " }; };").contains("64 nodes"));

    // The base's labels too: an overlay that was applied before may have brought them.
    const auto base =
        desk.compile("/dts-v1/;\n/ { aliases { a = \"a\"; }; __symbols__ { i2c1 = \"a\"; }; };\n");
    const auto fits = boot::fit_overlay(desk.compile(overlay("&i2c1 { x; };\n")).value(), base.value());
    REQUIRE_FALSE(fits);
    CHECK(fits.error().causes.at(0).contains("'i2c1' of the device tree"));
}

TEST_CASE("an overlay may use the labels of those before it") {
    Desk desk;
    const std::string hat = "&gpio { hat_pins: pins { x; }; };\n";
    const std::string user = "&hat_pins { y; };\n";
    const auto both = desk.apply({{"hat.dts", hat}, {"user.dts", user}}, boot::OverlayLabels::all);
    INFO((both ? "" : render(both.error(), false)));
    REQUIRE(both);
    REQUIRE(both->size() == 2);
    CHECK((*both)[1].name == "user");
    CHECK((*both)[1].targets.at(0).target == "hat_pins");
    const auto turned = desk.apply({{"user.dts", user}, {"hat.dts", hat}}, boot::OverlayLabels::all);
    REQUIRE_FALSE(turned);
    CHECK(render(turned.error(), false).contains("'hat_pins'"));
    CHECK(render(turned.error(), false).contains("user.dts does not fit base.dtb"));
}

TEST_CASE("the Raspberry Pi's firmware shows the labels that an overlay exports") {
    Desk desk;
    const std::string hat = "&gpio { hat_pins: pins { x; }; };\n";
    const std::string user = "&hat_pins { y; };\n";
    const auto exported = hat + "/ { __exports__ { hat_pins; }; };\n";
    CHECK_FALSE(desk.apply({{"hat.dts", hat}, {"user.dts", user}}, boot::OverlayLabels::exported));
    CHECK(desk.apply({{"hat.dts", exported}, {"user.dts", user}}, boot::OverlayLabels::exported));
}

TEST_CASE("overlays whose files on the boot partition would be one are refused") {
    Desk desk;
    const auto two = desk.apply({{"a/hat.dts", "&i2c1 { x; };\n"}, {"b/hat.dts", "&i2c1 { y; };\n"}},
                                boot::OverlayLabels::all);
    REQUIRE_FALSE(two);
    CHECK(two.error().message == "two overlays have the name 'hat'");
    CHECK_FALSE(desk.apply({{"a hat.dts", "&i2c1 { x; };\n"}}, boot::OverlayLabels::all));
}

TEST_CASE("an own overlay does not take the place of the kernel's", "[boot]") {
    const auto runner = host::make_process_runner();
    test::TestHost host(*runner, host::Environment::of_this_process());
    test::BootFixture fixture;
    fixture.add_overlay("disable-bt");
    const auto make = [&](const std::string& name) {
        fixture.board.boot.overlay_files = {fixture.folder.write(name + ".dts", overlay("&{/} { own; };\n"))};
        return boot::make_boot_files({.board = fixture.board,
                                      .kernel = fixture.kernel,
                                      .firmware = fixture.folder / "firmware",
                                      .root = "PARTUUID=1-02",
                                      .host = &host.host()});
    };
    const auto own = make("hat");
    INFO((own ? "" : render(own.error(), false)));
    REQUIRE(own);
    CHECK(own->find("overlays/hat.dtbo") != nullptr);
    CHECK(archive::read_content(*own->find("config.txt"))->contains("[all]\ndtoverlay=hat\n"));
    const auto refused = make("disable-bt");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "the kernel has an overlay 'disable-bt', too");
}

TEST_CASE("an overlay goes by its file's name") {
    CHECK(boot::overlay_name("a/my-hat.dts") == "my-hat");
    CHECK(boot::overlay_name("my-hat.dtbo") == "my-hat");
}
