// A board is a file: no code outside the boot methods knows one by its name.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;

const fs::path root = RPIKIT_SOURCE_DIR;

/// Where "x86_64" is the architecture that has the same name as the board.
const std::set<std::string> architecture_files = {
    "sdk/kernel/artifacts.cpp",     "sdk/kernel/configuration_kconfig.cpp", "sdk/emulator/install.cpp",
    "sdk/emulator/accelerator.cpp", "sdk/inspect/elf_sections.cpp",         "sdk/toolchain/sysroot.cpp"};

std::set<std::string> board_names() {
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(root / "boards")) {
        if (entry.path().extension() == ".toml") names.insert(entry.path().stem().string());
    }
    return names;
}

}  // namespace

TEST_CASE("no code outside the boot methods names a board") {
    const auto names = board_names();
    REQUIRE(names.contains("rpi4"));
    REQUIRE(names.contains("bcm2711"));
    REQUIRE(names.contains("x86_64"));
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(root / "sdk")) {
        const auto file = fs::relative(entry.path(), root).string();
        if (!file.ends_with(".cpp") && !file.ends_with(".hpp")) continue;
        if (file.starts_with("sdk/boot/")) continue;
        ++files;
        std::ifstream stream(entry.path());
        std::string line;
        for (int number = 1; std::getline(stream, line); ++number) {
            for (const auto& name : names) {
                if (name == "x86_64" && architecture_files.contains(file)) continue;
                INFO(file << ":" << number << ": " << line);
                // As a text of its own; help texts show whole commands, comments examples.
                const auto at = line.find('"' + name + '"');
                CHECK((at == std::string::npos || line.find("//") < at));
            }
        }
    }
    CHECK(files > 100);
}
