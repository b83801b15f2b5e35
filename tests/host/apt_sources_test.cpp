#include "sdk/host/apt_sources.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/host/apt_output.hpp"

using namespace rpikit;
using host::AptSource;
using Strings = std::vector<std::string>;

namespace {

AptSource source(Strings suites, Strings components = {"main"}) {
    return {.uris = {"http://mirror/debian"},
            .suites = std::move(suites),
            .components = std::move(components),
            .options = {}};
}

}  // namespace

TEST_CASE("the one-line format: options, comments, other types") {
    const auto sources = host::parse_one_line_sources(
        "# deb http://off/ bookworm main\n"
        "deb http://mirror/debian bookworm main contrib # comment\n"
        "deb-src http://mirror/debian bookworm main\n"
        "deb cdrom:[Debian GNU/Linux 12.0.0]/ bookworm main\n"
        "\tdeb [ arch=amd64,arm64 signed-by=/a.gpg,/b.gpg Trusted=yes ] http://other/x\tbookworm-security "
        "main\n"
        "deb [ broken http://mirror/debian bookworm main\n"
        "deb http://mirror/flat ./\n"
        "debris http://mirror/debian bookworm main\n");
    REQUIRE(sources.size() == 2);
    CHECK(sources[0] == source({"bookworm"}, {"main", "contrib"}));
    CHECK(sources[1].uris == Strings{"http://other/x"});
    CHECK(sources[1].options == std::vector<std::pair<std::string, std::string>>{
                                    {"Signed-By", " /a.gpg /b.gpg"}, {"Trusted", " yes"}});
}

TEST_CASE("the deb822 format: folded fields, embedded keys, disabled entries") {
    const std::string text =
        "# a comment\n"
        "Types: deb deb-src\n"
        "URIs: http://mirror/debian\n"
        "suites: bookworm\n"
        "  bookworm-updates\n"
        "Components: main\n"
        "Architectures: amd64\n"
        "Signed-By:\n"
        " -----BEGIN PGP PUBLIC KEY BLOCK-----\n"
        " .\n"
        " mDMEY\n"
        " -----END PGP PUBLIC KEY BLOCK-----\n"
        "\n\n"
        "Types: deb\nURIs: http://off\nSuites: bookworm\nComponents: main\nEnabled: no\n"
        "\n"
        "Types: deb-src\nURIs: http://source\nSuites: bookworm\nComponents: main\n";
    const auto sources = host::parse_deb822_sources(text);
    REQUIRE(sources.size() == 1);
    CHECK(sources[0].suites == Strings{"bookworm", "bookworm-updates"});
    REQUIRE(sources[0].options.size() == 1);
    CHECK(sources[0].options[0].second.ends_with("\n .\n mDMEY\n -----END PGP PUBLIC KEY BLOCK-----"));
    CHECK(host::parse_deb822_sources(host::render_sources(sources)) == sources);
    CHECK_FALSE(host::render_sources(sources).contains("Architectures"));
}

TEST_CASE("other vendors' entries are not the distribution's") {
    const std::vector<AptSource> all = {source({"bookworm", "trixie", "bookworm-updates"}),
                                        source({"bookworm-security"}),
                                        source({"bookworm"}, {"stable"}),
                                        source({"cloud-sdk-bookworm"}),
                                        source({"stable"}),
                                        source({"nodistro"})};
    CHECK(host::distribution_sources(all, "bookworm") ==
          std::vector{source({"bookworm", "bookworm-updates"}), source({"bookworm-security"})});
    CHECK(host::distribution_sources({source({"stable"}), source({"nodistro"})}, "bookworm") ==
          std::vector{source({"stable"})});
    CHECK(host::distribution_sources({source({"nodistro"})}, "bookworm").empty());
}

