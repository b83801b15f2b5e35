#include "sdk/cli/settings.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <set>

#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace rpikit::cli;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

/// A home with a project in it.
class Scene {
  public:
    Scene() {
        environment.set("HOME", (folder / "home").string());
        fs::create_directories(project() / "deep" / "down");
        fs::create_directories(project() / ".git");
    }
    fs::path project() const { return folder / "home/project"; }
    void of_user(std::string_view text) { folder.write("home/.config/rpi-kit/settings.toml", text); }
    void of_project(std::string_view text) { folder.write("home/project/rpi-kit.toml", text); }
    Result<Settings> load(const std::string& work = {}) const {
        return load_settings(
            {.environment = environment, .working_directory = project() / "deep", .work = work});
    }

    test::TempDir folder;
    host::Environment environment;
};

test::ProgramRun run(const Scene& scene, std::vector<std::string> arguments,
                     std::vector<std::string> environment = {}) {
    arguments.insert(arguments.begin(), RPIKIT_PROGRAM);
    return test::run_program(arguments, {.directory = scene.project() / "deep",
                                         .home = scene.folder / "home",
                                         .environment = std::move(environment)});
}

}  // namespace

TEST_CASE("the table of settings has a key, a default and a sentence in every row, and no key twice") {
    std::set<std::string_view> seen;
    for (const auto& setting : settings_table()) {
        INFO(setting.key);
        CHECK(seen.insert(setting.key).second);
        if (!setting.variable.empty()) CHECK(seen.insert(setting.variable).second);
        CHECK_FALSE(setting.fallback.empty());
        CHECK_FALSE(setting.doc.empty());
        CHECK_FALSE(setting.doc.ends_with('.'));
        if (setting.type == SettingType::number) CHECK(setting.maximum > setting.minimum);
    }
}

TEST_CASE("each source goes before those below it, and says where it is") {
    Scene scene;
    auto settings = scene.load();
    REQUIRE(settings);
    CHECK(origin_name(settings->at("jobs")) == "default");
    CHECK_FALSE(settings->given("jobs"));
    CHECK(settings->at("work").text == (scene.project() / "deep").string());

    scene.of_user("offline = true\njobs = 2\n");
    settings = scene.load();
    REQUIRE(settings);
    CHECK(settings->given("jobs") == "2");
    CHECK(origin_name(settings->at("jobs")) ==
          (scene.folder / "home/.config/rpi-kit/settings.toml:2:1").string());

    scene.of_project("jobs = 3\n");
    settings = scene.load();
    REQUIRE(settings);
    CHECK(settings->given("jobs") == "3");
    CHECK(origin_name(settings->at("jobs")) == (scene.project() / "rpi-kit.toml:1:1").string());
    CHECK(settings->given("offline") == "true");

    scene.environment.set("RPI_KIT_JOBS", "4");
    settings = scene.load();
    REQUIRE(settings);
    CHECK(settings->given("jobs") == "4");
    CHECK(origin_name(settings->at("jobs")) == "RPI_KIT_JOBS");
}

TEST_CASE("an option goes before the environment, and both reach the command") {
    Scene scene;
    const auto by_variable = run(scene, {"build", "rpi4", "--dry-run"}, {"RPI_KIT_PROFILE=nonsense"});
    CHECK(by_variable.code != 0);
    CHECK_THAT(by_variable.err, ContainsSubstring("nonsense"));
    const auto by_option =
        run(scene, {"build", "rpi4", "--dry-run", "--profile", "rubbish"}, {"RPI_KIT_PROFILE=nonsense"});
    CHECK_THAT(by_option.err, ContainsSubstring("rubbish") && !ContainsSubstring("nonsense"));
    scene.of_project("profile = \"tosh\"\n");
    CHECK_THAT(run(scene, {"build", "rpi4", "--dry-run"}).err, ContainsSubstring("tosh"));
}

TEST_CASE("paths of a file start at its folder, those of the environment at the working directory") {
    Scene scene;
    scene.of_project("source = \"dir:linux\"\n");
    scene.of_user("cache = \"cache\"\n");
    auto settings = scene.load();
    REQUIRE(settings);
    CHECK(settings->at("source").text == "dir:" + (scene.project() / "linux").string());
    CHECK(settings->at("cache").text == (scene.folder / "home/.config/rpi-kit/cache").string());
    scene.environment.set("RPI_KIT_SOURCE", "dir:../linux");
    settings = scene.load();
    CHECK(settings->at("source").text == "dir:" + (scene.project() / "linux").string());
    scene.environment.set("RPI_KIT_SOURCE", "archive:https://example.org/linux.tar.xz");
    settings = scene.load();
    CHECK(settings->at("source").text == "archive:https://example.org/linux.tar.xz");
}

