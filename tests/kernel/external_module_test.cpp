#include "sdk/kernel/external_module.hpp"

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "sdk/host/file.hpp"
#include "sdk/kernel/build_folder.hpp"
#include "sdk/support/sha256.hpp"
#include "tests/kernel/build_fixture.hpp"

namespace fs = std::filesystem;
using namespace rpikit;

namespace {

constexpr const char* source =
    "#include <fake_module.h>\nMODULE_INFO(\"\");\nint hello(void) { return 1; }\n";

std::set<std::string> content_of(const fs::path& folder) {
    std::set<std::string> content;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        auto line = entry.path().string();
        if (entry.is_regular_file()) line += ' ' + sha256_file(entry.path()).value();
        content.insert(line);
    }
    return content;
}

/// A kernel that is built, and a module's folder.
struct Built : test::BuildFixture {
    fs::path folder = host.directory / "hello";
    fs::path objects = work / "external";

    Built() {
        const auto built = kernel::compile(host.host(), context, configure(), {});
        INFO((built ? "" : render(built.error(), false)));
        REQUIRE(built);
        host.directory.write("hello/Kbuild", "obj-m := hello.o\n");
        host.directory.write("hello/hello.c", source);
    }
    auto build() { return kernel::build_external_modules(host.host(), context, folder, objects); }
};

}  // namespace

TEST_CASE("a module is built beside its folder and the kernel's, which both stay as they are") {
    Built built;
    built.context.sandboxed = test::sandbox_works(built.host.host());
    // What was left there by a build for some other kernel is not taken along.
    built.host.directory.write("hello/hello.o", "another kernel's");
    built.host.directory.write("hello/.hello.o.cmd", "another kernel's");
    const auto folder = content_of(built.folder);
    const auto kernel = content_of(built.context.build);
    const auto modules = built.build();
    INFO((modules ? "" : render(modules.error(), false)));
    REQUIRE(modules);
    CHECK(*modules == std::vector<fs::path>{built.objects / "hello.ko"});
    CHECK(content_of(built.folder) == folder);
    CHECK(content_of(built.context.build) == kernel);
    CHECK_FALSE(kernel::unfinished_objects(built.context.build));

    const auto installed = kernel::install_external_modules(built.host.host(), built.context, built.objects,
                                                            built.work / "root", true);
    REQUIRE(installed);
    CHECK(*installed == std::vector<fs::path>{built.work / "root/lib/modules/6.12.117/updates/hello.ko"});

    const auto staged =
        kernel::stage_modules(built.host.host(), built.context, built.staging(), true, *installed);
    INFO((staged ? "" : render(staged.error(), false)));
    REQUIRE(staged);
    const auto dependencies = host::read_file(built.staging() / "lib/modules/6.12.117/modules.dep");
    REQUIRE(dependencies);
    CHECK(dependencies->contains("updates/hello.ko:"));
}

TEST_CASE("a module that does not compile fails, and the kernel's build stays finished") {
    Built built;
    built.host.directory.write("hello/hello.c", "#error not today\n");
    const auto failed = built.build();
    REQUIRE_FALSE(failed);
    CHECK(render(failed.error(), false).contains("not today"));
    CHECK_FALSE(kernel::unfinished_objects(built.context.build));
}

TEST_CASE("a folder that is none of a module is refused before anything runs") {
    Built built;
    built.folder = built.host.directory / "nowhere";
    CHECK(built.build().error().kind == ErrorKind::usage);
    fs::create_directories(built.host.directory / "empty");
    built.folder = built.host.directory / "empty";
    const auto empty = built.build();
    REQUIRE_FALSE(empty);
    CHECK(empty.error().message.contains("neither a Kbuild nor a Makefile"));
    built.host.directory.write("empty/Kbuild", "obj-m :=\n");
    CHECK(built.build().error().message.contains("nothing was built"));
}
