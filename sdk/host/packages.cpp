#include "sdk/host/packages.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/host/apt_output.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::host {

namespace fs = std::filesystem;

namespace {

/// As apt names it in its archives: the colon of an epoch is written %3a.
std::string file_name(const Package& package) {
    std::string version = package.version;
    if (const auto colon = version.find(':'); colon != std::string::npos) version.replace(colon, 1, "%3a");
    return fmt::format("{}_{}_{}.deb", package.name, version, package.architecture);
}

/// Name and version may come from a lock file that somebody edited.
bool is_plain(const std::string& text) {
    return !text.empty() && !text.starts_with('-') && text.find_first_of("/ \t\n=") == std::string::npos;
}

bool is_intact(const fs::path& file, const Package& package) {
    std::error_code error;
    if (!fs::is_regular_file(file, error)) return false;
    if (package.size != 0 && fs::file_size(file, error) != package.size) return false;
    const auto hash = sha256_file(file);
    return hash && *hash == package.sha256;
}

/// "dlstatus:1:29.4778:Retrieving file 1 of 1" (APT::Status-Fd) as bytes done.
void report_download(std::string_view output, std::uint64_t size, const Progress& progress) {
    for (const auto line : lines(output)) {
        const auto parts = split(line, ':');
        if (parts.size() < 3 || parts[0] != "dlstatus") continue;
        const auto percent = parse_number(parts[2].substr(0, parts[2].find('.')));
        if (percent) progress(size / 100 * std::min<std::uint64_t>(*percent, 100), size);
    }
}

Error unknown_package(const std::string& name, bool offline) {
    return {.message = fmt::format("the distribution has no package {}", name),
            .hint = offline ? "run once without --offline, so that the package index is fetched"
                            : "apt-cache policy " + shell_quote(name) +
                                  "   shows what the system's sources have"};
}

}  // namespace

Result<PackageRepository> PackageRepository::open(const Host& host, const std::string& architecture,
                                                  bool offline) {
    auto root = AptRoot::open(host, architecture);
    if (!root) return fail(root.error(), "the distribution's packages cannot be used");
    PackageRepository repository(host, *std::move(root), offline);
    if (offline) return repository;
    TRY_ASSIGN(const auto lock, repository.root_.lock());
    if (repository.root_.is_stale()) TRY(repository.refresh());
    return repository;
}

Result<> PackageRepository::update_index() {
    if (offline_ || refreshed_) return {};
    TRY_ASSIGN(const auto lock, root_.lock());
    return refresh();
}

Result<> PackageRepository::refresh() {
    refreshed_ = true;
    return root_.refresh();
}

Result<Package> PackageRepository::find(const std::string& name) {
    TRY_ASSIGN(const auto lock, root_.lock());
    TRY_ASSIGN(auto found, describe({name}, false));
    if (found.empty() && !offline_ && !refreshed_) {
        TRY(refresh());
        TRY_ASSIGN(found, describe({name}, false));
    }
    if (found.empty()) return fail(unknown_package(name, offline_));
    return std::move(found.front());
}

/// Names, or "name=version" with `exact_versions`; unknown ones are missing in the result.
Result<std::vector<Package>> PackageRepository::describe(const std::vector<std::string>& names,
                                                         bool exact_versions) const {
    std::vector<std::string> show = {"show", "--no-all-versions"};
    std::vector<std::string> policy = {"policy"};
    for (const auto& name : names) {
        show.push_back(name);
        policy.push_back(name.substr(0, name.find('=')));
    }
    if (exact_versions) show[1] = "--all-versions";
    // apt-cache fails when it knows none of the names, which is an answer too.
    TRY_ASSIGN(const auto exit, host_->processes.run(root_.command("apt-cache", show),
                                                     {.keep = std::size_t{64} << 20, .stop = host_->stop}));
    if (!exit.success() && !exit.output.contains("No packages found") &&
        !exit.output.contains("Unable to locate")) {
        return fail(command_error(root_.command("apt-cache", show), exit, {}));
    }
    auto packages = parse_package_stanzas(exit.output);
    TRY_ASSIGN(const auto candidates, root_.run(root_.command("apt-cache", policy),
                                                {.keep = std::size_t{64} << 20, .stop = host_->stop}));
    const auto suites = parse_candidate_suites(candidates.output);
    for (auto& package : packages) {
        if (const auto suite = suites.find(package.name); suite != suites.end())
            package.suite = suite->second;
    }
    return packages;
}

