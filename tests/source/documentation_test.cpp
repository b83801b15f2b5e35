#include "sdk/host/file.hpp"
#include "sdk/source/provider.hpp"
#include "tests/source/fixture.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace rpikit::source {
extern const Provider installed_provider;  // tests/source/example_provider.cpp, the example of the page
}

namespace {

const fs::path source_dir = RPIKIT_SOURCE_DIR;

/// A folder with the tar of a kernel tree, and the example at work on it.
struct Example : test::SourceFixture {
    board::KernelSource source{.name = "ours", .provider = "installed", .package = "linux-source-6.12"};
    source::Session session{.host = host.host(), .board = board};

    Example() {
        source.path = work / "usr/src";
        fs::create_directories(source.path);
        put(1);
    }
    void put(int sublevel) const {
        const auto tar = make_archive(sublevel);
        fs::rename(tar, source.path / "linux-source-6.12.tar.xz");
    }
    Result<> unpack(const source::Pin& pin, const fs::path& folder) const {
        fs::create_directories(folder);
        return source::installed_provider.unpack(session, source, pin, folder);
    }
};

}  // namespace

TEST_CASE("the example of docs/adding-a-source-provider.md is what is compiled here") {
    const auto page = host::read_file(source_dir / "docs/adding-a-source-provider.md").value();
    const auto code = host::read_file(source_dir / "tests/source/example_provider.cpp").value();
    REQUIRE(code.size() > 1000);
    CHECK(page.contains("```cpp\n" + code + "```\n"));
    for (const char* function : {"key", "describe", "newest", "unpack"})
        CHECK(page.contains("| `" + std::string(function) + "` |"));
}

TEST_CASE("the example of docs/adding-a-source-provider.md works") {
    const Example example;
    const auto& provider = source::installed_provider;
    const auto pin = provider.newest(example.session, example.source);
    REQUIRE(pin);
    CHECK(provider.key(example.source, *pin) == "sha256-" + pin->sha256);
    CHECK(provider.describe(*pin) == "installed:linux-source-6.12");
    REQUIRE(example.unpack(*pin, example.work / "tree"));
    CHECK(fs::exists(example.work / "tree/Makefile"));
    // A newer package is not what the lock names.
    example.put(2);
    const auto gone = example.unpack(*pin, example.work / "other");
    REQUIRE_FALSE(gone);
    CHECK(gone.error().hint.contains("--update"));
    CHECK(fs::is_empty(example.work / "other"));
    const auto newer = provider.newest(example.session, example.source);
    REQUIRE(newer);
    CHECK(newer->sha256 != pin->sha256);
    fs::remove_all(example.source.path);
    CHECK_FALSE(provider.newest(example.session, example.source));
}
