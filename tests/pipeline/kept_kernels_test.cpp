#include "sdk/pipeline/kept_kernels.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "sdk/host/file.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct Builds {
    test::TempDir work;
    pipeline::BuildFolders folders{work.path(), "pc"};
    int minutes = 0;

    /// A build of `release`, each later than the one before.
    Result<> build(const std::string& release, const std::string& content = "kernel",
                   const fs::path& initramfs = {}) {
        const auto artifacts = kernel::KernelArtifacts{.release = release,
                                                       .image = work.write("objects/bzImage", content),
                                                       .vmlinux = {},
                                                       .system_map = work.write("objects/System.map", "map"),
                                                       .config = work.write("objects/.config", "config"),
                                                       .modules = work / "staged",
                                                       .module_count = 1};
        work.write("staged/lib/modules/" + release + "/a.ko", "module of " + release);
        auto kept = pipeline::keep_kernel(folders, {artifacts, initramfs}, 3);
        const auto file = folders.out / "kernels" / release / "kernel";
        fs::last_write_time(file, fs::file_time_type::clock::now() - 1h + 1min * ++minutes);
        fs::remove_all(work / "staged");
        return kept;
    }
    std::vector<std::string> releases(const std::string& current, std::size_t count) const {
        std::vector<std::string> names;
        const auto kernels = pipeline::kept_kernels(folders, current, count);
        for (const auto& kernel : kernels.value())
            names.push_back(kernel.kernel.release);
        return names;
    }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the latest kernels with another release are kept, with their modules") {
    Builds builds;
    CHECK(builds.releases("1", 2).empty());
    REQUIRE(builds.build("1"));
    REQUIRE(builds.build("2"));
    REQUIRE(builds.build("3"));
    CHECK(builds.releases("3", 5) == Names{"2", "1"});
    CHECK(builds.releases("3", 1) == Names{"2"});
    CHECK(builds.releases("3", 0).empty());
    const auto [kept, initramfs] = pipeline::kept_kernels(builds.folders, "3", 1).value().front();
    CHECK(initramfs.empty());
    CHECK(kept.module_count == 1);
    // The staging folder is gone meanwhile.
    CHECK(host::read_file(kept.modules / "lib/modules/2/a.ko").value() == "module of 2");
    CHECK(host::read_file(kept.image).value() == "kernel");
}

TEST_CASE("a kernel that cannot start without its initramfs keeps it") {
    Builds builds;
    const auto initramfs = builds.work.write("initramfs", "cpio of 1");
    REQUIRE(builds.build("1", "kernel", initramfs));
    builds.work.write("initramfs", "cpio of 2");
    REQUIRE(builds.build("2", "kernel", initramfs));
    const auto kept = pipeline::kept_kernels(builds.folders, "2", 1).value().front();
    CHECK(host::read_file(kept.initramfs).value() == "cpio of 1");
    // Built again without one.
    REQUIRE(builds.build("1"));
    CHECK(pipeline::kept_kernels(builds.folders, "2", 1).value().front().initramfs.empty());
}

TEST_CASE("the oldest goes when there are too many; the same release takes its own place") {
    Builds builds;
    for (const auto* release : {"1", "2", "3", "4"})
        REQUIRE(builds.build(release));
    CHECK(builds.releases("4", 9) == Names{"3", "2"});
    REQUIRE(builds.build("2", "new"));
    CHECK(builds.releases("4", 9) == Names{"2", "3"});
    CHECK(host::read_file(builds.folders.out / "kernels/2/kernel").value() == "new");
}

TEST_CASE(
    "what a killed run left half copied is no kernel, and a kernel that cannot be kept leaves the old one") {
    Builds builds;
    REQUIRE(builds.build("1"));
    fs::create_directories(builds.folders.out / "kernels/.2.123.tmp");
    fs::create_directories(builds.folders.out / "kernels/9");
    CHECK(builds.releases("x", 9) == Names{"1"});
    const kernel::KernelArtifacts broken{.release = "1",
                                         .image = builds.work / "missing",
                                         .vmlinux = {},
                                         .system_map = builds.work / "missing",
                                         .config = builds.work / "missing",
                                         .modules = builds.work / "missing"};
    CHECK_FALSE(pipeline::keep_kernel(builds.folders, {broken}, 3));
    CHECK(host::read_file(builds.folders.out / "kernels/1/kernel").value() == "kernel");
}
