#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sdk/host/host.hpp"
#include "sdk/support/result.hpp"

/// Where toolchains lie that were installed without root: <cache>/store/toolchains/NAME/KEY with
///   tree/   the packages' files as they would lie below /
///   bin/    a script for each program, which makes it find its shared libraries
/// and the file NAME/current with the KEY in use. A KEY is never changed once it is there.
namespace rpikit::toolchain {

/// The installation in use, or nothing.
std::optional<std::filesystem::path> current_installation(const host::Host& host, const std::string& name);

std::filesystem::path store_folder(const host::Host& host, const std::string& name);

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
