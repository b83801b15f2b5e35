#include "tests/source/fixture.hpp"

using namespace rpikit;
using source::Lock;
using source::Pin;

TEST_CASE("a lock is read as it was written, sorted whatever the order it was made in") {
    const test::TempDir folder;
    Lock lock;
    lock.set({.board = "rpi4", .source = "raspberrypi", .value = std::string(40, 'a')});
    lock.set({.board = "pc", .source = "distro", .value = "linux-source-6.12=6.12.1-1", .sha256 = "ff"},
             false);
    lock.set({.board = "rpi4", .source = "dir \"x\\ü", .value = "v"}, false);
    REQUIRE(lock.save(folder / "one"));
    const auto read = Lock::load(folder / "one");
    REQUIRE(read);
    CHECK(read->find("pc", "distro")->value == "linux-source-6.12=6.12.1-1");
    CHECK(read->find("pc", "distro")->sha256 == "ff");
    CHECK(read->find("rpi4", "dir \"x\\ü")->value == "v");
    CHECK(read->chosen_source("rpi4") == "raspberrypi");
    CHECK_FALSE(read->chosen_source("pc"));
    CHECK_FALSE(read->find("rpi4", "distro"));

    Lock other;
    other.set({.board = "pc", .source = "distro", .value = "older"}, false);
    other.set({.board = "rpi4", .source = "dir \"x\\ü", .value = "v"}, false);
    other.set({.board = "pc", .source = "distro", .value = "linux-source-6.12=6.12.1-1", .sha256 = "ff"},
              false);
    other.set({.board = "rpi4", .source = "raspberrypi", .value = std::string(40, 'a')});
    REQUIRE(other.save(folder / "two"));
    CHECK(test::run({"cmp", (folder / "one").string(), (folder / "two").string()}).empty());
}

TEST_CASE("a lock that is missing is empty, one that is spoilt is an error with its place") {
    const test::TempDir folder;
    REQUIRE(Lock::load(folder / "none"));
    for (const auto* text : {"[[pin]\n", "pin = 3\n", "[[pin]]\nboard = 1\n", "[[pin]]\nboard = 'x'\n",
                             "[[pin]]\nboard = 'a'\nsource = 'b'\n[chosen]\n"}) {
        CAPTURE(text);
        const auto lock = Lock::load(folder.write("spoilt", text));
        REQUIRE_FALSE(lock);
        CHECK(render(lock.error(), false).contains("spoilt:"));
    }
}
