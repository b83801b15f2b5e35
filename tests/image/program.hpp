#pragma once

#include <sys/wait.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <string>
#include <string_view>

#include "sdk/host/process.hpp"

namespace rpikit::test {

/// Runs an independent program of the field (mtools, e2fsprogs...) and gives what it said; skips the test
/// where it is not installed.
inline std::string run_tool(const std::vector<std::string>& argv) {
    const auto runner = host::make_process_runner();
    auto environment = host::Environment::of_this_process();
    environment.set("PATH", environment.get("PATH").value_or("") + ":/usr/sbin:/sbin");
    environment.set("LC_ALL", "C.UTF-8");
    environment.set("MTOOLS_SKIP_CHECK", "1");
    if (!runner->find_program(argv.front(), environment)) SKIP(argv.front() << " is not installed");
    const auto exit = runner->run({.argv = argv, .environment = environment}, {});
    REQUIRE(exit);
    INFO(exit->output);
    CHECK(exit->success());
    return exit->output;
}

}  // namespace rpikit::test
