#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "sdk/host/packages.hpp"
#include "tests/support/local_mirror.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

/// A key of its own that signs release files.
class Signer {
  public:
    explicit Signer(host::ProcessRunner& runner) : runner_(&runner) {
        fs::permissions(home_.path(), fs::perms::owner_all);
        gpg({"--passphrase", "", "--quick-generate-key", "test@example.org", "ed25519", "sign", "never"});
        gpg({"--output", keyring().string(), "--export"});
    }
    Signer(const Signer&) = delete;
    Signer& operator=(const Signer&) = delete;
    ~Signer() {
        (void)runner_->run({.argv = {"gpgconf", "--homedir", home_.path().string(), "--kill", "all"}}, {});
    }

    fs::path keyring() const { return home_ / "key.gpg"; }
    void sign(const fs::path& from, const fs::path& to) const {
        gpg({"--output", to.string(), "--clearsign", from.string()});
    }

  private:
    void gpg(const std::vector<std::string>& arguments) const {
        std::vector<std::string> argv = {"gpg", "--homedir", home_.path().string(), "--batch", "--yes"};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        const auto exit = host::run_checked(*runner_, {.argv = argv});
        if (!exit) FAIL(render(exit.error(), false));
    }

    host::ProcessRunner* runner_;
    test::TempDir home_;
};

const test::MirrorPackage busybox{.name = "busybox-static", .version = "1.35"};

struct Fixture {
    std::unique_ptr<host::ProcessRunner> processes = host::make_process_runner();
    test::LocalMirror mirror;
    std::optional<test::TestHost> machine;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an unsigned archive that the host does not trust is refused") {
    mirror.add("", busybox);
    mirror.publish();
    machine.emplace(*processes, mirror.environment(mirror.sources({""}, false)));
    const auto repository = host::PackageRepository::open(machine->host(), "arm64");
    REQUIRE_FALSE(repository);
    CHECK_THAT(render(repository.error(), false), ContainsSubstring("is not signed"));
}

TEST_CASE_METHOD(
    Fixture, "a signed archive is used with its own key, and refused with another or when tampered with") {
    if (!processes->find_program("gpg", host::Environment::of_this_process()))
        SKIP("there is no gpg to sign with");
    mirror.add("", busybox);
    mirror.publish();
    const Signer signer(*processes);
    const fs::path suite = mirror.folder() / "dists" / mirror.codename();
    signer.sign(suite / "Release", suite / "InRelease");
    const Signer stranger(*processes);

    bool accepted = false;
    const Signer* trusted = &signer;
    SECTION("its own key") {
        accepted = true;
    }
    SECTION("another key") {
        trusted = &stranger;
    }
    SECTION("another index") {
        mirror.server.set_fault("/dists/" + mirror.codename() + "/main/binary-arm64/Packages",
                                {.corrupt = true});
    }
    SECTION("another release file") {
        mirror.server.set_fault("/dists/" + mirror.codename() + "/InRelease", {.corrupt = true});
    }
    const std::string keyring = "Signed-By: " + trusted->keyring().string() + "\n";
    machine.emplace(*processes, mirror.environment(mirror.sources({""}, false) + keyring));
    const auto repository = host::PackageRepository::open(machine->host(), "arm64");
    if (accepted && !repository) FAIL(render(repository.error(), false));
    CHECK(repository.has_value() == accepted);
}