Result<std::vector<std::string>> PackageRepository::simulate_install(
    const std::vector<std::string>& names) const {
    std::vector<std::string> arguments = {"install", "--simulate", "--yes", "--no-install-recommends", "--"};
    arguments.insert(arguments.end(), names.begin(), names.end());
    TRY_ASSIGN(const auto exit, root_.run(root_.command("apt-get", arguments),
                                          {.keep = std::size_t{16} << 20, .stop = host_->stop}));
    return parse_simulated_installs(exit.output);
}

Result<std::vector<Package>> PackageRepository::closure(const std::vector<std::string>& names) {
    TRY_ASSIGN(const auto lock, root_.lock());
    auto wanted = simulate_install(names);
    if (!wanted && !offline_ && !refreshed_ && wanted.error().kind != ErrorKind::interrupted) {
        TRY(refresh());
        wanted = simulate_install(names);
    }
    if (!wanted) {
        if (offline_)
            wanted.error().hint = "run once without --offline, so that the package index is fetched";
        return fail(wanted.error(), fmt::format("the distribution cannot provide {} with all they depend on",
                                                join(names, ", ")));
    }
    TRY_ASSIGN(auto packages, describe(*wanted, true));
    std::erase_if(packages, [&](const Package& package) {
        return !std::ranges::binary_search(*wanted, package.name + "=" + package.version);
    });
    std::ranges::sort(packages, {}, &Package::name);
    const auto repeated = std::ranges::unique(packages, {}, &Package::name);
    packages.erase(repeated.begin(), repeated.end());
    if (packages.size() != wanted->size()) {
        return fail(
            {.message = fmt::format("the package index is not complete: {} packages of {} are described",
                                    packages.size(), wanted->size()),
             .hint = "remove the index, it is fetched anew: rm -r " + shell_quote(root_.folder().string())});
    }
    return packages;
}

Result<fs::path> PackageRepository::fetch(const Package& package, const Progress& progress) {
    if (!is_plain(package.name) || !is_plain(package.version) || !is_plain(package.architecture)) {
        return fail({.message = fmt::format("'{} {} {}' does not name a package", package.name,
                                            package.version, package.architecture)});
    }
    fs::path file = fs::absolute(host_->cache) / "apt/packages" / file_name(package);
    if (is_intact(file, package)) return file;
    if (offline_) {
        return fail({.message = fmt::format("{} {} is not in the cache", package.name, package.version),
                     .hint = "run once without --offline"});
    }
    TRY_ASSIGN(const auto lock, root_.lock());
    if (is_intact(file, package)) return file;  // another run fetched it meanwhile
    if (auto downloaded = download(package, file, progress); !downloaded) {
        return fail(downloaded.error(), fmt::format("cannot fetch the package {} {} for {}", package.name,
                                                    package.version, package.architecture));
    }
    return file;
}

Result<> PackageRepository::download(const Package& package, const fs::path& file, const Progress& progress) {
    // apt-get download writes into its working directory. We hold the lock: what is there was left by a
    // killed run.
    const fs::path folder = root_.folder() / "download";
    TRY(remove_tree(folder));
    TRY(make_directories(folder));
    TRY(make_directories(file.parent_path()));
    const auto fetch_into = [&]() -> Result<> {
        Command command = root_.command(
            "apt-get", {"-o", "APT::Status-Fd=1", "download", "--", package.name + "=" + package.version});
        command.directory = folder;
        const auto report = [&](std::string_view output) {
            if (progress) report_download(output, package.size, progress);
            return Reaction{};
        };
        TRY(root_.run(command, {.on_output = report, .stop = host_->stop}));
        const fs::path fetched = folder / file_name(package);
        if (!is_intact(fetched, package)) {
            return fail({.message = "what arrived is not the file that the package index or the lock names",
                         .causes = {fmt::format("expected sha256 {}", package.sha256)},
                         .hint = "run the same command again; --update takes the newest version"});
        }
        return rename_path(fetched, file);
    };
    auto fetched = fetch_into();
    TRY(remove_tree(folder));
    if (!fetched && render(fetched.error(), false).contains("was not found")) {
        fetched.error().hint = "the distribution has replaced this version; take the newest with --update";
    }
    if (fetched && progress) progress(package.size, package.size);
    return fetched;
}

}  // namespace rpikit::host
