// Keeps docs/architecture.md's two promises true: a room includes only rooms above it, and a library is named
// in one room.

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path root = RPIKIT_SOURCE_DIR;

/// Ground floor first, as sdk/CMakeLists.txt lists them.
const std::vector<std::string> rooms{"support", "host",     "archive", "board",   "toolchain", "source",
                                     "kconfig", "kernel",   "rootfs",  "boot",    "devices",   "image",
                                     "inspect", "emulator", "export",  "package", "pipeline",  "cli"};

/// Which room may name a library, by the start of what is included.
const std::map<std::string, std::set<std::string>> only_place{{"boost/", {"host"}},
                                                              {"curl/", {"host"}},
                                                              {"archive.h", {"archive"}},
                                                              {"archive_entry.h", {"archive"}},
                                                              {"lzma.h", {"archive"}},
                                                              {"pugixml.hpp", {"archive"}},
                                                              {"zlib.h", {"archive"}},
                                                              {"xxhash.h", {"support"}},
                                                              {"libusb.h", {"usb"}},
                                                              {"toml++/", {"board"}},
                                                              {"openssl/", {"support"}},
                                                              {"libfdt.h", {"boot", "emulator"}},
                                                              {"nlohmann/", {"pipeline", "cli"}},
                                                              {"blkid/", {"device"}},
                                                              {"systemd/", {"device"}},
                                                              {"CLI/", {"cli"}}};

/// What flasher/ may use of sdk/, and its own rooms in their order.
const std::vector<std::string> flasher_floor{"support", "host", "archive"};
const std::vector<std::string> flasher_rooms{"device", "card", "usb"};

struct Include {
    fs::path file;
    std::string room;
    std::string what;
};

std::vector<Include> all_includes() {
    std::vector<Include> includes;
    const std::regex pattern(R"re(^\s*#\s*include\s*[<"]([^>"]+)[>"])re");
    std::vector<fs::path> folders;
    for (const auto& room : rooms)
        folders.push_back(fs::path("sdk") / room);
    for (const auto& room : flasher_rooms)
        folders.push_back(fs::path("flasher") / room);
    for (const auto& folder : folders) {
        const auto room = folder.filename().string();
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
            std::ifstream stream(entry.path());
            std::string line;
            std::smatch match;
            while (std::getline(stream, line)) {
                if (std::regex_search(line, match, pattern)) {
                    includes.push_back({fs::relative(entry.path(), root), room, match[1]});
                }
            }
        }
    }
    return includes;
}

std::ptrdiff_t floor_of(const std::string& room) {
    return std::ranges::find(rooms, room) - rooms.begin();
}

}  // namespace

TEST_CASE("a room includes only itself and rooms above it") {
    const auto includes = all_includes();
    REQUIRE(includes.size() > 200);
    for (const auto& include : includes) {
        if (!include.what.starts_with("sdk/") || include.file.string().starts_with("flasher/")) continue;
        const auto other = include.what.substr(4, include.what.find('/', 4) - 4);
        INFO(include.file.string() << " includes " << include.what);
        CHECK(floor_of(other) < std::ssize(rooms));
        CHECK(floor_of(other) <= floor_of(include.room));
    }
}

TEST_CASE("the flasher uses the lowest rooms alone, and only commands use the flasher") {
    const auto position = [](const std::string& room) {
        return std::ranges::find(flasher_rooms, room) - flasher_rooms.begin();
    };
    for (const auto& include : all_includes()) {
        const auto in_flasher = include.file.string().starts_with("flasher/");
        const auto slash = include.what.find('/');
        INFO(include.file.string() << " includes " << include.what);
        if (include.what.starts_with("flasher/")) {
            const auto other = include.what.substr(slash + 1, include.what.find('/', slash + 1) - slash - 1);
            CHECK(position(other) < std::ssize(flasher_rooms));
            if (in_flasher)
                CHECK(position(other) <= position(include.room));
            else
                CHECK(include.room == "cli");
        } else if (in_flasher && include.what.starts_with("sdk/")) {
            CHECK(std::ranges::count(flasher_floor, include.what.substr(4, include.what.find('/', 4) - 4)) ==
                  1);
        }
    }
}

TEST_CASE("a library is named only in the room that stands for it") {
    std::set<std::string> seen;
    for (const auto& include : all_includes()) {
        for (const auto& [library, places] : only_place) {
            if (!include.what.starts_with(library)) continue;
            seen.insert(library);
            INFO(include.file.string() << " includes " << include.what);
            CHECK(places.contains(include.room));
        }
    }
    // A library that is named nowhere has been renamed, and the rule above watches nothing.
    CHECK(seen.size() == only_place.size());
}

TEST_CASE("no room's public header shows a library's type") {
    for (const auto& include : all_includes()) {
        if (include.file.extension() != ".hpp") continue;
        for (const auto& [library, places] : only_place) {
            INFO(include.file.string() << " includes " << include.what);
            CHECK_FALSE(include.what.starts_with(library));
        }
    }
}

TEST_CASE("rooms link in the same order") {
    std::ifstream stream(root / "sdk" / "CMakeLists.txt");
    std::stringstream text;
    text << stream.rdbuf();
    std::string listed;
    for (const auto& room : rooms)
        listed += ' ' + room;
    CHECK(text.str().contains("foreach(room" + listed + ")"));
}
