#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/host/host.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::toolchain {

/// A cross compiler as toolchains/NAME.toml describes it; nothing about it is looked up yet.
struct Description {
    std::string name;  ///< "aarch64-linux-gnu"
    std::string description;
    std::string cross_compile;  ///< "aarch64-linux-gnu-"
    bool llvm = false;          ///< make LLVM=1
    std::vector<std::string>
        compilers;                   ///< names to look for, in order: "aarch64-linux-gnu-gcc", "...-gcc-12"
    std::vector<std::string> tools;  ///< programs that must be there too, without prefix: "ld", "objcopy"
    std::vector<std::string> packages;  ///< the distribution's packages that bring it
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
    std::string origin;    ///< "system", "store"
    std::string identity;  ///< for fingerprints: name, version, hash of the compiler binary
};

/// \param folder toolchains/
Result<Description> load(const std::string& name, const std::filesystem::path& folder);

/// All descriptions of a folder, sorted by name.
Result<std::vector<Description>> load_all(const std::filesystem::path& folder);

/// Looks for the toolchain in the store, then on PATH; an error (with the install command as hint) if there
/// is none that is complete. Runs the compiler only when its file changed since the last time.
Result<Toolchain> find(const host::Host& host, const Description& description);

/// Installs it: the system's packages when allowed to, otherwise into the store below the cache without root.
/// \param into_store never try the system
Result<Toolchain> install(const host::Host& host, const Description& description, bool into_store,
                          bool offline, const host::Progress& progress = {});

/// Checks the versions of compiler and linker against the tree's own scripts/min-tool-version.sh; a tree that
/// has none (before 5.13) passes. \param source root of the kernel tree
Result<> check_minimum_version(const host::Host& host, const Toolchain& toolchain, const std::string& arch,
                               const std::filesystem::path& source);

}  // namespace rpikit::toolchain
