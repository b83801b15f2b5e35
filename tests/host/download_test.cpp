#include "sdk/host/download.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <thread>

#include "sdk/host/file.hpp"
#include "sdk/support/sha256.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using Catch::Matchers::ContainsSubstring;
using namespace std::chrono_literals;

namespace {

/// A server with one file of a million bytes, and a place to download to.
struct Fixture {
    test::TempDir served;
    test::TempDir target;
    test::FakeProcessRunner processes;
    test::TestHost test_host{processes};
    std::string content = std::string(1'000'000, 'k');
    test::HttpServer server{served.path()};
    // Much longer than a busy machine keeps the server's thread waiting.
    std::chrono::seconds silence_limit = 30s;

    Fixture() { served.write("linux.tar.xz", content); }

    Result<std::string> download(std::string sha256 = {}, const host::Progress& progress = {}) {
        return host::download(test_host.host(),
                              {.url = server.url("/linux.tar.xz"),
                               .file = target / "store/linux.tar.xz",
                               .sha256 = std::move(sha256),
                               .silence_limit = silence_limit},
                              progress);
    }

    /// A failure must leave neither the file nor a temporary one.
    std::string failure(std::string sha256 = {}) {
        const auto result = download(std::move(sha256));
        REQUIRE_FALSE(result);
        CHECK(std::filesystem::is_empty(target / "store"));
        CHECK_FALSE(result.error().hint.empty());
        return render(result.error(), false);
    }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a download arrives whole, with its hash and its progress") {
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    const auto hash = download(sha256(content), [&](std::uint64_t d, std::uint64_t t) {
        done = d;
        total = t;
    });
    REQUIRE(hash);
    CHECK(*hash == sha256(content));
    CHECK(host::read_file(target / "store/linux.tar.xz") == content);
    CHECK(done == content.size());
    CHECK(total == content.size());
}

TEST_CASE_METHOD(Fixture, "a redirection is followed") {
    server.set_fault("/old", {.location = server.url("/linux.tar.xz")});
    const auto hash = host::download(test_host.host(), {.url = server.url("/old"), .file = target / "new"});
    REQUIRE(hash);
    CHECK(*hash == sha256(content));
}

TEST_CASE_METHOD(Fixture, "a redirection out of the network is refused") {
    server.set_fault("/linux.tar.xz", {.location = "file:///etc/passwd"});
    CHECK_THAT(failure(), ContainsSubstring("cannot download " + server.url("/linux.tar.xz")));
}

TEST_CASE_METHOD(Fixture, "a missing file says so") {
    server.set_fault("/linux.tar.xz", {.status = 404});
    const auto text = failure();
    CHECK_THAT(text, ContainsSubstring("HTTP status 404"));
    CHECK_THAT(text, ContainsSubstring("the server has no such file"));
}

TEST_CASE_METHOD(Fixture, "a truncated file says so") {
    server.set_fault("/linux.tar.xz", {.truncate_at = 500'000});
    CHECK_THAT(failure(), ContainsSubstring("truncated"));
}

TEST_CASE_METHOD(Fixture, "a truncated file without a length is caught by its hash") {
    server.set_fault("/linux.tar.xz", {.truncate_at = 500'000, .no_length = true});
    CHECK_THAT(failure(sha256(content)), ContainsSubstring(sha256(content)));
}

TEST_CASE_METHOD(Fixture, "wrong bytes are not kept, and both hashes are shown") {
    server.set_fault("/linux.tar.xz", {.corrupt = true});
    const auto text = failure(sha256(content));
    CHECK_THAT(text, ContainsSubstring("expected was     " + sha256(content)));
    CHECK_THAT(text, ContainsSubstring("its sha256 is"));
}

TEST_CASE_METHOD(Fixture, "a silent server ends at the time limit") {
    server.set_fault("/linux.tar.xz", {.delay = 60s});
    silence_limit = 1s;
    CHECK_THAT(failure(), ContainsSubstring("slow or silent"));
}

TEST_CASE_METHOD(Fixture, "an unreachable server says what to check") {
    std::string url;
    {
        const test::HttpServer gone(served.path());
        url = gone.url("/linux.tar.xz");
    }
    const auto result = host::download(test_host.host(), {.url = url, .file = target / "x"});
    REQUIRE_FALSE(result);
    CHECK_THAT(render(result.error(), false), ContainsSubstring("check the network"));
}

TEST_CASE_METHOD(Fixture, "the proxy comes from the environment handed in") {
    test::HttpServer proxy(target.path());
    host::Environment environment;
    environment.set("http_proxy", proxy.url());
    test::TestHost behind(processes, environment);
    const auto result =
        host::download(behind.host(), {.url = server.url("/linux.tar.xz"), .file = target / "x"});
    CHECK_FALSE(result);
    CHECK(proxy.requests().size() == 1);
    CHECK(server.requests().empty());
}

TEST_CASE_METHOD(Fixture, "an interrupted download is an interruption") {
    server.set_fault("/linux.tar.xz", {.piece_delay = 200ms});
    std::stop_source source;
    test_host.host().stop = source.get_token();
    const auto result = download({}, [&](std::uint64_t done, std::uint64_t) {
        if (done > 0) source.request_stop();
    });
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::interrupted);
    CHECK(std::filesystem::is_empty(target / "store"));
}

TEST_CASE_METHOD(Fixture, "a folder that cannot be made is named") {
    const auto result = host::download(
        test_host.host(), {.url = server.url("/linux.tar.xz"), .file = "/proc/no-such/linux.tar.xz"});
    REQUIRE_FALSE(result);
    CHECK_THAT(render(result.error(), false), ContainsSubstring("/proc/no-such"));
}
