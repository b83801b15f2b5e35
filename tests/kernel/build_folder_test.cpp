#include "sdk/kernel/build_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "sdk/host/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using namespace std::chrono_literals;

namespace {

/// A build folder whose files have the times a test gives them, in seconds after the mark.
struct Folder {
    test::TempDir directory;
    fs::file_time_type start = fs::file_time_type::clock::now() - 1h;

    Folder() {
        REQUIRE(kernel::mark_unfinished(directory.path(), 7));
        fs::last_write_time(directory / ".rpi-kit-unfinished", start);
        // Something was written long after all that the tests look at.
        write("last.o", "x", 600s);
    }
    void write(const char* name, std::string_view text, std::chrono::seconds after) {
        fs::last_write_time(directory.write(name, text), start + after);
    }
    bool has(const char* name) const { return fs::exists(directory / name); }
};

constexpr const char* whole_command =
    "savedcmd_a.o := gcc -Wp,-MMD,.a.o.d -c -o a.o a.c\n\nsource_a.o := a.c\n\ndeps_a.o := \\\n  a.h \\\n\n"
    "a.o: $(deps_a.o)\n\n$(deps_a.o):\n";

}  // namespace

TEST_CASE("the mark of an unfinished build comes, counts and goes") {
    test::TempDir build;
    CHECK_FALSE(kernel::unfinished_objects(build.path()));
    REQUIRE(kernel::mark_unfinished(build.path(), 512));
    CHECK(kernel::unfinished_objects(build.path()) == 512);
    REQUIRE(kernel::mark_finished(build.path()));
    CHECK_FALSE(kernel::unfinished_objects(build.path()));
    CHECK(kernel::mark_finished(build.path()));
}

TEST_CASE("a target written after its command was saved is removed, a finished one stays") {
    Folder folder;
    folder.write("a.o", "ELF", 100s);
    folder.write(".a.o.cmd", whole_command, 101s);
    folder.write("sub/vmlinux", "half", 200s);
    folder.write("sub/.vmlinux.cmd", "savedcmd_vmlinux := ld\n", -500s);
    CHECK(kernel::remove_half_written(folder.directory.path()) == 1);
    CHECK(folder.has("a.o"));
    CHECK(folder.has(".a.o.cmd"));
    CHECK_FALSE(folder.has("sub/vmlinux"));
}

TEST_CASE("a saved command that breaks off is removed, so that make runs it again") {
    Folder folder;
    const std::string whole = whole_command;
    folder.write("a.o", "ELF", 100s);
    for (const std::size_t length :
         {whole.size() - 1, whole.size() - 15, whole.size() / 2, std::size_t{30}}) {
        folder.write(".a.o.cmd", whole.substr(0, length), 101s);
        CHECK(kernel::remove_half_written(folder.directory.path()) == 1);
        CHECK_FALSE(folder.has(".a.o.cmd"));
    }
    // With CONFIG_OBJTOOL and CONFIG_MODVERSIONS more lines follow.
    folder.write(".a.o.cmd", whole + "\na.o: $(wildcard ./tools/objtool/objtool)\n#SYMVER x 0x12345678\n",
                 101s);
    CHECK(kernel::remove_half_written(folder.directory.path()) == 0);
}

TEST_CASE("what was written in the last seconds is doubtful, what is older than the run is not") {
    Folder folder;
    folder.write("crc32table.h", "half", 595s);
    folder.write(".late.o.cmd", whole_command, 595s);
    folder.write("early.h", "whole", 100s);
    folder.write("old.h", "whole", -100s);
    folder.write("old.o", "whole", -10s);
    folder.write(".old.o.cmd", "savedcmd_old.o := gcc\n", -20s);
    folder.write(".config", "CONFIG_X=y\n", 599s);
    folder.write("autoconf.h", "whole", 599s);
    CHECK(kernel::remove_half_written(folder.directory.path()) == 2);
    CHECK_FALSE(folder.has("crc32table.h"));
    CHECK_FALSE(folder.has(".late.o.cmd"));
    for (const char* kept : {"early.h", "old.h", "old.o", ".old.o.cmd", ".config", "autoconf.h", "last.o"})
        CHECK(folder.has(kept));
}

TEST_CASE("links are not followed out of the build folder") {
    Folder folder;
    test::TempDir source;
    const auto file = source.write("x.h", "text");
    fs::create_directory_symlink(source.path(), folder.directory / "source");
    fs::last_write_time(file, folder.start + 600s);
    CHECK(kernel::remove_half_written(folder.directory.path()) == 0);
    CHECK(fs::exists(file));
}

TEST_CASE("a make at work in the folder is found, one elsewhere is not") {
    test::TempDir build;
    test::TempDir other;
    build.write("Makefile", "all:\n\t@touch started; sleep 20\n");
    CHECK_FALSE(kernel::running_make(build.path()));
    const auto processes = host::make_process_runner();
    bool found = false;
    bool found_elsewhere = false;
    const auto exit = processes->run({.argv = {"make"}, .directory = build.path()},
                                     {.on_output =
                                          [&](std::string_view) {
                                              if (!fs::exists(build / "started")) return host::Reaction{};
                                              found = found || kernel::running_make(build.path()).has_value();
                                              found_elsewhere =
                                                  kernel::running_make(other.path()).has_value();
                                              return host::Reaction{.stop = true};
                                          },
                                      .time_limit = 15s});
    REQUIRE(exit);
    CHECK(found);
    CHECK_FALSE(found_elsewhere);
    CHECK_FALSE(kernel::running_make(build.path()));
}
