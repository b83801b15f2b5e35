#include "sdk/toolchain/store.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/host/file.hpp"
#include "sdk/host/process.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;

namespace fs = std::filesystem;

TEST_CASE("a script runs its program with the tree's libraries, wherever the installation lies") {
    const test::TempDir folder;
    const auto triplet = toolchain::host_architecture().triplet;
    const auto program = folder.write("a b/key/tree/usr/bin/tool",
                                      "#!/bin/sh\nprintf '%s|%s|%s\\n' \"$LD_LIBRARY_PATH\" \"$1\" \"$2\"\n");
    fs::permissions(program, fs::perms(0755));
    fs::create_directories(folder / ("a b/key/tree/usr/lib/" + triplet));
    REQUIRE(toolchain::write_scripts(folder / "a b/key"));
    fs::rename(folder / "a b/key", folder / "moved");
    const auto script = folder / "moved/bin/tool";
    CHECK(toolchain::program_behind(script) == folder / "moved/tree/usr/bin/tool");

    const auto runner = host::make_process_runner();
    host::Environment environment(std::map<std::string, std::string>{{"PATH", "/usr/bin:/bin"}});
    const auto plain =
        runner->run({.argv = {script.string(), "one two", "$x"}, .environment = environment}, {});
    REQUIRE(plain);
    const auto libraries = (folder / "moved/bin/../tree/usr/lib").string() + "/" + triplet;
    CHECK(plain->output == libraries + "|one two|$x\n");
    environment.set("LD_LIBRARY_PATH", "/own");
    const auto with_own = runner->run({.argv = {script.string()}, .environment = environment}, {});
    REQUIRE(with_own);
    CHECK(with_own->output == libraries + ":/own||\n");
}

TEST_CASE("linker scripts lose their absolute paths, other files stay") {
    const test::TempDir folder;
    const auto script = folder.write("tree/usr/x/lib/libc.so",
                                     "/* GNU ld script\n   Use /usr/lib as is. */\nOUTPUT_FORMAT(elf64-x)\n"
                                     "GROUP ( /usr/x/lib/libc.so.6 /usr/x/lib/libc_nonshared.a  AS_NEEDED ( "
                                     "/usr/x/lib/ld.so.1 ) )\n");
    const auto library = folder.write("tree/usr/x/lib/libreal.so",
                                      "\x7f"
                                      "ELF GROUP ( /usr/x )");
    const auto text = folder.write("tree/usr/x/lib/notes.txt", "/* GNU ld script\nGROUP ( /usr/x )");
    REQUIRE(toolchain::relocate_linker_scripts(folder / "tree"));
    CHECK(*host::read_file(script) ==
          "/* GNU ld script\n   Use /usr/lib as is. */\nOUTPUT_FORMAT(elf64-x)\n"
          "GROUP ( libc.so.6 libc_nonshared.a  AS_NEEDED ( ld.so.1 ) )\n");
    CHECK(host::read_file(library)->contains("/usr/x"));
    CHECK(host::read_file(text)->contains("/usr/x"));
    CHECK_FALSE(toolchain::relocate_linker_scripts(folder / "nowhere"));
}
