#include <fmt/format.h>

#include "sdk/archive/archive.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/source/provider.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::source {

namespace {

/// Kernel sources are packages of architecture "all", found in the index of each; the target's is fetched for
/// the root file system anyway.
Result<host::PackageRepository> repository(const Session& session) {
    const auto& arch = session.board.rootfs.debian_arch;
    return host::PackageRepository::open(session.host, arch.empty() ? "amd64" : arch, session.offline);
}

std::optional<std::string> key(const board::KernelSource&, const Pin& pin) {
    if (pin.sha256.empty()) return std::nullopt;
    return "sha256-" + pin.sha256;
}

std::string describe(const Pin& pin) {
    return "package:" + pin.value;
}

Result<Pin> newest(const Session& session, const board::KernelSource& source) {
    TRY_ASSIGN(auto packages, repository(session));
    if (session.update) TRY(packages.update_index());
    auto found = packages.find(source.package);
    for (const auto& name : source.alternatives) {
        if (found || found.error().kind == ErrorKind::interrupted) break;
        const auto why = found.error().message;
        auto other = packages.find(name);
        if (!other) continue;
        session.host.note(fmt::format("{} in place of {}: {}", name, source.package, why));
        found = std::move(other);
    }
    if (!found) return fail(std::move(found).error());
    return Pin{.value = fmt::format("{}={}", found->name, found->version), .sha256 = found->sha256};
}

/// Why a pinned package is not to be had: mirrors drop a version when a newer one comes.
Error explain(const Session& session, host::PackageRepository& packages, const host::Package& package,
              Error error) {
    if (error.kind == ErrorKind::interrupted) return error;
    if (const auto now = packages.find(package.name); now && now->version != package.version) {
        error.causes.push_back(fmt::format("the distribution has {} now", now->version));
        error.hint = fmt::format("take it: rpi-kit build {} --update", shell_quote(session.board.name));
    }
    return with_context(std::move(error), fmt::format("cannot get {} {}, which rpi-kit.lock pins",
                                                      package.name, package.version));
}

Result<> unpack(const Session& session, const board::KernelSource&, const Pin& pin,
                const std::filesystem::path& folder) {
    const auto equals = pin.value.find('=');
    if (equals == std::string::npos || pin.sha256.empty()) {
        return fail({.message = fmt::format("'{}' in rpi-kit.lock names no package and version", pin.value),
                     .hint = fmt::format("rpi-kit build {} --update", shell_quote(pin.board))});
    }
    const host::Package package{.name = pin.value.substr(0, equals),
                                .version = pin.value.substr(equals + 1),
                                .architecture = "all",
                                .sha256 = pin.sha256};
    TRY_ASSIGN(auto packages, repository(session));
    auto deb = packages.fetch(package, session.progress);
    if (!deb) return fail(explain(session, packages, package, std::move(deb).error()));
    return archive::unpack_archive_in_deb(
        *deb, fmt::format("usr/src/{}.tar.xz", package.name), folder,
        {.strip_components = 1, .read_only = true, .stop = session.host.stop, .progress = session.progress});
}

}  // namespace

constinit const Provider distro_provider = {
    .name = "distro", .key = key, .describe = describe, .newest = newest, .unpack = unpack};

}  // namespace rpikit::source
