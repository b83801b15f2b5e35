#include "tests/system/kit.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

namespace fs = std::filesystem;

namespace {

constexpr const char* c_program =
    "#include <stdio.h>\n#include <math.h>\n"
    "int main(int argc, char **argv) { (void)argv; return puts(\"hello from C\") < 0 || sqrt(argc) != 1.0; "
    "}\n";
constexpr const char* cpp_program =
    "#include <iostream>\n#ifndef __aarch64__\n#error not for the target\n#endif\n"
    "int main() { std::cout << \"hello from C++\" << std::endl; }\n";

}  // namespace

std::string use_kit(const fs::path& kit, const std::string& commands, const fs::path& folder) {
    const auto script =
        "set -e\neval \"$(" + shell_quote((kit / "environment").string()) + ")\"\n" + commands + " 2>&1\n";
    const auto done = run_program({"/bin/sh", "-c", script}, {.directory = folder, .home = folder});
    INFO(script << done.out << done.err);
    REQUIRE(done.code == 0);
    return done.out;
}

void check_programs(const fs::path& kit) {
    const TempDir projects;
    for (const char* project : {"cmake", "meson"}) {
        projects.write(std::string(project) + "/hello.c", c_program);
        projects.write(std::string(project) + "/hello.cpp", cpp_program);
    }
    projects.write("cmake/CMakeLists.txt",
                   "cmake_minimum_required(VERSION 3.21)\nproject(hello C CXX)\nenable_testing()\n"
                   "add_executable(hello-c hello.c)\nfind_library(math m REQUIRED)\n"
                   "target_link_libraries(hello-c m)\nadd_executable(hello-cpp hello.cpp)\n"
                   "add_test(NAME c COMMAND hello-c)\nadd_test(NAME cpp COMMAND hello-cpp)\n");
    const auto cmake = use_kit(kit, "cmake -S . -B build && cmake --build build && ctest --test-dir build -V",
                               projects / "cmake");
    CHECK(cmake.contains("hello from C\n"));
    CHECK(cmake.contains("hello from C++\n"));
    CHECK(cmake.contains("100% tests passed, 0 tests failed out of 2"));

    projects.write("meson/meson.build",
                   "project('hello', 'c', 'cpp')\nm = meson.get_compiler('c').find_library('m')\n"
                   "test('c', executable('hello-c', 'hello.c', dependencies: m))\n"
                   "test('cpp', executable('hello-cpp', 'hello.cpp'))\n");
    const auto meson = use_kit(kit,
                               "meson setup --cross-file \"$RPI_KIT_SDK/share/cross.ini\" build && "
                               "meson test -C build -v",
                               projects / "meson");
    CHECK(meson.contains("hello from C\n"));
    CHECK(meson.contains("hello from C++\n"));
}

std::vector<std::string> files_with(const fs::path& folder, const std::string& text) {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_symlink()) {
            if (fs::read_symlink(entry.path()).string().contains(text))
                found.push_back(entry.path().string());
        } else if (entry.is_regular_file()) {
            const auto content = host::read_file(entry.path(), std::size_t{256} << 20);
            if (content && content->contains(text)) found.push_back(entry.path().string());
        }
    }
    return found;
}

}  // namespace rpikit::test
