#include "sdk/source/store.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "tests/source/fixture.hpp"

using namespace rpikit;
using test::SourceFixture;
namespace fs = std::filesystem;

TEST_CASE("several processes that want one tree unpack it once") {
    SourceFixture fixture;
    const auto counter = fixture.host.directory / "counter";
    const source::Store store(fixture.host.host());
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
        const pid_t child = fork();
        if (child == 0) {
            const auto tree = store.add("key", [&](const fs::path& folder) -> Result<> {
                std::ofstream(counter, std::ios::app) << 'x';
                std::this_thread::sleep_for(std::chrono::milliseconds(100));
                test::write_kernel_tree(folder);
                return {};
            });
            _exit(tree && tree->version == "6.12.1" ? 0 : 1);
        }
        children.push_back(child);
    }
    for (const auto child : children) {
        int status = -1;
        REQUIRE(waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    CHECK(fs::file_size(counter) == 1);
    CHECK(fixture.stored() == std::vector<std::string>{"key"});
}

TEST_CASE("a tree whose description was never written is taken as it is") {
    SourceFixture fixture;
    const source::Store store(fixture.host.host());
    test::write_kernel_tree(fixture.host.host().cache / "store/sources/key");
    CHECK_FALSE(store.find("key"));
    const auto tree =
        store.add("key", [](const fs::path&) -> Result<> { return fail({.message = "again"}); });
    REQUIRE(tree);
    CHECK(store.find("key")->version == "6.12.1");
}

TEST_CASE("what a failed unpacking began is removed") {
    SourceFixture fixture;
    const source::Store store(fixture.host.host());
    const auto tree = store.add("key", [](const fs::path& folder) -> Result<> {
        test::write_kernel_tree(folder);
        return fail({.message = "broken off"});
    });
    REQUIRE_FALSE(tree);
    CHECK(fixture.stored().empty());
    CHECK_FALSE(store.find("key"));
}
