#include "sdk/rootfs/elf.hpp"

#include <elf.h>

#include <catch2/catch_test_macros.hpp>
#include <random>

#include "tests/rootfs/fixtures.hpp"

using namespace rpikit;

TEST_CASE("an ELF header tells machine, width and program loader", "[rootfs]") {
    const auto dynamic = rootfs::read_elf(test::make_elf(64, EM_AARCH64, "/lib/ld-linux-aarch64.so.1"));
    REQUIRE(dynamic);
    CHECK(dynamic->bits == 64);
    CHECK(dynamic->machine == EM_AARCH64);
    CHECK(dynamic->interpreter == "/lib/ld-linux-aarch64.so.1");

    const auto fixed = rootfs::read_elf(test::make_elf(32, EM_ARM));
    REQUIRE(fixed);
    CHECK(fixed->bits == 32);
    CHECK_FALSE(fixed->interpreter);
}

TEST_CASE("programs are held against Debian's architecture names", "[rootfs]") {
    const auto arm64 = rootfs::read_elf(test::make_elf(64, EM_AARCH64)).value();
    CHECK(rootfs::check_architecture(arm64, "arm64"));
    const auto wrong = rootfs::check_architecture(arm64, "amd64");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message == "is built for arm64, the target is amd64");
    CHECK_FALSE(rootfs::check_architecture(arm64, "pdp11"));

    // x32 has the machine of amd64 and 32 bits.
    const auto x32 = rootfs::read_elf(test::make_elf(32, EM_X86_64)).value();
    CHECK_FALSE(rootfs::check_architecture(x32, "amd64"));
}

TEST_CASE("damaged programs are refused, not read past their end", "[rootfs]") {
    const auto whole = test::make_elf(64, EM_AARCH64, "/lib/ld.so");
    CHECK_FALSE(rootfs::read_elf("#!/bin/sh\n"));
    for (std::size_t size = 0; size + 12 < whole.size(); ++size) {
        CHECK_FALSE(rootfs::read_elf(std::string_view(whole).substr(0, size)));
    }
    auto far_away = whole;
    for (std::size_t i = 0; i < 8; ++i)
        far_away[offsetof(Elf64_Ehdr, e_phoff) + i] = '\xff';
    CHECK_FALSE(rootfs::read_elf(far_away));
}

TEST_CASE("random bytes after an ELF header's start are refused or read, never beyond their end",
          "[rootfs]") {
    std::minstd_rand random(1);
    for (int round = 0; round < 2000; ++round) {
        auto bytes = test::make_elf(round % 2 == 0 ? 64 : 32, EM_AARCH64, "/lib/ld.so");
        for (int i = 0; i < 8; ++i)
            bytes[4 + random() % (bytes.size() - 4)] = static_cast<char>(random());
        const auto elf = rootfs::read_elf(bytes);
        if (elf && elf->interpreter) CHECK(elf->interpreter->size() <= bytes.size());
    }
}
