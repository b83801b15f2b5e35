#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sdk/host/apt_root.hpp"
#include "sdk/host/host.hpp"

namespace rpikit::host {

/// A package as the distribution's index describes it.
struct Package {
    std::string name;
    std::string version;
    std::string architecture;
    std::string sha256;
    std::uint64_t size = 0;  ///< bytes of the .deb
    std::string suite;       ///< "bookworm-backports"
};

/// The distribution's packages for one architecture, read through a private apt root: no root needed, the
/// system untouched, signatures checked by apt as always. The mirror's address comes from the host's own apt
/// configuration; suites (backports) and components (non-free-firmware) it lacks are added there.
class PackageRepository {
  public:
    /// \param architecture Debian's name: amd64, arm64, armhf
    /// \param offline never touch the network; only indexes and packages fetched before
    static Result<PackageRepository> open(const Host& host, const std::string& architecture,
                                          bool offline = false);

    /// Fetches the index anew unless offline or done already; `open` does it once a day only.
    Result<> update_index();

    /// The newest version in the host's own suites (security among them); backports for what these lack. An
    /// index that does not know the package is fetched anew once.
    Result<Package> find(const std::string& name);

    /// The .deb in the cache, downloaded if needed and checked against package.sha256. \param progress bytes
    Result<std::filesystem::path> fetch(const Package& package, const Progress& progress = {});

    /// `names` and all they depend on (not what they recommend), sorted by name.
    Result<std::vector<Package>> closure(const std::vector<std::string>& names);

  private:
    PackageRepository(const Host& host, AptRoot root, bool offline)
        : host_(&host), root_(std::move(root)), offline_(offline) {}
    Result<> refresh();
    Result<std::vector<Package>> describe(const std::vector<std::string>& names, bool exact_versions) const;
    Result<std::vector<std::string>> simulate_install(const std::vector<std::string>& names) const;
    Result<> download(const Package& package, const std::filesystem::path& file, const Progress& progress);

    const Host* host_;
    AptRoot root_;
    bool offline_;
    bool refreshed_ = false;
};

/// Which of `names` are not installed on the system.
Result<std::vector<std::string>> missing_system_packages(const Host& host,
                                                         const std::vector<std::string>& names);

/// The command a user would type to install packages ("sudo apt-get install ..." without root's rights).
std::vector<std::string> install_command(const std::vector<std::string>& names, bool as_root);

/// Installs packages into the system, as root or with sudo when that asks for no password; otherwise an error
/// whose hint is the exact command. \param suite when set ("backports" or "bookworm-backports"), the packages
/// come from that suite, which apt is shown privately: /etc/apt stays as it is
Result<> install_system_packages(const Host& host, const std::vector<std::string>& names,
                                 const std::optional<std::string>& suite = {});

}  // namespace rpikit::host
