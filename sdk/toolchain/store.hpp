#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sdk/host/host.hpp"
#include "sdk/host/lock_file.hpp"
#include "sdk/support/result.hpp"

/// Where toolchains lie that were installed without root: <cache>/store/toolchains/NAME/KEY with
///   tree/   the packages' files as they would lie below /
///   bin/    a script for each program, which makes it find its shared libraries
/// and the file NAME/current with the KEY in use. A KEY is never changed once it is there. What a tarball
/// holds lies in tree/usr, and its KEY begins with "tarball-".
namespace rpikit::toolchain {

/// The installation in use, or nothing.
std::optional<std::filesystem::path> current_installation(const host::Host& host, const std::string& name);

std::filesystem::path store_folder(const host::Host& host, const std::string& name);

/// One that lies in the store, whether in use or not.
struct Installation {
    std::string key;
    std::filesystem::path folder;
    std::uint64_t bytes = 0;
    bool current = false;
};

/// The names that have a folder in the store, sorted.
std::vector<std::string> stored_names(const host::Host& host);

/// All installations of a name with the bytes of their files.
Result<std::vector<Installation>> installations(const host::Host& host, const std::string& name);

/// Removes all that the store holds of a name; the system's packages stay. Refused while somebody works with
/// it. \returns what was there \param dry_run only says what would be removed
Result<std::vector<Installation>> uninstall(const host::Host& host, const std::string& name, bool dry_run);

/// The lock that is held while an installation is made or removed.
Result<host::LockFile> lock_store(const host::Host& host, const std::string& name);

/// The lock that is shared by all who use a name's installations.
std::filesystem::path use_lock(const host::Host& host, const std::string& name);

/// Whether an installation was made from a tarball.
bool is_tarball(const std::filesystem::path& installation);

/// The program behind a script of an installation's bin/.
std::filesystem::path program_behind(const std::filesystem::path& script);

/// The architecture that we run on, as Debian names it ("amd64") and as its folder of libraries is called
/// ("x86_64-linux-gnu").
struct HostArchitecture {
    std::string debian;
    std::string triplet;
};
HostArchitecture host_architecture();

/// Makes bin/ for a tree/. \param installation the folder that holds both
Result<> write_scripts(const std::filesystem::path& installation);

/// Makes the linker scripts below a tree find the libraries beside them: distributions write absolute paths
/// into libc.so and its kin, which lead to the host's root.
Result<> relocate_linker_scripts(const std::filesystem::path& tree);

}  // namespace rpikit::toolchain
