#include "sdk/kernel/signing.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "sdk/host/file.hpp"
#include "tests/kernel/build_fixture.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using test::BuildFixture;

namespace {

/// A fake kernel that signs its modules with a key made for it.
struct Signing : BuildFixture {
    Signing() {
        context.signing_key = work / "state/signing/key.pem";
        context.makes_key = true;
    }
    kconfig::DotConfig configured(const std::vector<std::string>& settings = {"MODULE_SIG=y"}) {
        auto made = kernel::configure(host.host(), context, {.base = "defconfig", .settings = settings});
        if (!made) FAIL(render(made.error(), false));
        configuration = *made;
        return kconfig::DotConfig::read(made->file).value();
    }
    void build() {
        const auto built = kernel::compile(host.host(), context, configuration, {});
        if (!built) FAIL(render(built.error(), false));
    }
    Result<kernel::KernelArtifacts> stage() {
        return kernel::stage_modules(host.host(), context, staging(), true);
    }
    fs::path staged_module(const std::string& name) const {
        for (const auto& entry : fs::recursive_directory_iterator(staging())) {
            if (entry.path().filename() == name) return entry.path();
        }
        FAIL("no " << name << " was staged");
        return {};
    }
    kernel::Configuration configuration;
};

mode_t mode_of(const fs::path& file) {
    struct stat status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("who asks for MODULE_SIG gets signed modules, and the key's path in the configuration") {
    Signing signing;
    const auto config = signing.configured();
    CHECK(config.value("MODULE_SIG_ALL") == "y");
    CHECK(config.value("MODULE_SIG_SHA512") == "y");
    CHECK(config.value("MODULE_SIG_KEY") == kconfig::quote(signing.context.signing_key.string()));
    CHECK_FALSE(fs::exists(signing.context.build / "certs"));
}

TEST_CASE("inside the sandbox the key has a path of its own, and is seen there") {
    Signing signing;
    CHECK(kernel::signing_key_path(signing.context) == signing.context.signing_key.string());
    signing.context.sandboxed = true;
    CHECK(kernel::signing_key_path(signing.context) == "/mnt/signing_key.pem");
    const auto binds = [&] {
        const auto command = kernel::make_command(signing.host.host(), signing.context, {"vmlinux"});
        return std::ranges::find(command.argv, "/mnt/signing_key.pem") != command.argv.end();
    };
    CHECK_FALSE(binds());
    signing.host.directory.write("work/state/signing/key.pem", "a key");
    CHECK(binds());
}

TEST_CASE("a configuration without MODULE_SIG makes no key") {
    Signing signing;
    const auto config = signing.configured({});
    CHECK_FALSE(kernel::prepare_signing_key(signing.context, config).value());
    CHECK_FALSE(fs::exists(signing.context.signing_key));
}

TEST_CASE("another key's name stays, unless the user gives a key") {
    Signing signing;
    std::string text = "CONFIG_A=y\nCONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG_KEY=\"pkcs11:token=a\"\n";
    const auto before = text;
    kernel::use_signing_key(text, signing.context);
    CHECK(text == before);
    signing.context.makes_key = false;
    kernel::use_signing_key(text, signing.context);
    CHECK(text.contains(signing.context.signing_key.string()));
    // A distribution's configuration: signed elsewhere.
    signing.context.makes_key = true;
    text = "CONFIG_A=y\nCONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG_KEY=\"\"\n";
    kernel::use_signing_key(text, signing.context);
    CHECK(text.ends_with("KEY=\"\"\n"));
    text = "CONFIG_A=y\n# CONFIG_MODULE_SIG is not set\nCONFIG_MODULE_SIG_KEY=\"certs/signing_key.pem\"\n";
    kernel::use_signing_key(text, signing.context);
    CHECK(text.contains("certs/signing_key.pem"));
}

TEST_CASE("the key is made once, for its owner alone, and modules are signed by it") {
    Signing signing;
    const auto config = signing.configured();
    const auto key = kernel::prepare_signing_key(signing.context, config).value();
    REQUIRE(key);
    CHECK(mode_of(signing.context.signing_key) == 0600);
    CHECK(mode_of(signing.context.signing_key.parent_path()) == 0700);
    const auto pem = host::read_file(signing.context.signing_key).value();
    signing.build();
    const auto staged = signing.stage();
    if (!staged) FAIL(render(staged.error(), false));
    CHECK(staged->signed_by == key->id);
    CHECK(host::read_file(signing.context.signing_key).value() == pem);
    CHECK(kernel::check_signatures(signing.staging(), *key).value() == staged->module_count);

    // Nothing of the private key is in the build folder, in what was staged, or in the log.
    const auto secret = pem.substr(pem.find('\n') + 1, 60);
    for (const auto& folder : {signing.context.build, signing.staging()}) {
        for (const auto& entry : fs::recursive_directory_iterator(folder)) {
            if (!entry.is_regular_file() || entry.is_symlink()) continue;
            INFO(entry.path());
            CHECK_FALSE(host::read_file(entry.path()).value_or("").contains(secret));
        }
    }
    CHECK_FALSE(signing.log().contains(secret));

    SECTION("a module changed afterwards is found") {
        const auto module = signing.staged_module("fat.ko");
        auto bytes = host::read_file(module).value();
        bytes[100] = static_cast<char>(bytes[100] ^ 1);
        REQUIRE(host::write_file(module, bytes));
        const auto checked = kernel::check_signatures(signing.staging(), *key);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().message.contains("fat.ko is not signed by the key " + key->id));
    }
    SECTION("a module that was stripped after signing is found") {
        const auto module = signing.staged_module("fat.ko");
        auto bytes = host::read_file(module).value();
        REQUIRE(host::write_file(module, bytes.substr(0, bytes.size() - 28)));
        CHECK(kernel::check_signatures(signing.staging(), *key).error().causes.front() ==
              "it has no signature");
    }
    SECTION("another key's certificate is taken out of the build folder") {
        const auto file = signing.context.build / "certs/signing_key.x509";
        fs::create_directories(file.parent_path());
        REQUIRE(host::write_file(file, key->certificate));
        REQUIRE(kernel::drop_other_certificate(signing.context, *key));
        CHECK(fs::exists(file));
        REQUIRE(host::write_file(file, "another one"));
        REQUIRE(kernel::drop_other_certificate(signing.context, *key));
        CHECK_FALSE(fs::exists(file));
    }
}

TEST_CASE("a key file that cannot be used is named, before anything runs") {
    Signing signing;
    const auto missing = kernel::load_signing_key(signing.work / "none.pem");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == ErrorKind::usage);
    CHECK(missing.error().message.contains("none.pem"));
    const auto bad = signing.host.directory.write("bad.pem", "not a key");
    CHECK(kernel::load_signing_key(bad).error().causes.front() == "there is no private key in it");
}
