#include "sdk/kernel/configuration_edit.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/host/file.hpp"
#include "tests/kernel/build_fixture.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using kernel::ConfigurationRequest;
using test::BuildFixture;
using Lines = std::vector<std::string>;

namespace {

/// A proven configuration and changes to it.
struct Edited : BuildFixture {
    ConfigurationRequest request{.base = "allnoconfig"};
    fs::path own = work / "own.config";

    explicit Edited(const std::string& fragment = "CONFIG_MODULES=y\n") {
        request.fragments.push_back(host.directory.write("board.config", fragment));
        prove();
    }
    void prove() {
        const auto made = kernel::configure(host.host(), context, request);
        if (!made) FAIL(render(made.error(), false));
    }
    /// The proven configuration with some lines changed, as an editor would leave it.
    kconfig::DotConfig with(const Lines& settings) {
        const auto file = work / "edited.config";
        std::string text = host::read_file(context.build / ".config").value();
        for (const auto& setting : settings)
            text += "CONFIG_" + setting + "\n";
        REQUIRE(host::write_file(file, text));
        auto config = kernel::complete_configuration(host.host(), context, file);
        if (!config) FAIL(render(config.error(), false));
        return *config;
    }
    Result<kernel::FragmentChange> minimal(const kconfig::DotConfig& wanted) {
        return kernel::minimal_change(host.host(), context, request, wanted, own);
    }
    Lines lines(const kconfig::DotConfig& wanted) {
        const auto change = minimal(wanted);
        if (!change) FAIL(render(change.error(), false));
        Lines found;
        for (const auto& each : change->add)
            found.push_back(kconfig::to_line(each));
        return found;
    }
    /// Configures anew with the fragment: the proof that it says all.
    kconfig::DotConfig rebuilt(const kernel::FragmentChange& change) {
        const auto before = host::read_file(own).value_or("");
        REQUIRE(host::write_file(own, kernel::apply(before, change)));
        if (request.fragments.back() != own) request.fragments.push_back(own);
        prove();
        return kconfig::DotConfig::read(context.build / ".config").value();
    }
};

}  // namespace

TEST_CASE("two configurations are compared by what values mean") {
    kconfig::DotConfig before;
    kconfig::DotConfig after;
    before.set("A", "y");
    before.set("SIZE", "0x10");
    before.set("TEXT", "\"\"");
    after.set("SIZE", "0x0010");
    after.set("B", "300");
    CHECK(kernel::compare(before, after) == std::vector<kernel::Change>{{"A", "y", "n"}, {"B", "n", "300"}});
    CHECK(kernel::compare(before, before).empty());
}

TEST_CASE("the smallest fragment reproduces an edited configuration") {
    Edited edited;
    const auto wanted = edited.with({"HID_SUPPORT=y", "HID_GENERIC=m", "HZ=300"});
    const auto change = edited.minimal(wanted);
    if (!change) FAIL(render(change.error(), false));
    CHECK(change->add.size() == 3);
    CHECK(kernel::compare(edited.rebuilt(*change), wanted).empty());
}

TEST_CASE("what follows from something else is not in the fragment") {
    Edited edited("CONFIG_MODULES=y\nCONFIG_MODULE_COMPRESS=y\nCONFIG_MODULE_COMPRESS_XZ=y\n");
    // Compression goes with the modules; so does the request for it, which would stop the build.
    const auto wanted = edited.with({"MODULES=n"});
    const auto change = edited.minimal(wanted);
    REQUIRE(change);
    CHECK(change->add.front().symbol == "MODULES");
    CHECK(change->add.size() == 3);
    CHECK(kernel::compare(edited.rebuilt(*change), wanted).empty());
}

TEST_CASE("the user's own fragment keeps its comments and loses what was taken back") {
    Edited edited;
    REQUIRE(host::write_file(edited.own, "# why\nCONFIG_HZ=300\n\nCONFIG_IKCONFIG=y\n"));
    edited.request.fragments.push_back(edited.own);
    edited.prove();
    const auto wanted = edited.with({"HZ=250", "DUMMY=m"});
    const auto change = edited.minimal(wanted);
    if (!change) FAIL(render(change.error(), false));
    CHECK(kernel::apply("# why\nCONFIG_HZ=300\n\nCONFIG_IKCONFIG=y\n", *change) ==
          "# why\n\nCONFIG_IKCONFIG=y\nCONFIG_DUMMY=m\n");
    CHECK(kernel::compare(edited.rebuilt(*change), wanted).empty());
}

TEST_CASE("a configuration that cannot be asked for is refused") {
    Edited edited;
    auto wanted = edited.with({});
    wanted.set("HID_GENERIC", "y");  // without HID_SUPPORT
    const auto refused = edited.minimal(wanted);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.contains("HID_GENERIC"));
}

TEST_CASE("settings are proven before anything is written") {
    Edited edited;
    const auto before = host::read_file(edited.context.build / ".config").value();
    const auto taken = kernel::prove_settings(edited.host.host(), edited.context, edited.request,
                                              {"CONFIG_HZ=300", "LOCALVERSION=-mine"});
    if (!taken) FAIL(render(taken.error(), false));
    REQUIRE(taken->settings.size() == 2);
    CHECK(kconfig::to_line(taken->settings[1]) == "CONFIG_LOCALVERSION=\"-mine\"");
    CHECK(taken->config.value("HZ") == "300");

    const auto refused =
        kernel::prove_settings(edited.host.host(), edited.context, edited.request, {"HID_GENERIC=m"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "CONFIG_HID_GENERIC=m did not take: it is n");
    CHECK(refused.error().hint.contains("CONFIG_HID_SUPPORT=y"));

    const auto unknown =
        kernel::prove_settings(edited.host.host(), edited.context, edited.request, {"HID_GENERICS=n"});
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().kind == ErrorKind::usage);
    CHECK(unknown.error().hint == "did you mean HID_GENERIC?");
    CHECK(host::read_file(edited.context.build / ".config").value() == before);
}

TEST_CASE("a symbol's report says who asked for it") {
    Edited edited("CONFIG_MODULES=y\n# a comment\nCONFIG_HZ=300\n");
    const auto config = kconfig::DotConfig::read(edited.context.build / ".config").value();
    const auto report = [&](const std::string& symbol) {
        return kernel::report_symbol(edited.host.host(), edited.context, edited.request, config, symbol);
    };
    const auto hz = report("HZ");
    if (!hz) FAIL(render(hz.error(), false));
    CHECK(hz->asked == Location{.file = edited.request.fragments[0], .line = 3});
    CHECK(hz->description.value == "300");
    CHECK_FALSE(report("DUMMY")->asked);
    const auto unknown = report("DUMY");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().hint == "did you mean DUMMY?");
    CHECK(unknown.error().kind == ErrorKind::usage);
}
