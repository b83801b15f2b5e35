#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sdk/archive/archive.hpp"
#include "sdk/boot/boot_method.hpp"
#include "sdk/boot/host_files.hpp"
#include "sdk/host/file.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::boot {

namespace fs = std::filesystem;

namespace {

/// The packages that a board's files come from.
struct Packages {
    std::vector<std::string> names;
    std::string architecture;  ///< Debian's name
    std::string folder;        ///< the files' folder in them
};

/// The descriptor's word goes before the method's.
Packages packages_of(const board::Board& board, const BootMethod& method) {
    Packages packages{.names = {method.packages.begin(), method.packages.end()},
                      .architecture = std::string(method.package_architecture),
                      .folder = std::string(method.package_folder)};
    if (!board.boot.package.empty()) {
        packages.names = {board.boot.package};
        packages.architecture = board.rootfs.debian_arch;
    }
    return packages;
}

/// All that must be there: of the descriptor, and of the method.
std::vector<std::string> wanted_files(const board::Board& board, const BootMethod& method) {
    std::vector<std::string> names = board.boot.firmware;
    names.insert(names.end(), method.files.begin(), method.files.end());
    for (const auto& loader : board.boot.loaders) {
        if (!loader.file.empty()) names.push_back(loader.file);
    }
    return names;
}

std::vector<std::string> missing_files(const fs::path& folder, const std::vector<std::string>& names) {
    std::vector<std::string> missing;
    for (const auto& name : names) {
        if (!is_file(folder / name)) missing.push_back(name);
    }
    return missing;
}

/// A hash over the names and contents of the files that are used.
Result<std::string> hash_files(const fs::path& folder, const std::vector<std::string>& names) {
    Sha256 hash;
    for (const auto& name : names) {
        TRY_ASSIGN(const auto content, sha256_file(folder / name));
        hash.update(fmt::format("{} {}\n", content, name));
    }
    return hash.finish();
}

Result<Firmware> from_user_folder(const fs::path& given, const std::vector<std::string>& names) {
    if (!is_folder(given)) {
        return fail({.message = fmt::format("the firmware folder {} does not exist", given.string())});
    }
    // A clone of the firmware's repository has the files one folder down.
    const fs::path folder =
        missing_files(given, names).empty() || !is_folder(given / "boot") ? given : given / "boot";
    if (const auto missing = missing_files(folder, names); !missing.empty()) {
        return fail(
            {.message = fmt::format("the firmware folder {} lacks {}", folder.string(), join(missing, ", ")),
             .hint = "copy them there, all from one release of the firmware, or leave the folder out: "
                     "then the distribution's package is used"});
    }
    TRY_ASSIGN(auto hash, hash_files(folder, names));
    return Firmware{.folder = folder, .identity = "sha256:" + hash};
}

/// Unpacks what is wanted of the packages below a temporary name, then gives it its own: whole or not at all.
Result<> unpack_into_store(const Packages& packages, const std::vector<fs::path>& debs,
                           const std::string& identity, const fs::path& store, const host::Host& host) {
    const fs::path temporary = host::temporary_sibling(store);
    TRY(host::make_directories(temporary));
    const std::string prefix = packages.folder + '/';
    Result<> done;
    for (const auto& deb : debs) {
        if (done)
            done = archive::unpack_deb(deb, temporary, {.stop = host.stop},
                                       [&](const std::string& path) { return path.starts_with(prefix); });
    }
    if (done) done = host::write_file(temporary / "identity", identity);
    if (done) {
        done = host::rename_path(temporary, store);
        // Another build may have been faster; its folder is as good as ours.
        if (!done && is_file(store / "identity")) done = {};
    }
    if (const auto removed = host::remove_tree(temporary); !removed && done) done = removed;
    return done;
}

/// What was unpacked before, the newest by name; for builds without a network.
std::optional<fs::path> newest_in_store(const fs::path& store) {
    std::optional<fs::path> newest;
    for (const auto& version : names_in(store)) {
        if (is_file(store / version / "identity")) newest = store / version;
    }
    return newest;
}

/// The folders that have a file of the name, for a missing file of a folder: another board's, or this one's
/// by another name.
std::vector<std::string> folders_with(const fs::path& folder, const fs::path& missing) {
    std::vector<std::string> found;
    if (!missing.has_parent_path()) return found;
    for (const auto& name : names_in(folder)) {
        if (is_file(folder / name / missing.filename())) found.push_back(name);
    }
    return found;
}

Result<Firmware> from_store(const Packages& packages, const fs::path& store,
                            const std::vector<std::string>& names) {
    const fs::path folder = store / packages.folder;
    if (const auto missing = missing_files(folder, names); !missing.empty()) {
        Error error{.message = fmt::format("the package {} has no {}", join(packages.names, ", "),
                                           join(missing, ", ")),
                    .causes = {fmt::format("its files are in {}", folder.string())},
                    .hint = "correct boot.firmware in the board's descriptor, or give a firmware folder"};
        if (const fs::path first = missing.front(); first.has_parent_path()) {
            if (const auto folders = folders_with(folder, first); !folders.empty())
                error.causes.push_back(
                    fmt::format("it has {} for: {}", first.filename().string(), join(folders, ", ")));
            error.hint = "correct [[boot.loader]] in the board's descriptor, or give a firmware folder";
        }
        return fail(std::move(error));
    }
    TRY_ASSIGN(auto identity, host::read_file(store / "identity"));
    return Firmware{.folder = folder, .identity = std::move(identity)};
}

Result<fs::path> package_in_store(const host::Host& host, const Packages& wanted, const fs::path& stores,
                                  bool offline, const host::Progress& progress) {
    TRY_ASSIGN(auto repository, host::PackageRepository::open(host, wanted.architecture, offline));
    std::vector<host::Package> packages;
    std::vector<std::string> versions;
    std::vector<std::string> identities;
    for (const auto& name : wanted.names) {
        TRY_ASSIGN(const auto package, repository.find(name));
        if (std::ranges::find(versions, package.version) == versions.end())
            versions.push_back(package.version);
        identities.push_back(fmt::format("{} {} sha256:{}", package.name, package.version, package.sha256));
        packages.push_back(package);
    }
    fs::path store = stores / join(versions, "_");
    if (is_file(store / "identity")) return store;
    std::vector<fs::path> debs;
    for (const auto& package : packages) {
        TRY_ASSIGN(auto deb, repository.fetch(package, progress));
        debs.push_back(std::move(deb));
    }
    TRY(host::make_directories(stores));
    TRY(unpack_into_store(wanted, debs, join(identities, ", "), store, host));
    return store;
}

Result<Firmware> from_package(const host::Host& host, const Packages& packages,
                              const std::vector<std::string>& names, bool offline,
                              const host::Progress& progress) {
    // A package may have other files for each architecture: u-boot-sunxi is there for armhf and arm64.
    const fs::path stores = host.cache / "store/firmware" / join(packages.names, "+") / packages.architecture;
    const auto store = package_in_store(host, packages, stores, offline, progress);
    if (store) return from_store(packages, *store, names);
    if (offline && store.error().kind != ErrorKind::interrupted) {
        if (const auto newest = newest_in_store(stores)) return from_store(packages, *newest, names);
    }
    Error error = with_context(
        store.error(), fmt::format("cannot get the boot firmware, package {}", join(packages.names, ", ")));
    if (offline) {
        error.hint = "run once without --offline, or give a folder that has the firmware with --firmware DIR";
    }
    return fail(std::move(error));
}

}  // namespace

Result<Firmware> fetch_firmware(const host::Host& host, const board::Board& board,
                                const fs::path& user_folder, bool offline, const host::Progress& progress) {
    TRY_ASSIGN(const auto* method, find_boot_method(board.boot.method));
    const auto names = wanted_files(board, *method);
    if (!user_folder.empty()) return from_user_folder(user_folder, names);
    if (names.empty()) return Firmware{};
    const auto packages = packages_of(board, *method);
    if (!packages.names.empty()) return from_package(host, packages, names, offline, progress);
    return fail(
        {.message = fmt::format("nothing says where {} comes from", join(names, ", ")),
         .where = Location{.file = board.file},
         .hint = "name the distribution's package in boot.package, or give a folder with --firmware"});
}

}  // namespace rpikit::boot
