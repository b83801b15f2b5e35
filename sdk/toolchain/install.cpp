#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "sdk/archive/archive.hpp"
#include "sdk/host/download.hpp"
#include "sdk/host/file.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/support/fingerprint.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"
#include "sdk/toolchain/store.hpp"
#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::toolchain {
namespace {

namespace fs = std::filesystem;

/// The C library fits the loader of the host alone, so it and what belongs to it stay the host's.
bool of_the_host(const host::Package& package) {
    constexpr std::array names = {"libc6", "libgcc-s1", "libcrypt1", "libc-bin"};
    return std::ranges::find(names, package.name) != names.end();
}

/// Programs, libraries and headers; no documentation, no system settings.
bool needed(const std::string& path) {
    const bool files = path.starts_with("usr/") || path.starts_with("lib/") || path.starts_with("lib64/");
    return files && !path.starts_with("usr/share/");
}

/// Of a hash, so many digits tell installations apart.
constexpr std::size_t key_digits = 16;

struct Download {
    std::vector<host::Package> packages;
    std::vector<fs::path> files;
    std::string key;  ///< what an installation of exactly these packages is called
};

Result<Download> download(const host::Host& host, const Description& description, bool offline,
                          const host::Progress& progress) {
    TRY_ASSIGN(auto repository, host::PackageRepository::open(host, host_architecture().debian, offline));
    TRY_ASSIGN(auto packages, repository.closure(description.packages));
    std::erase_if(packages, of_the_host);
    Download result{.packages = std::move(packages)};
    std::uint64_t total = 0;
    for (const auto& package : result.packages)
        total += package.size;
    Fingerprint contents;
    contents.add("layout", "1");
    std::uint64_t before = 0;
    for (const auto& package : result.packages) {
        const auto report = [&](std::uint64_t done, std::uint64_t) {
            if (progress) progress(before + done, total);
        };
        TRY_ASSIGN(result.files.emplace_back(), repository.fetch(package, report));
        before += package.size;
        contents.add(package.name, package.version + " " + package.sha256);
    }
    result.key = contents.digest().substr(0, key_digits);
    return result;
}

Result<> unpack_all(const host::Host& host, const Download& from, const fs::path& tree) {
    TRY(host::make_directories(tree));
    for (const auto& file : from.files) {
        TRY(archive::unpack_deb(file, tree, {.stop = host.stop}, needed));
    }
    return {};
}

/// Fills a tree/ with the files of an installation.
using Unpack = std::function<Result<>(const fs::path& tree)>;

/// Everything is made beside its place and moved there in one step. The caller holds the lock of the place.
Result<> make_installation(const Unpack& unpack, const fs::path& target) {
    const auto temporary = host::temporary_sibling(target, host::Leftovers::all);
    const auto make = [&]() -> Result<> {
        TRY(unpack(temporary / "tree"));
        TRY(relocate_linker_scripts(temporary / "tree"));
        TRY(write_scripts(temporary));
        return host::rename_path(temporary, target);
    };
    auto made = make();
    if (!made) {
        const auto removed = host::remove_tree(temporary);
        if (!removed) made.error().causes.push_back(removed.error().message);
    }
    return made;
}

/// Makes the installation unless it is there, and takes it into use. The caller holds lock_store.
Result<> install_as(const host::Host& host, const std::string& name, const std::string& key,
                    const Unpack& unpack) {
    const auto folder = store_folder(host, name);
    TRY(host::make_directories(folder));
    std::error_code ignored;
    if (!fs::is_directory(folder / key, ignored)) TRY(make_installation(unpack, folder / key));
    return host::write_file(folder / "current", key + '\n');
}

Result<> install_into_store(const host::Host& host, const Description& description, bool offline,
                            const host::Progress& progress) {
    TRY_ASSIGN(const auto lock, lock_store(host, description.name));
    TRY_ASSIGN(const auto packages, download(host, description, offline, progress));
    return install_as(host, description.name, packages.key,
                      [&](const fs::path& tree) { return unpack_all(host, packages, tree); });
}

/// The archive in the cache, whole and the one that the description pins.
Result<fs::path> fetch_tarball(const host::Host& host, const Tarball& tarball, bool offline,
                               const host::Progress& progress) {
    const auto file = host.cache / "tarballs" / tarball.sha256;
    std::error_code ignored;
    if (fs::is_regular_file(file, ignored)) {
        TRY_ASSIGN(const auto hash, sha256_file(file));
        if (hash == tarball.sha256) return file;
    }
    if (offline && !tarball.url.starts_with("file:")) {
        return fail({.message = fmt::format("{} is not in the cache", tarball.url),
                     .hint = "run once without --offline"});
    }
    TRY(host::download(host, {.url = tarball.url, .file = file, .sha256 = tarball.sha256}, progress));
    return file;
}

Error no_tarball(const Description& description) {
    const std::string triplet = host_architecture().triplet;
    return {.message = fmt::format("{} names no tarball for {}", description.file.string(),
                                   host_architecture().debian),
            .causes = {fmt::format("it wants [tarball] with `url`, and [tarball.sha256] with `{} = \"...\"`; "
                                   "docs/adding-a-toolchain.md shows a whole file",
                                   triplet.substr(0, triplet.find('-')))},
            .hint = description.packages.empty()
                        ? ""
                        : "from packages: rpi-kit toolchain install " + description.name + " --store"};
}

Result<> install_tarball_into_store(const host::Host& host, const Description& description, bool offline,
                                    const host::Progress& progress) {
    if (!description.tarball) {
        return fail(no_tarball(description));
    }
    const auto& tarball = *description.tarball;
    TRY_ASSIGN(const auto lock, lock_store(host, description.name));
    TRY_ASSIGN(const auto file, fetch_tarball(host, tarball, offline, progress));
    return install_as(host, description.name, "tarball-" + tarball.sha256.substr(0, key_digits),
                      [&](const fs::path& tree) -> Result<> {
                          TRY(host::make_directories(tree / "usr"));
                          return archive::unpack(file, tree / "usr",
                                                 {.strip_components = tarball.strip, .stop = host.stop});
                      });
}

Result<> install_into_system(const host::Host& host, const Description& description) {
    TRY_ASSIGN(const auto missing, host::missing_system_packages(host, description.packages));
    host.note(
        fmt::format("installing {}: they bring the toolchain {}", join(missing, " "), description.name));
    return host::install_system_packages(host, missing);
}

}  // namespace

Result<Toolchain> install(const host::Host& host, const Description& description, bool into_store,
                          bool offline, const host::Progress& progress) {
    if (description.packages.empty()) return install_tarball(host, description, offline, progress);
    if (!into_store && !offline) {
        const auto system = install_into_system(host, description);
        if (system) return find(host, description);
        if (system.error().kind == ErrorKind::interrupted) return fail(system.error());
        host.note(fmt::format("{}; taking rpi-kit's own store instead", system.error().message));
    }
    const auto stored = install_into_store(host, description, offline, progress);
    if (stored) return find(host, description);
    if (description.tarball && stored.error().kind != ErrorKind::interrupted) {
        host.note(fmt::format("{}; taking the tarball instead", stored.error().message));
        return install_tarball(host, description, offline, progress);
    }
    return fail(stored.error(), fmt::format("cannot install the toolchain {}", description.name));
}

Result<Toolchain> install_tarball(const host::Host& host, const Description& description, bool offline,
                                  const host::Progress& progress) {
    if (auto done = install_tarball_into_store(host, description, offline, progress); !done) {
        return fail(std::move(done).error(),
                    fmt::format("cannot install the toolchain {}", description.name));
    }
    return find(host, description);
}

}  // namespace rpikit::toolchain
