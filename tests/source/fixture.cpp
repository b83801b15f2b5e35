#include "tests/source/fixture.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "sdk/host/file.hpp"

namespace rpikit::test {

namespace fs = std::filesystem;

namespace {

void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
}

}  // namespace

void write_kernel_tree(const fs::path& folder, int sublevel) {
    write(folder / "Makefile",
          "# SPDX-License-Identifier: GPL-2.0\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = " +
              std::to_string(sublevel) + "\nEXTRAVERSION =\nNAME = Test\n");
    write(folder / "arch/arm64/configs/bcm2711_defconfig", "CONFIG_ARCH_BCM2835=y\n");
    write(folder / "arch/arm64/configs/defconfig", "CONFIG_ARCH_BCM=y\n");
    write(folder / "fs/open.c", "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n");
    write(folder / "scripts/run.sh", "#!/bin/sh\n");
    fs::permissions(folder / "scripts/run.sh", fs::perms(0755));
    fs::create_symlink("../fs", folder / "scripts/fs");
}

std::string run(const std::vector<std::string>& argv, const fs::path& folder) {
    host::Environment environment = host::Environment::of_this_process().only({"PATH"});
    environment.set("HOME", "/nonexistent");
    for (const auto* who : {"AUTHOR", "COMMITTER"}) {
        environment.set(std::string("GIT_") + who + "_NAME", "Test");
        environment.set(std::string("GIT_") + who + "_EMAIL", "test@example.org");
    }
    const auto runner = host::make_process_runner();
    const auto exit = host::run_checked(
        *runner, {.argv = argv, .directory = folder, .environment = std::move(environment)});
    INFO((exit ? "" : render(exit.error(), false)));
    REQUIRE(exit);
    return exit->output;
}

SourceFixture::SourceFixture(host::Environment environment)
    : host(*processes_, std::move(environment)), work(host.directory / "wörk folder") {
    fs::create_directories(work);
    host.host().cache = host.directory / "der cäche";
    board.name = "test";
    board.kernel.arch = "arm64";
    board.rootfs.debian_arch = "arm64";
}

fs::path SourceFixture::make_archive(int sublevel) const {
    const auto folder = host.directory / "to pack";
    fs::remove_all(folder);
    write_kernel_tree(folder / "linux", sublevel);
    auto archive = host.directory / ("linux " + std::to_string(sublevel) + ".tar.xz");
    run({"tar", "-C", folder.string(), "-cJf", archive.string(), "linux"});
    return archive;
}

board::KernelSource SourceFixture::archive_source(const fs::path& archive, const std::string& sha256) const {
    return {.name = "tarball",
            .provider = "archive",
            .sha256 = sha256,
            .path = archive,
            .defconfig = "defconfig",
            .where = {.file = "board.toml", .line = 7}};
}

Result<source::SourceTree> SourceFixture::fetch(const source::Request& request) {
    return source::fetch(host.host(), board, request);
}

Result<source::Resolution> SourceFixture::resolve(const source::Request& request) {
    return source::resolve(host.host(), board, request);
}

std::vector<std::string> SourceFixture::stored() const {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(host.directory / "der cäche/store/sources", ignored)) {
        const auto extension = entry.path().extension();
        if (extension != ".lock" && extension != ".toml") names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    return names;
}

bool SourceFixture::noted(const std::string& text) const {
    return std::ranges::any_of(host.notes, [&](const auto& note) { return note.contains(text); });
}

void SourceFixture::empty_cache() {
    REQUIRE(host::remove_tree(host.host().cache));
}

int in_child(const std::function<bool()>& body) {
    const pid_t child = fork();
    // _exit: the child must neither report for the test program nor clean up its folders.
    if (child == 0) _exit(body() ? 0 : 1);
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

}  // namespace rpikit::test