TEST_CASE("what the host lacks is added at the same address, with the same trust") {
    AptSource main = source({"bookworm", "bookworm-updates"});
    main.options = {{"Signed-By", " /usr/share/keyrings/debian-archive-keyring.gpg"}};
    const auto more = host::additional_sources({main, source({"bookworm-security"})}, "bookworm");
    REQUIRE(more.size() == 2);
    CHECK(more[0].suites == Strings{"bookworm"});
    CHECK(more[0].components == Strings{"non-free-firmware"});
    CHECK(more[1].suites == Strings{"bookworm-backports"});
    CHECK(more[1].components == Strings{"main", "non-free-firmware"});
    for (const auto& each : more) {
        CHECK(each.uris == main.uris);
        CHECK(each.options == main.options);
    }
}

TEST_CASE("suites are left out by their names") {
    const std::vector own{source({"bookworm-security"}), source({"bookworm", "bookworm-updates"})};
    CHECK(host::without_suites(own, "") == own);
    const auto rest = host::without_suites(own, "bookworm-security  bookworm-updates unknown");
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].suites == Strings{"bookworm"});
}

TEST_CASE("an architecture that the release lacks comes from the first one that has it") {
    AptSource main = source({"bookworm", "bookworm-updates", "bookworm-backports"});
    main.options = {{"Signed-By", " /usr/share/keyrings/debian-archive-keyring.gpg"}};
    const std::vector own{source({"bookworm-security"}), main};
    const auto used = host::sources_for_architecture(own, "bookworm", "riscv64");
    REQUIRE(used.size() == 2);
    CHECK(used[0].suites == Strings{"trixie-security"});
    CHECK(used[1].suites == Strings{"trixie", "trixie-updates"});
    CHECK(used[1].uris == main.uris);
    CHECK(used[1].options == main.options);
    CHECK(host::additional_sources(used, "bookworm").empty());
    CHECK(host::sources_for_architecture(own, "bookworm", "arm64") == own);
    const std::vector later{source({"trixie"})};
    CHECK(host::sources_for_architecture(later, "trixie", "riscv64") == later);
}

TEST_CASE("what the host has is not added again") {
    const auto everything = source({"bookworm", "bookworm-backports"}, {"main", "non-free-firmware"});
    CHECK(host::additional_sources({everything}, "bookworm").empty());
}

TEST_CASE("candidates' suites are read from apt-cache policy") {
    const auto suites = host::parse_candidate_suites(
        "linux-source:\n"
        "  Installed: (none)\n"
        "  Candidate: 6.2\n"
        "  Version table:\n"
        "     6.12 100\n"
        "        100 http://mirror/debian bookworm-backports/main arm64 Packages\n"
        " *** 6.2 500\n"
        "        500 http://mirror/debian-security bookworm-security/main arm64 Packages\n"
        "        500 http://mirror/debian bookworm/non-free-firmware arm64 Packages\n"
        "     6.1 500\n"
        "        500 http://mirror/debian bookworm/main arm64 Packages\n"
        "old:\n"
        "  Candidate: (none)\n"
        "  Version table:\n"
        "     6.1 -1\n"
        "        -1 http://mirror/debian bookworm/main arm64 Packages\n");
    CHECK(suites == std::map<std::string, std::string>{{"linux-source", "bookworm-security"}});
}

TEST_CASE("simulated installations and stanzas are read, and what is not complete is left out") {
    CHECK(host::parse_simulated_installs("Reading package lists...\n"
                                         "Inst libz:arm64 (1:1.3 Debian:12/stable [arm64]) []\n"
                                         "Inst abc (2 Debian:12/stable [all])\n"
                                         "Conf abc (2 Debian:12/stable [all])\n") ==
          Strings{"abc=2", "libz=1:1.3"});
    const std::string hash(64, 'a');
    const auto packages = host::parse_package_stanzas(
        "Package: a\nVersion: 1\nArchitecture: all\nDescription: x\n Size: 9\nSize: 12\nSHA256: " + hash +
        "\n\nPackage: unhashed\nVersion: 1\nSize: 12\n\n\n");
    REQUIRE(packages.size() == 1);
    CHECK(packages[0].name == "a");
    CHECK(packages[0].size == 12);
}