TEST_CASE("the project's file is looked for up to .git or the home folder") {
    Scene scene;
    scene.of_project("jobs = 3\n");
    const auto& environment = scene.environment;
    CHECK(project_settings_file(scene.project() / "deep/down", environment) ==
          scene.project() / "rpi-kit.toml");
    // What lies above the project is not the project's.
    scene.folder.write("home/rpi-kit.toml", "jobs = 9\n");
    fs::remove(scene.project() / "rpi-kit.toml");
    CHECK_FALSE(project_settings_file(scene.project() / "deep", environment));
    fs::remove(scene.project() / ".git");
    CHECK_FALSE(project_settings_file(scene.project() / "deep", environment));
    // The home folder as work folder is one like any other.
    CHECK(project_settings_file(scene.folder / "home", environment) == scene.folder / "home/rpi-kit.toml");
    // Outside of both, only the work folder itself.
    scene.folder.write("shared/rpi-kit.toml", "jobs = 9\n");
    fs::create_directories(scene.folder / "shared/mine");
    CHECK_FALSE(project_settings_file(scene.folder / "shared/mine", environment));
    CHECK(project_settings_file(scene.folder / "shared", environment));
}

TEST_CASE("a project cannot set what decides which program runs") {
    for (const auto& setting : settings_table()) {
        if (!setting.user_only) continue;
        INFO(setting.key);
        Scene scene;
        const auto text = std::string("# harmless\n") + std::string(setting.key) +
                          (setting.type == SettingType::yes_no ? " = false\n" : " = \"evil\"\n");
        scene.of_project(text);
        const auto settings = scene.load();
        REQUIRE_FALSE(settings);
        CHECK_THAT(settings.error().message,
                   ContainsSubstring("a project cannot set '" + std::string(setting.key)));
        REQUIRE(settings.error().where);
        CHECK(to_string(*settings.error().where) == (scene.project() / "rpi-kit.toml").string() + ":2:1");
        CHECK_THAT(settings.error().hint, ContainsSubstring(".config/rpi-kit/settings.toml"));
        CHECK(settings.error().kind == ErrorKind::usage);
        // The user may.
        fs::remove(scene.project() / "rpi-kit.toml");
        scene.of_user(text);
        CHECK(scene.load());
    }
}

TEST_CASE("the way out of a project's forbidden setting is told behind another mistake, too") {
    Scene scene;
    scene.of_project("jbos = 3\neditor = \"evil\"\n");
    const auto settings = scene.load();
    REQUIRE_FALSE(settings);
    CHECK_THAT(render(settings.error(), false), ContainsSubstring("a project cannot set 'editor'"));
    CHECK_THAT(settings.error().hint, ContainsSubstring("take the line out of it"));
    scene.of_project("jbos = 3\n");
    CHECK_THAT(scene.load().error().hint, ContainsSubstring("rpi-kit settings --help"));
}

TEST_CASE("folders with boards are kept as absolute paths, those of a file from its own folder") {
    Scene scene;
    scene.of_user("board-path = \"mine::/srv/boards\"\n");
    CHECK(scene.load()->at("board-path").text ==
          (scene.folder / "home/.config/rpi-kit/mine").string() + ":/srv/boards");
}

TEST_CASE("mistakes in files are told with their place, all at once") {
    Scene scene;
    scene.of_project("job = 3\noffline = 1\njobs = 0\naccelerator = \"kvn\"\n");
    const auto settings = scene.load();
    REQUIRE_FALSE(settings);
    const auto text = render(settings.error(), false);
    CHECK_THAT(text, ContainsSubstring("did you mean 'jobs'?") && ContainsSubstring("rpi-kit.toml:1:1"));
    CHECK_THAT(text, ContainsSubstring("rpi-kit.toml:2:11") && ContainsSubstring("'offline' must be"));
    CHECK_THAT(text, ContainsSubstring("rpi-kit.toml:3:8") && ContainsSubstring("from 1 to 4096"));
    CHECK_THAT(text, ContainsSubstring("did you mean \"kvm\"?"));
}

