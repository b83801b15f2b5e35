#include <fmt/format.h>

#include "sdk/archive/archive.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/rootfs/applets.hpp"
#include "sdk/rootfs/rootfs.hpp"

namespace rpikit::rootfs {

namespace {

/// Debian 12 and before install to /bin, later ones to /usr/bin.
Result<std::string> binary_of(const std::filesystem::path& deb) {
    auto binary = archive::read_from_deb(deb, "usr/bin/busybox");
    if (!binary) binary = archive::read_from_deb(deb, "bin/busybox");
    return binary;
}

Result<Busybox> fetch(const host::Host& host, const std::string& debian_arch, bool offline,
                      const host::Progress& progress) {
    TRY_ASSIGN(auto repository, host::PackageRepository::open(host, debian_arch, offline));
    TRY_ASSIGN(const auto package, repository.find("busybox-static"));
    TRY_ASSIGN(const auto deb, repository.fetch(package, progress));
    TRY_ASSIGN(auto binary, binary_of(deb));
    TRY_ASSIGN(auto applets, find_applets(binary));
    return Busybox{.binary = std::move(binary),
                   .applets = std::move(applets),
                   .version = package.version,
                   .sha256 = package.sha256};
}

}  // namespace

Result<Busybox> fetch_busybox(const host::Host& host, const std::string& debian_arch, bool offline,
                              const host::Progress& progress) {
    auto busybox = fetch(host, debian_arch, offline, progress);
    if (!busybox) {
        return fail(busybox.error(),
                    fmt::format("cannot get busybox-static for {} from the distribution", debian_arch));
    }
    return busybox;
}

}  // namespace rpikit::rootfs
