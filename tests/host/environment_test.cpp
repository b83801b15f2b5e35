#include "sdk/host/environment.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

using namespace rpikit;

TEST_CASE("an environment tells empty from missing and lists itself sorted") {
    host::Environment environment;
    environment.set("Z", "last");
    environment.set("EMPTY", "");
    environment.set("A", "x=y");
    CHECK(environment.get("EMPTY") == "");
    CHECK_FALSE(environment.get("MISSING"));
    CHECK(environment.entries() == std::vector<std::string>{"A=x=y", "EMPTY=", "Z=last"});
    CHECK(environment.only({"Z", "MISSING"}).entries() == std::vector<std::string>{"Z=last"});
}

TEST_CASE("this process's environment is taken as it stands") {
    const auto environment = host::Environment::of_this_process();
    std::size_t count = 0;
    while (environ[count] != nullptr)
        ++count;
    CHECK(environment.entries().size() == count);
}
