// Packages of the machine itself, as its owner would install them.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "sdk/host/file.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::host {

namespace {

using Arguments = std::vector<std::string>;

void append(Arguments& to, const Arguments& more) {
    to.insert(to.end(), more.begin(), more.end());
}

/// Whether we may act as root without asking anybody: sudo must not wait for a password.
bool may_become_root(const Host& host) {
    if (!host.processes.find_program("sudo", host.environment)) return false;
    const auto exit = host.processes.run({.argv = {"sudo", "-n", "true"}, .environment = host.environment},
                                         {.time_limit = std::chrono::seconds(20), .stop = host.stop});
    return exit && exit->success();
}

/// Debian's name of the architecture of the system, which may differ from the one that we were compiled for.
Result<std::string> system_architecture(const Host& host) {
    TRY_ASSIGN(const auto exit, run_checked(host.processes, {.argv = {"dpkg", "--print-architecture"},
                                                             .environment = host.environment}));
    return std::string(trim(exit.output));
}

/// Shows apt one more suite for this one call: the sources and lists are private, the rest is the system's.
Result<Arguments> options_for_suite(const Host& host, const std::string& suite) {
    TRY_ASSIGN(const auto architecture, system_architecture(host));
    TRY(PackageRepository::open(host, architecture));
    TRY_ASSIGN(const auto root, AptRoot::open(host, architecture));
    TRY_ASSIGN(const auto codename, release_codename());
    const std::string full = suite.starts_with(codename) ? suite : codename + "-" + suite;
    return Arguments{"-o", "Dir::Etc::sourcelist=" + root.sources_file().string(),
                     "-o", "Dir::Etc::sourceparts=/dev/null",
                     "-o", "Dir::State::lists=" + root.lists().string(),
                     "-o", "Dir::Cache::pkgcache=",
                     "-o", "Dir::Cache::srcpkgcache=",
                     "-t", full};
}

Command as_root(const Host& host, const Arguments& command) {
    Arguments argv = {"env", "DEBIAN_FRONTEND=noninteractive"};
    append(argv, command);
    if (::geteuid() != 0) argv.insert(argv.begin(), {"sudo", "-n"});
    return {.argv = std::move(argv), .environment = host.environment, .name = "apt-get"};
}

RunOptions apt_run(const Host& host) {
    // dpkg is not to be killed in the middle of its work: it is given time to end by itself.
    return {.log = host.cache / "apt/install.log", .grace = std::chrono::seconds(120), .stop = host.stop};
}

}  // namespace

Result<std::vector<std::string>> missing_system_packages(const Host& host,
                                                         const std::vector<std::string>& names) {
    if (names.empty()) return std::vector<std::string>();
    Arguments argv = {"dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n"};
    append(argv, names);
    Command command{.argv = std::move(argv), .environment = host.environment};
    command.environment->set("LC_ALL", "C.UTF-8");
    // It fails when one name is unknown, and answers for the others all the same.
    TRY_ASSIGN(const auto exit, host.processes.run(command, {.stop = host.stop}));
    if (!exit.success() && exit.code != 1) return fail(command_error(command, exit, {}));
    std::set<std::string, std::less<>> installed;
    for (const auto line : lines(exit.output)) {
        const auto parts = split(line, ' ');
        if (parts.size() == 2 && parts[1] == "installed") installed.emplace(parts[0]);
    }
    std::vector<std::string> missing;
    std::ranges::copy_if(names, std::back_inserter(missing),
                         [&](const std::string& name) { return !installed.contains(name); });
    return missing;
}

std::vector<std::string> install_command(const std::vector<std::string>& names, bool as_root) {
    Arguments command = {"apt-get", "install", "-y", "--no-install-recommends"};
    if (!as_root) command.insert(command.begin(), "sudo");
    append(command, names);
    return command;
}

Result<> install_system_packages(const Host& host, const std::vector<std::string>& names,
                                 const std::optional<std::string>& suite) {
    if (names.empty()) return {};
    Arguments install = {"apt-get", "-o", "DPkg::Lock::Timeout=300",
                         "install", "-y", "--no-install-recommends"};
    if (suite) {
        TRY_ASSIGN(const auto options, options_for_suite(host, *suite));
        append(install, options);
    }
    append(install, {"--"});
    append(install, names);
    if (::geteuid() != 0 && !may_become_root(host)) {
        if (suite) install.insert(install.begin(), "sudo");
        return fail({.message = fmt::format("installing {} needs root's rights", join(names, " ")),
                     .causes = {"this user is not root, and sudo would ask for a password or is not there"},
                     .hint = shell_quote(suite ? install : install_command(names, false))});
    }
    TRY_ASSIGN(auto exit, host.processes.run(as_root(host, install), apt_run(host)));
    if (!exit.success() && !exit.stopped && !suite) {
        // A fresh system has no lists yet, an old one names versions that the mirror no longer has.
        host.note("apt-get install failed, refreshing the system's package lists");
        TRY(run_checked(host.processes, as_root(host, {"apt-get", "-o", "DPkg::Lock::Timeout=300", "update"}),
                        apt_run(host)));
        TRY_ASSIGN(exit, host.processes.run(as_root(host, install), apt_run(host)));
    }
    if (exit.success()) return {};
    if (!exit.stopped && !suite && exit.output.contains("unmet dependencies")) {
        // A library that came from backports, with QEMU for one, fits only what comes from there too. All
        // others stay the release's own.
        if (names.size() > 1) {
            for (const auto& name : names)
                TRY(install_system_packages(host, {name}));
            return {};
        }
        host.note("what is installed does not fit the release's own packages; asking its backports");
        return install_system_packages(host, names, "backports");
    }
    return fail(command_error(as_root(host, install), exit, apt_run(host).log),
                fmt::format("cannot install {}", join(names, " ")));
}

}  // namespace rpikit::host
