#pragma once

#include <string>
#include <vector>

#include "sdk/kconfig/dot_config.hpp"
#include "sdk/kernel/make.hpp"

namespace rpikit::kernel {

/// What the configuration shall be: a base, then requests in order; later ones win.
struct ConfigurationRequest {
    std::string base;  ///< a defconfig's name or make target
    std::vector<std::filesystem::path> fragments = {};
    std::vector<std::string> settings = {};  ///< --set: "HZ=300", "CONFIG_FOO=m", "BAR=n"
    std::filesystem::path whole_file = {};   ///< --config FILE: used instead of the base
};

/// A request that did not take.
struct Unmet {
    kconfig::Assignment request;
    std::string became;
    std::vector<std::string> reasons;  ///< evaluated from Kconfig
};

struct Configuration {
    std::filesystem::path file;                 ///< the .config in the build folder
    std::string sha256;                         ///< of it
    std::vector<kconfig::Assignment> requests;  ///< after "later wins", sorted
    std::size_t enabled = 0;                    ///< symbols that are y or m
    std::vector<std::string> cleared;  ///< SYSTEM_TRUSTED_KEYS and the like that named a missing file
};

/// The requests of fragments and settings, the last one for each symbol, in order of appearance.
Result<std::vector<kconfig::Assignment>> collect_requests(const ConfigurationRequest& request);

/// The arguments of each make that `configure` runs, in order, to be shown.
std::vector<std::vector<std::string>> configuration_targets(const BuildContext& context,
                                                            const ConfigurationRequest& request);

/// Configures and proves it: base, requests, olddefconfig, then every request against the final .config. One
/// that did not take is an error that names the symbol, what was asked and where, what it became and the
/// unmet dependency. The .config is replaced (and its time changed) only when its content changes.
Result<Configuration> configure(const host::Host& host, const BuildContext& context,
                                const ConfigurationRequest& request);

/// What a `configure` that succeeded left in a build folder, without running anything. The requests are those
/// that were proven; `cleared` is empty.
Result<Configuration> read_configuration(const std::filesystem::path& build);

}  // namespace rpikit::kernel
