#include "sdk/host/lock_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <optional>
#include <thread>

#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace std::chrono_literals;

TEST_CASE("a second holder waits, is told so once, and goes on when the lock is free") {
    const test::TempDir directory;
    const auto file = directory / "store/lock";
    std::optional<Result<host::LockFile>> first = host::LockFile::acquire(file, {}, {});
    REQUIRE(*first);
    int told = 0;
    std::jthread releaser([&] {
        std::this_thread::sleep_for(350ms);
        first.reset();
    });
    const auto start = std::chrono::steady_clock::now();
    const auto second = host::LockFile::acquire(file, {}, [&] { ++told; });
    REQUIRE(second);
    CHECK(std::chrono::steady_clock::now() - start >= 300ms);
    CHECK(told == 1);
}

TEST_CASE("a free lock is taken without a word, and moves with its object") {
    const test::TempDir directory;
    const auto quiet = [] { FAIL("nobody holds the lock"); };
    auto lock = host::LockFile::acquire(directory / "lock", {}, quiet);
    REQUIRE(lock);
    {
        const host::LockFile moved = *std::move(lock);
    }
    CHECK(host::LockFile::acquire(directory / "lock", {}, quiet));
}

TEST_CASE("waiting for a lock ends with an interruption") {
    const test::TempDir directory;
    const auto held = host::LockFile::acquire(directory / "lock", {}, {});
    REQUIRE(held);
    std::stop_source source;
    const auto second =
        host::LockFile::acquire(directory / "lock", source.get_token(), [&] { source.request_stop(); });
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::interrupted);
}

TEST_CASE("a lock that cannot be made is an error") {
    const test::TempDir directory;
    directory.write("file", "");
    CHECK_FALSE(host::LockFile::acquire(directory / "file/lock", {}, {}));
}

TEST_CASE("a lock is shared by many or held by one") {
    const test::TempDir directory;
    const auto file = directory / "in use";
    {
        const auto first = host::LockFile::try_share(file);
        const auto second = host::LockFile::try_share(file);
        REQUIRE((first && *first && second && *second));
        const auto alone = host::LockFile::try_acquire(file);
        REQUIRE(alone);
        CHECK_FALSE(alone->has_value());
    }
    const auto alone = host::LockFile::try_acquire(file);
    REQUIRE((alone && *alone));
    const auto shared = host::LockFile::try_share(file);
    REQUIRE(shared);
    CHECK_FALSE(shared->has_value());
}
