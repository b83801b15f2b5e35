#include "sdk/emulator/session.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;
using rpikit::emulator::Session;
using Lines = std::vector<std::string>;

namespace {

/// A session whose kernel was heard.
Session running(std::vector<std::string> questions) {
    Session session(std::move(questions));
    session.feed({"[    1.250000] Run /sbin/init as init process"}, "", 0s);
    return session;
}

}  // namespace

TEST_CASE("logs in as root and asks one question after the other") {
    Session session({"uname -r", "true"});
    CHECK(session.feed({"booting"}, "", 1s).empty());
    CHECK(session.feed({}, "rpi4 login: ", 2s) == "root\n");
    CHECK(session.feed({}, "rpi4 login: ", 2s).empty());
    CHECK(session.feed({"rpi4 login: root"}, "/root # ", 3s) ==
          "echo rpi-kit-begin-$((1000+0)); uname -r; echo rpi-kit-end-$((1000+0))\n");
    // The echo of the question is not taken for its answer.
    CHECK(
        session
            .feed({"/root # echo rpi-kit-begin-$((1000+0)); uname -r; echo rpi-kit-end-$((1000+0))"}, "", 3s)
            .empty());
    CHECK(session.feed({"rpi-kit-begin-1000", "6.12.117"}, "", 3s).empty());
    CHECK(session.feed({"rpi-kit-end-1000"}, "", 3s).find("rpi-kit-begin-$((1000+1))") != std::string::npos);
    CHECK_FALSE(session.finished());
    session.feed({"rpi-kit-begin-1001", "rpi-kit-end-1001"}, "/root # ", 4s);
    CHECK(session.finished());
    CHECK(session.answers() == Lines{"6.12.117\n", ""});
}

TEST_CASE("a shell without login is used at once") {
    auto session = running({"true"});
    CHECK(session.feed({}, "~ # ", 1s).find("true") != std::string::npos);
}

TEST_CASE("a boot loader's line that has come as far as a blank is no prompt") {
    Session session({"true"});
    CHECK(session.feed({"Starting kernel ..."}, "", 1s).empty());
    CHECK(session.feed({"append: root=/dev/vda2"}, "## ", 2s).empty());
    CHECK(session.feed({}, "## ", 3s).empty());
    CHECK(session.feed({}, "## Flattened Device Tree blob at ", 4s).empty());
    CHECK(session.feed({"[    0.000000] Linux version 6.12"}, "[    0.000000] # ", 5s).empty());
    CHECK(session.feed({}, "qemu login: ", 6s) == "root\n");
}

TEST_CASE("a shell of a kernel that says nothing is used when its prompt stands") {
    Session session({"true"});
    CHECK(session.feed({}, "~ # ", 1s).empty());
    CHECK(session.feed({}, "~ # ", 2s).empty());
    CHECK(session.feed({}, "~ # ", 3s).contains("true"));
}

TEST_CASE("a login prompt that a kernel message ran over is seen") {
    Session session({"true"});
    CHECK(session.feed({"rpi4 login: [    3.4] random: crng init done"}, "", 1s) == "root\n");
}

TEST_CASE("a name that got lost is given again") {
    Session session({"true"});
    session.feed({}, "rpi4 login: ", 1s);
    CHECK(session.feed({"rpi4 login: "}, "rpi4 login: ", 2s) == "root\n");
    CHECK(session.feed({"rpi4 login: root"}, "# ", 3s).find("true") != std::string::npos);
}

TEST_CASE("askfirst wants Enter") {
    Session session({"true"});
    CHECK(session.feed({}, "Please press Enter to activate this console. ", 1s) == "\n");
    CHECK(session.feed({}, "Please press Enter to activate this console. ", 1s).empty());
}

TEST_CASE("an empty password is tried once, then the refusal is told") {
    Session session({"true"});
    session.feed({}, "rpi4 login: ", 1s);
    CHECK(session.feed({"rpi4 login: root"}, "Password: ", 1s) == "\n");
    CHECK(session.feed({}, "Password: ", 1s).empty());
    CHECK(session.refusal().empty());
    session.feed({"Password: ", "Login incorrect"}, "rpi4 login: ", 2s);
    CHECK(session.refusal() == "root cannot log in without a password");
}

TEST_CASE("a quiet console is nudged, a lost question asked again") {
    Session session({"true"});
    CHECK(session.feed({"[    1.250000] Run /sbin/init as init process"}, "", 1s).empty());
    CHECK(session.feed({}, "", 3s).empty());
    CHECK(session.feed({}, "", 7s) == "\n");
    CHECK(session.feed({}, "", 8s).empty());
    const auto question = session.feed({}, "# ", 9s);
    CHECK(session.feed({}, "# ", 15s) == "\n" + question);
}

TEST_CASE("a boot loader that is quiet is not stopped by a key") {
    Session session({"true"});
    for (const auto* line : {"U-Boot 2023.01", "[scanning] mmc 0", "[]"}) {
        CHECK(session.feed({line}, "", 1s).empty());
        CHECK(session.feed({}, "", 60s).empty());
    }
}

TEST_CASE("a command that is at work is not disturbed") {
    auto session = running({"sleep 60"});
    session.feed({}, "# ", 1s);
    session.feed({"rpi-kit-begin-1000"}, "", 2s);
    CHECK(session.feed({}, "", 30s).empty());
    CHECK(session.doing() == "waiting for the answer to: sleep 60");
}

TEST_CASE("output without a last newline is kept") {
    auto session = running({"printf x"});
    session.feed({}, "# ", 1s);
    session.feed({"rpi-kit-begin-1000", "xrpi-kit-end-1000"}, "", 2s);
    CHECK(session.answers() == Lines{"x"});
}
