// The reference pages against what the program writes.

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "sdk/host/file.hpp"
#include "tests/support/loop_device.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/system/world.hpp"

namespace fs = std::filesystem;
namespace test = rpikit::test;
using nlohmann::json;

namespace {

const fs::path pages = fs::path(RPIKIT_SOURCE_DIR) / "docs" / "reference";

std::set<std::string> quoted(const std::string& text) {
    static const std::regex code("`([^`]+)`");
    std::set<std::string> found;
    for (std::sregex_iterator match(text.begin(), text.end(), code), end; match != end; ++match)
        found.insert((*match)[1]);
    return found;
}

/// A page's table rows: the first cell's names to the last cell's.
std::map<std::string, std::set<std::string>> rows(const std::string& page) {
    std::map<std::string, std::set<std::string>> found;
    std::istringstream stream(rpikit::host::read_file(pages / page, 1 << 20).value());
    for (std::string line; std::getline(stream, line);) {
        if (!line.starts_with("| `")) continue;
        const auto end = line.find(" |", 2);
        const auto last = line.rfind('|', line.size() - 2);
        for (const auto& name : quoted(line.substr(0, end)))
            found[name].merge(quoted(line.substr(last)));
    }
    return found;
}

/// "kernel.release"; "files[]" is told by its elements' keys, a map of names by its own.
void collect_keys(const json& value, const std::string& prefix, std::set<std::string>& keys) {
    for (const auto& [key, inner] : value.items()) {
        const auto path = prefix.empty() ? key : prefix + '.' + key;
        const bool list_of_objects = inner.is_array() && !inner.empty() && inner.front().is_object();
        const bool names = path == "kernel.requests" || path == "inputs";
        if (inner.is_object() && !names) {
            collect_keys(inner, path, keys);
        } else {
            keys.insert(path + (list_of_objects ? "[]" : ""));
        }
    }
}

std::set<std::string> names_of(const json& object) {
    std::set<std::string> names;
    for (const auto& [name, value] : object.items())
        names.insert(name);
    return names;
}

/// Keys without the marks that say what is in a list.
std::set<std::string> plain(const std::set<std::string>& documented) {
    std::set<std::string> names;
    for (auto name : documented) {
        if (name.ends_with("[]")) name.resize(name.size() - 2);
        names.insert(name);
    }
    return names;
}

/// The keys of a document and of all rows in it; the libraries' versions are a map of names.
std::set<std::string> keys_within(const json& value) {
    std::set<std::string> keys;
    for (const auto& [key, inner] : value.items()) {
        if (value.is_object()) keys.insert(key);
        if (inner.is_structured() && key != "libraries") keys.merge(keys_within(inner));
    }
    return keys;
}

}  // namespace

TEST_CASE("the page of the manifest names every key that a build writes, and no other") {
    const test::World world;
    const auto built = world.build("work");
    INFO(built.err);
    REQUIRE(built.code == 0);
    const auto manifest =
        json::parse(rpikit::host::read_file(world.folder / "work/out/rpi4/manifest.json", 1 << 24).value());
    std::set<std::string> written;
    collect_keys(manifest, "", written);
    std::set<std::string> documented;
    const auto page = rows("manifest.md");
    for (const auto& [key, what] : page)
        documented.insert(key);
    CHECK(documented == written);
    for (const auto* list : {"image.partitions[]", "files[]"}) {
        INFO(list);
        const auto pointer = list == std::string("files[]") ? "/files/0" : "/image/partitions/0";
        for (const auto& name : names_of(manifest.at(json::json_pointer(pointer))))
            CHECK(page.at(list).contains(name));
    }
}

TEST_CASE("the page of JSON answers names the keys of a build's answer and of a plan") {
    const test::World world;
    const auto page = rows("json.md");
    const auto plan = world.build("work", {"--explain", "--json"});
    REQUIRE(plan.code == 0);
    const auto stages = json::parse(plan.out);
    for (const auto& name : names_of(stages.at("stages").at(0)))
        CHECK(plain(page.at("build --explain")).contains(name));
    const auto built = world.build("work", {"--json"});
    INFO(built.err);
    REQUIRE(built.code == 0);
    const auto answer = json::parse(built.out);
    auto documented = plain(page.at("build"));
    for (const auto& name : names_of(answer.at("stages").at(0)))
        CHECK(documented.erase(name) == 1);
    CHECK(documented == names_of(answer));
}

TEST_CASE("the page of JSON answers names the keys of every answer that needs no build") {
    const test::TempDir work;
    const auto page = rows("json.md");
    work.write("boards/bad.toml", "extends = \"rpi4\"\n[kernel]\narch = \"arm46\"\n");
    const std::map<std::string, std::vector<std::string>> commands{
        {"board list", {"board", "list"}},
        {"board show", {"board", "show", "rpi4"}},
        {"board show --resolved", {"board", "show", "rpi4", "--resolved"}},
        {"board check", {"board", "check", "rpi4", "boards/bad.toml"}},
        {"board new", {"board", "new", "gateway", "--from", "rpi4", "--dry-run"}},
        {"toolchain list", {"toolchain", "list"}},
        {"toolchain du", {"toolchain", "du"}},
        {"settings", {"settings"}},
        {"--version", {"--version"}}};
    for (const auto& [name, arguments] : commands) {
        std::vector<std::string> argv{RPIKIT_PROGRAM};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        argv.emplace_back("--json");
        const auto run = test::run_program(argv, {.directory = work.path(), .home = work / "home"});
        INFO(name << '\n' << run.out << run.err);
        const auto answer = json::parse(run.out);
        CHECK_FALSE(answer.empty());
        for (const auto& key : keys_within(answer))
            CHECK((plain(page.at(name)).contains(key)));
    }
}

TEST_CASE("the page of JSON answers names the keys of every event of a flash") {
    if (const auto why = test::LoopDevice::unavailable()) SKIP(*why);
    const test::TempDir folder;
    const auto image = folder.write("x.img", std::string(1 << 20, 'x'));
    const test::LoopDevice card(folder / "card", std::uint64_t{2} << 20);
    const test::LoopDevice small(folder / "small", std::uint64_t{1} << 19);
    const auto page = rows("json.md");
    std::set<std::string> seen;
    const auto flash = [&](const fs::path& device) {
        const auto run = test::run_program(
            {RPIKIT_PROGRAM, "flash", image.string(), device.string(), "--yes", "--allow-fixed", "--json"},
            {.directory = folder.path(), .home = folder / "home"});
        std::istringstream lines(run.out);
        for (std::string line; std::getline(lines, line);) {
            const auto event = json::parse(line);
            const auto name = event.at("event").get<std::string>();
            INFO(line);
            seen.insert(name);
            for (const auto& key : names_of(event)) {
                if (key != "event") CHECK(plain(page.at(name)).contains(key));
            }
        }
    };
    flash(card.path());
    flash(small.path());
    CHECK(seen == std::set<std::string>{"start", "progress", "result", "error"});
}