TEST_CASE("a file of settings that is none is refused") {
    Scene scene;
    SECTION("not TOML") {
        scene.of_project(
            "\x7f"
            "ELF\x01\n");
        const auto settings = scene.load();
        REQUIRE_FALSE(settings);
        CHECK(settings.error().where);
    }
    SECTION("huge") {
        scene.of_project(std::string(2 << 20, '#'));
        CHECK_FALSE(scene.load());
    }
    SECTION("a folder") {
        fs::create_directories(scene.project() / "rpi-kit.toml");
        CHECK_FALSE(scene.load());
    }
    SECTION("a pipe that nobody writes to") {
        REQUIRE(::mkfifo((scene.project() / "rpi-kit.toml").c_str(), 0600) == 0);
        CHECK_FALSE(scene.load());
    }
    SECTION("unreadable") {
        if (::geteuid() == 0) SKIP("root reads everything");
        scene.of_project("jobs = 2\n");
        fs::permissions(scene.project() / "rpi-kit.toml", fs::perms::none);
        CHECK_FALSE(scene.load());
    }
}

TEST_CASE("mistakes in the environment name the variable") {
    for (const auto& [name, value] : {std::pair{"RPI_KIT_JOBS", "many"},
                                      {"RPI_KIT_JOBS", "0"},
                                      {"RPI_KIT_OFFLINE", "perhaps"},
                                      {"RPI_KIT_ACCELERATOR", "fast"},
                                      {"RPI_KIT_JOBS", "99999999999999999999"}}) {
        Scene scene;
        scene.environment.set(name, value);
        const auto settings = scene.load();
        REQUIRE_FALSE(settings);
        CHECK_THAT(settings.error().message, ContainsSubstring(name));
    }
    Scene scene;
    scene.environment.set("RPI_KIT_JOBS", "");
    CHECK(scene.load());
}

TEST_CASE("the work folder decides where the project's file is") {
    Scene scene;
    scene.folder.write("home/other/rpi-kit.toml", "jobs = 7\n");
    CHECK(scene.load((scene.folder / "home/other").string())->given("jobs") == "7");
    scene.environment.set("RPI_KIT_WORK", "../../other/");
    const auto settings = scene.load();
    REQUIRE(settings);
    CHECK(settings->at("work").text == (scene.folder / "home/other").string());
    CHECK(settings->given("jobs") == "7");
}

TEST_CASE("a setting of one command is not another's of the same last name") {
    Scene scene;
    const auto usb = run(scene, {"usb", "boot", "nowhere", "--help"});
    CHECK_THAT(usb.out, ContainsSubstring("--timeout") && !ContainsSubstring("[setting: boot-timeout]"));
    CHECK_THAT(run(scene, {"boot", "--help"}).out, ContainsSubstring("[setting: boot-timeout]"));
}

TEST_CASE("settings that a negative option stands for") {
    Scene scene;
    scene.of_user("sandbox = false\nccache = false\n");
    const auto plan = run(scene, {"build", "rpi4", "--dry-run", "--source", "dir:."});
    CHECK_THAT(plan.out, !ContainsSubstring("bwrap"));
}

TEST_CASE("rpi-kit settings shows value and origin; help stands though a file is broken") {
    Scene scene;
    scene.of_project("jobs = 3\n");
    const auto shown = run(scene, {"settings"}, {"RPI_KIT_OFFLINE=1"});
    CHECK(shown.code == 0);
    CHECK_THAT(shown.out, ContainsSubstring("jobs           3 ") && ContainsSubstring("rpi-kit.toml:1:1"));
    CHECK_THAT(shown.out, ContainsSubstring("offline        true ") && ContainsSubstring("RPI_KIT_OFFLINE"));
    const auto json = run(scene, {"settings", "--json"});
    CHECK_THAT(json.out, ContainsSubstring("\"value\": 3") && ContainsSubstring("\"kind\": \"project\""));
    scene.of_project("jbs = 3\n");
    CHECK(run(scene, {"settings"}).code == 2);
    CHECK(run(scene, {"settings", "--help"}).code == 0);
    CHECK(run(scene, {"--version"}).code == 0);
}
