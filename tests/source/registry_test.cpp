#include <fstream>

#include "sdk/board/board.hpp"
#include "sdk/source/provider.hpp"
#include "tests/source/fixture.hpp"

using namespace rpikit;

namespace {

/// Whether the descriptor's schema accepts the provider, whatever else it says of the rest.
bool schema_knows(const std::string& provider) {
    const test::TempDir folder;
    const auto file =
        folder.write("b.toml", "[[kernel.source]]\nname = \"a\"\nprovider = \"" + provider + "\"\n");
    const auto board = board::load_board(file.string(), {});
    REQUIRE_FALSE(board);  // the rest of the descriptor is missing
    return !render(board.error(), false).contains("'provider' cannot be");
}

}  // namespace

TEST_CASE("every provider is whole, found by its name, and known to the schema") {
    for (const auto* provider : source::providers()) {
        CAPTURE(provider->name);
        const bool stored = provider->key != nullptr && provider->describe != nullptr &&
                            provider->newest != nullptr && provider->unpack != nullptr;
        CHECK(stored != (provider->in_place != nullptr));
        CHECK(source::find_provider(provider->name).value() == provider);
        CHECK(schema_knows(std::string(provider->name)));
    }
    CHECK_FALSE(schema_knows("svn"));
    const auto unknown = source::find_provider("svn");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().hint.contains("git, distro, archive, dir"));
}
