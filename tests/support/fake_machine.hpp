#pragma once

#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

namespace rpikit::test {

/// A machine that has everything: programs of good versions and headers in a folder that gcc names.
struct FakeMachine {
    FakeProcessRunner processes;
    TestHost host{processes};

    FakeMachine() {
        const char* versions[][2] = {{"make", "GNU Make 4.3\nBuilt for x86_64-pc-linux-gnu\n"},
                                     {"flex", "flex 2.6.4\n"},
                                     {"bison", "bison (GNU Bison) 3.8.2\n"},
                                     {"pahole", "v1.24\n"}};
        for (const auto& [name, text] : versions)
            processes.answer(name, {.output = text});
        processes.answer("gcc", [this](const host::Command& command) { return gcc(command); });
        for (const char* name : {"make",    "gcc",
                                 "ld",      "flex",
                                 "bison",   "bc",
                                 "awk",     "perl",
                                 "gzip",    "depmod",
                                 "modinfo", "cpio",
                                 "rsync",   "xz",
                                 "zstd",    "pahole",
                                 "bwrap",   "git",
                                 "sfdisk",  "fsck.fat",
                                 "e2fsck",  "dpkg-buildpackage",
                                 "dh"}) {
            processes.add_program(name, std::string("/usr/bin/") + name);
        }
        for (const char* name :
             {"stdlib.h", "linux/types.h", "openssl/opensslv.h", "libelf.h", "ncurses.h"}) {
            host.directory.write(std::string("include/") + name, "");
        }
    }
    host::Exit gcc(const host::Command& command) const {
        if (command.argv.back() == "--version") return {.output = "gcc (Debian 12.2.0-14) 12.2.0\n"};
        return {.output =
                    "ignoring nonexistent directory \"/nowhere\"\n#include \"...\" search starts here:\n"
                    "#include <...> search starts here:\n " +
                    (host.directory / "include").string() + "\n /nowhere\nEnd of search list.\n"};
    }
};

}  // namespace rpikit::test
