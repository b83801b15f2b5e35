#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sdk/host/host.hpp"
#include "sdk/host/lock_file.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::toolchain {

/// A cross compiler that its makers hand out as an archive, for the architecture that we run on.
struct Tarball {
    std::string url;     ///< http:, https: or file:
    std::string sha256;  ///< 64 hexadecimal digits
    unsigned strip = 1;  ///< leading path parts to drop, so that bin/ comes to the top
};

/// A cross compiler as toolchains/NAME.toml describes it; nothing about it is looked up yet.
struct Description {
    std::string name;  ///< "aarch64-linux-gnu"
    std::string description;
    std::string cross_compile;  ///< "aarch64-linux-gnu-"
    bool llvm = false;          ///< make LLVM=1
    std::vector<std::string>
        compilers;                   ///< names to look for, in order: "aarch64-linux-gnu-gcc", "...-gcc-12"
    std::vector<std::string> tools;  ///< programs that must be there too, without prefix: "ld", "objcopy"
    std::vector<std::string> packages;  ///< the distribution's packages that bring it; may be none
    std::optional<Tarball> tarball = {};
    std::filesystem::path file;
};

/// A cross compiler that was found and works.
struct Toolchain {
    std::string name;
    std::string cross_compile;
    bool llvm = false;
    std::filesystem::path compiler;             ///< absolute
    std::string version;                        ///< "12.2.0"
    std::vector<std::filesystem::path> search;  ///< folders to put in front of PATH (the store's)
    std::vector<std::string>
        make_variables;    ///< "CROSS_COMPILE=aarch64-linux-gnu-", "CC=...-gcc-12", "LLVM=1"
    std::string origin;    ///< "system", "store", "tarball"
    std::string identity;  ///< for fingerprints: name, version, hash of the compiler binary
    /// Shared with all who use an installation of the store, so that it is not removed meanwhile; none for
    /// the system's.
    std::shared_ptr<const host::LockFile> in_use = {};
};

/// \param folder toolchains/
Result<Description> load(const std::string& name, const std::filesystem::path& folder);

/// All descriptions of a folder, sorted by name.
Result<std::vector<Description>> load_all(const std::filesystem::path& folder);

/// Looks for the toolchain in the store, then on PATH; an error (with the install command as hint) if there
/// is none that is complete. Runs the compiler only when its file changed since the last time.
Result<Toolchain> find(const host::Host& host, const Description& description);

/// Installs it: the system's packages when allowed to, otherwise into the store below the cache without root,
/// from packages or, where there are none, from the description's tarball.
/// \param into_store never try the system
Result<Toolchain> install(const host::Host& host, const Description& description, bool into_store,
                          bool offline, const host::Progress& progress = {});

/// Installs the description's tarball into the store, checked against its sha256; nothing is left behind when
/// it is another one.
Result<Toolchain> install_tarball(const host::Host& host, const Description& description, bool offline,
                                  const host::Progress& progress = {});

/// The folder with the target's C library as programs for it see "/": what `qemu-aarch64 -L` wants. "/" for a
/// compiler of the host's own architecture.
Result<std::filesystem::path> find_sysroot(const host::Host& host, const Toolchain& toolchain);

/// The environment in which the toolchain's programs are found: PATH begins with its folders.
host::Environment toolchain_environment(const host::Host& host, const Toolchain& toolchain);

/// The kernel's ARCH for a prefix such as "aarch64-linux-gnu-"; empty when it tells none.
std::string kernel_architecture(const std::string& cross_compile);

/// Checks the versions of compiler and linker against the tree's own scripts/min-tool-version.sh; a tree that
/// has none (before 5.13) passes. \param source root of the kernel tree
Result<> check_minimum_version(const host::Host& host, const Toolchain& toolchain, const std::string& arch,
                               const std::filesystem::path& source);

}  // namespace rpikit::toolchain
