#include "flasher/card/first_boot.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/support/text.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;

namespace {

constexpr auto key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ eva@desk";

std::string refusal(const auto& result) {
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::usage);
    return render(result.error(), false);
}

}  // namespace

TEST_CASE("settings become lines, secrets what stands for them") {
    const auto text = card::first_boot_lines({.hostname = "kitchen",
                                              .user = "eva",
                                              .password = "secret: \"it\"",
                                              .ssh_keys = {key},
                                              .wifi = card::Wifi{.ssid = "IEEE", .passphrase = "password"}})
                          .value();
    const auto all = lines(text);
    REQUIRE(all.size() == 6);
    CHECK(all[0] == "hostname=kitchen");
    CHECK(all[1] == "user=eva");
    CHECK(all[2].starts_with("password=$6$"));
    CHECK(all[3] == std::string("ssh-key=") + key);
    CHECK(all[4] == "wifi-ssid=49454545");
    CHECK(all[5] == "wifi-key=f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e");
    CHECK_FALSE(text.contains("secret"));
    CHECK(card::first_boot_lines({.wifi = card::Wifi{.ssid = "cafe", .passphrase = ""}}).value() ==
          "wifi-ssid=63616665\nwifi-key=none\n");
    CHECK(card::first_boot_lines({}).value().empty());
    CHECK(card::FirstBoot{}.empty());
}

TEST_CASE("a value that is no name, or would be a command on the board, is refused") {
    for (const auto& name : std::vector<std::string>{"", "-a", "a-", "a.b", "a b", "a\nuser=x", "$(reboot)",
                                                     std::string(64, 'a')}) {
        CAPTURE(name);
        refusal(card::check_hostname(name));
    }
    for (const auto& name : std::vector<std::string>{"", "root", "nobody", "1a", "Eva", "root:x", "a/../b",
                                                     "a\n", std::string(33, 'a')}) {
        CAPTURE(name);
        refusal(card::check_user(name));
    }
    CHECK(card::check_hostname("Pi-4"));
    CHECK(card::check_user("eva_2-x"));
    refusal(card::first_boot_lines({.ssh_keys = {std::string(key) + "\npassword=x"}}));
    refusal(card::first_boot_lines({.wifi = card::Wifi{.ssid = "", .passphrase = ""}}));
    refusal(card::first_boot_lines({.wifi = card::Wifi{.ssid = "a", .passphrase = "short"}}));
}

TEST_CASE("a public key is read from its file or taken as it is, a private key never") {
    const test::TempDir dir;
    const auto file = dir.write("id.pub", std::string("# mine\n") + key + "\n");
    CHECK(card::read_ssh_key(file.string()).value() == key);
    CHECK(card::read_ssh_key(key).value() == key);
    const auto secret = dir.write("id", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn\n");
    CHECK(refusal(card::read_ssh_key(secret.string())).contains("id.pub"));
    CHECK(refusal(card::read_ssh_key(dir.write("two.pub", std::string(key) + "\n" + key + "\n").string()))
              .contains("one line is expected"));
    refusal(card::read_ssh_key(dir.write("other", "hello\n").string()));
    CHECK_FALSE(card::read_ssh_key((dir / "missing").string()));
}
