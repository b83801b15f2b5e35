#include "sdk/toolchain/version.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace rpikit::toolchain;

namespace {

std::string version_of(std::string_view output) {
    const auto version = parse_version(output);
    return version ? version->text() : "none";
}

}  // namespace

TEST_CASE("versions as compilers and linkers tell them") {
    CHECK(version_of("aarch64-linux-gnu-gcc (Debian 12.2.0-14) 12.2.0\nCopyright (C) 2022") == "12.2.0");
    CHECK(version_of("gcc (GCC) 13.2.1 20230801 (Red Hat 13.2.1-1)") == "13.2.1");
    CHECK(
        version_of("aarch64-none-elf-gcc (Arm GNU Toolchain 12.2.Rel1 (Build arm-12.24)) 12.2.1 20221205") ==
        "12.2.1");
    CHECK(version_of("GNU ld (GNU Binutils for Debian) 2.40") == "2.40");
    CHECK(version_of("GNU ld version 2.35.2-9.el9") == "2.35.2");
    CHECK(version_of("GNU ld (GNU Binutils; SUSE) 2.40.0.20230119-2") == "2.40.0.20230119");
    CHECK(version_of("Debian clang version 14.0.6") == "14.0.6");
    CHECK(version_of("Debian clang version 19.1.7 (3~deb12u1)") == "19.1.7");
    CHECK(version_of("Debian LLD 14.0.6 (compatible with GNU linkers)") == "14.0.6");
    CHECK(version_of("5.1.0") == "5.1.0");
}

TEST_CASE("what tells no version gives none") {
    CHECK(version_of("") == "none");
    CHECK(version_of("command not found") == "none");
    CHECK(version_of("gcc 12") == "none");
    CHECK(version_of("\n12.2.0") == "none");
    CHECK(version_of("((((") == "none");
}

TEST_CASE("versions compare as numbers, missing parts as 0") {
    const auto version = [](const char* text) { return *parse_version(text); };
    CHECK(version("5.1.0") < version("12.2.0"));
    CHECK(version("2.9") < version("2.25"));
    CHECK(version("2.25") == version("2.25.0"));
    CHECK(version("2.25.1") > version("2.25"));
    CHECK_FALSE(version("13.0.1") < version("13.0.1"));
}
