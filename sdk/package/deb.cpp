#include "sdk/package/deb.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "sdk/host/file.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/kernel/host_tools.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::package {

namespace fs = std::filesystem;

namespace {

/// The instant of the kernel's pinned KBUILD_BUILD_TIMESTAMP, 2024-01-01 00:00:00 UTC.
constexpr std::string_view pinned_epoch = "1704067200";
constexpr std::string_view pinned_date = "Mon, 01 Jan 2024 00:00:00 +0000";

/// mkdebian dates the changelog by the clock in kernels before 6.13; dpkg-buildpackage's first hook puts the
/// pinned date there (deb-changelog(5): two blanks before it; make squeezes blanks, hence {2}).
std::string build_flags() {
    return fmt::format(
        "DPKG_FLAGS=-d --hook-init=\"sed -i -E 's/^( -- .*>[ ]{{2}}).*/\\1{}/' debian/changelog\"",
        pinned_date);
}

/// Scripts/package/ in the kernel's tree, dpkg-buildpackage(1), debhelper(7). The build dependencies that
/// dpkg-buildpackage would check (-d) are the target's packages, which this machine need not have.
std::vector<std::string> deb_targets(const DebRequest& request) {
    std::vector<std::string> targets{
        "bindeb-pkg",
        fmt::format("KDEB_PKGVERSION={}-1", request.release),
        "KDEB_CHANGELOG_DIST=unstable",
        "KDEB_COMPRESS=xz",
        fmt::format("KBUILD_DEBARCH={}", request.architecture),
        fmt::format("SOURCE_DATE_EPOCH={}", pinned_epoch),
        // The source is read-only, and folders copied from it that nobody may write to cannot be filled.
        "TAR_OPTIONS=--mode=u+w",
        build_flags(),
    };
    if (!request.headers) {
        targets.emplace_back("DEB_BUILD_PROFILES=pkg.linux-upstream.nokernelheaders");
    }
    return targets;
}

kernel::BuildContext with_results(kernel::BuildContext context, const fs::path& results) {
    context.results = results;
    return context;
}

/// The files that dpkg-gencontrol listed in debian/files: "NAME.deb SECTION PRIORITY".
Result<std::vector<std::string>> listed_debs(const fs::path& build) {
    const auto file = build / "debian/files";
    TRY_ASSIGN(const auto text, host::read_file(file));
    std::vector<std::string> names;
    for (const auto line : lines(text)) {
        std::string name(line.substr(0, line.find(' ')));
        if (!name.ends_with(".deb")) continue;
        if (name.contains('/')) return fail({.message = "no package's name: " + name});
        names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    if (names.empty()) return fail({.message = fmt::format("{} names no package", file.string())});
    return names;
}

/// What dpkg-buildpackage says of the packages, which no one asked for.
void remove_remarks(const fs::path& results, const DebRequest& request) {
    for (const char* suffix : {"buildinfo", "changes"}) {
        std::error_code ignored;
        fs::remove(
            results / fmt::format("linux-upstream_{}-1_{}.{}", request.release, request.architecture, suffix),
            ignored);
    }
}

/// Brings the packages from where make left them into `folder`.
Result<std::vector<std::string>> collect(const kernel::BuildContext& context, const DebRequest& request,
                                         const fs::path& results, const fs::path& folder) {
    const auto from = context.sandboxed ? results : context.build.parent_path();
    TRY_ASSIGN(auto names, listed_debs(context.build));
    TRY(host::make_directories(folder));
    for (const auto& name : names)
        TRY(host::rename_path(from / name, folder / name));
    remove_remarks(from, request);
    return names;
}

/// Runs make, and checks that the kernel is the one that was built.
Result<> pack(const host::Host& host, const kernel::BuildContext& context, const DebRequest& request,
              const fs::path& results) {
    const auto image = kernel::boot_folder(context) / context.kernel.image;
    TRY_ASSIGN(const auto before, sha256_file(image));
    TRY(kernel::run_make(host, with_results(context, results), deb_targets(request)));
    TRY_ASSIGN(const auto after, sha256_file(image));
    if (before == after) return {};
    return fail({.message = "the kernel was compiled anew while it was packed, and is another one now",
                 .causes = {fmt::format("{} has changed", image.string())},
                 .hint = fmt::format("rpi-kit build {}", context.board)});
}

/// Debian's architectures and what their compilers are called (dpkg's cputable and ostable).
std::string compiler_of(const std::string& architecture) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> triplets{
        {{"amd64", "x86_64-linux-gnu"},
         {"arm64", "aarch64-linux-gnu"},
         {"armhf", "arm-linux-gnueabihf"},
         {"i386", "i686-linux-gnu"},
         {"riscv64", "riscv64-linux-gnu"}}};
    for (const auto& [name, triplet] : triplets) {
        if (name == architecture) return fmt::format("{}-gcc", triplet);
    }
    return "gcc";
}

}  // namespace

