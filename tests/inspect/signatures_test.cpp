#include "sdk/inspect/signatures.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/image/image.hpp"
#include "sdk/support/signing_key.hpp"
#include "tests/image/image_fixture.hpp"
#include "tests/inspect/samples.hpp"
#include "tests/support/program.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace {

/// A key, and modules signed by it as the kernel's sign-file does: by OpenSSL's own program.
struct Signed {
    Signed() { key = dir.write("key.pem", make_signing_key("tests").value()); }
    std::string module(const fs::path& signer) const {
        const auto file = dir.write("module", test::module());
        const auto made = test::run_program(
            {"/usr/bin/openssl", "cms", "-sign", "-binary", "-nocerts", "-noattr", "-outform", "DER",
             "-signer", signer.string(), "-in", file.string(), "-out", (dir / "signature").string()},
            {.directory = dir.path(), .home = dir.path()});
        INFO(made.err);
        REQUIRE(made.code == 0);
        return test::module(test::slurp(dir / "signature"));
    }
    fs::path image(const std::string& second) const {
        const auto processes = host::make_process_runner();
        test::TestHost host(*processes, host::Environment::of_this_process());
        test::ImageFixture fixture("gpt");
        REQUIRE(fixture.root.add_file("lib/modules/6.12/a.ko", module(key)));
        REQUIRE(fixture.root.add_file("lib/modules/6.12/b.ko.xz", test::packed(second, "xz")));
        REQUIRE(fixture.root.add_file("lib/modules/6.12/notes.koala", "no module"));
        auto file = dir / "disk.img";
        REQUIRE(image::write_image(host.host(), fixture.request, file));
        return file;
    }
    test::TempDir dir;
    fs::path key;
};

}  // namespace

TEST_CASE("a module is signed by its key, and by no other") {
    const Signed with;
    const auto file = with.dir.write("test.ko", with.module(with.key));
    CHECK(inspect::verify_modules(file, with.key, {}).value() == 1);

    const auto other = with.dir.write("other.pem", make_signing_key("others").value());
    const auto refused = inspect::verify_modules(file, other, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.contains("test.ko is not signed by this key"));

    auto changed = test::slurp(file);
    changed[80] = static_cast<char>(changed[80] ^ 1);
    CHECK_FALSE(inspect::verify_modules(with.dir.write("changed.ko", changed), with.key, {}));
    const auto plain = inspect::verify_modules(with.dir.write("plain.ko", test::module()), with.key, {});
    REQUIRE_FALSE(plain);
    CHECK(plain.error().causes.front() == "it has no signature");
}

TEST_CASE("all modules of an image are looked at, packed ones too") {
    const Signed with;
    CHECK(inspect::verify_modules(with.image(with.module(with.key)), with.key, {}).value() == 2);
    const auto refused = inspect::verify_modules(with.image(test::module()), with.key, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.contains("/lib/modules/6.12/b.ko.xz"));
}

TEST_CASE("what is no certificate, and what holds no modules, is named") {
    const Signed with;
    const auto module = with.dir.write("test.ko", test::module());
    const auto no_key = inspect::verify_modules(module, module, {});
    REQUIRE_FALSE(no_key);
    CHECK(no_key.error().message.contains("test.ko"));
    const auto config = with.dir.write(".config", test::sample_config);
    CHECK(inspect::verify_modules(config, with.key, {}).error().kind == ErrorKind::usage);
    CHECK(inspect::verify_modules(test::disk_image(with.dir, "disk.img"), with.key, {})
              .error()
              .message.contains("holds no modules"));
}