Result<> require_deb_tools(const host::Host& host) {
    std::vector<kernel::ToolCheck> checks;
    for (const char* name : {"dpkg-buildpackage", "dh", "rsync"})
        checks.push_back(kernel::check_host_tool(host, name));
    const auto packages = kernel::missing_packages(checks, kernel::Need::sometimes);
    if (packages.empty()) return {};
    Error error{.message = "this machine lacks what makes Debian packages"};
    for (const auto& check : checks) {
        if (!check.found)
            error.causes.push_back(
                fmt::format("{}: {} ({})", check.tool.name, check.problem, check.tool.reason));
    }
    error.hint = join(host::install_command(packages, ::geteuid() == 0), " ");
    return fail(std::move(error));
}

Result<> check_release(const std::string& release, const std::string& board) {
    constexpr std::string_view others = "+-.";
    const auto bad = std::ranges::find_if(
        release, [&](char c) { return (c < 'a' || c > 'z') && (c < '0' || c > '9') && !others.contains(c); });
    if (bad == release.end()) return {};
    return fail(
        {.message = fmt::format("the release {} cannot be part of a Debian package's name", release),
         .causes = {fmt::format("'{}' is none of a-z, 0-9, '+', '-' and '.'", *bad)},
         .hint = fmt::format("rpi-kit build {} --set 'LOCALVERSION=\"-mine\"'   (or pack a --tar)", board)});
}

std::string headers_obstacle(const host::Host& host, const kernel::BuildContext& context,
                             const std::string& architecture) {
    const auto compiler = compiler_of(architecture);
    auto environment = host.environment.only({"HOME"});
    environment.set("PATH", kernel::build_path(host, context.toolchain.search));
    const auto path = host.processes.find_program(compiler, environment);
    if (!path) return fmt::format("{} is not found", compiler);
    // A library that uses the C library's headers, startup code and itself; nothing is written.
    const host::Command command{.argv = {path->string(), "-shared", "-fPIC", "-include", "stdio.h", "-x", "c",
                                         "/dev/null", "-o", "/dev/null"},
                                .environment = environment};
    const auto exit = host.processes.run(command, {.stop = host.stop});
    if (exit && exit->success()) return {};
    return fmt::format("{} does not link with a C library of the target's", compiler);
}

host::Command deb_command(const host::Host& host, const kernel::BuildContext& context,
                          const DebRequest& request, const fs::path& results) {
    return kernel::make_command(host, with_results(context, results), deb_targets(request));
}

Result<std::vector<fs::path>> make_debs(const host::Host& host, const kernel::BuildContext& context,
                                        const DebRequest& request, const fs::path& folder) {
    TRY(check_release(request.release, context.board));
    TRY(host::make_directories(folder.parent_path()));
    // Who packs holds the lock of the build.
    const auto drafts = host::temporary_sibling(folder, host::Leftovers::all);
    const auto results = drafts / "results";
    TRY(host::make_directories(results));
    const auto run = [&]() -> Result<std::vector<std::string>> {
        TRY(pack(host, context, request, results));
        TRY_ASSIGN(auto names, collect(context, request, results, drafts / "packages"));
        TRY(host::remove_tree(folder));
        TRY(host::rename_path(drafts / "packages", folder));
        return names;
    };
    auto names = run();
    // Copies of all that is in the packages, and the mount points of the sandbox.
    for (const auto& left : {drafts, context.build / "debian"}) {
        if (const auto removed = host::remove_tree(left); !removed) host.warn(removed.error().message);
    }
    if (!names) return fail(std::move(names).error(), "the kernel could not be packed");
    std::vector<fs::path> files;
    for (const auto& name : *names)
        files.push_back(folder / name);
    return files;
}

}  // namespace rpikit::package
