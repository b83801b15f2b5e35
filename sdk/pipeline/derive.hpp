#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/devices/derivation.hpp"
#include "sdk/devices/requests.hpp"
#include "sdk/pipeline/build_state.hpp"

namespace rpikit::pipeline {

/// Where a board's devices are told of.
struct DeviceSources {
    std::vector<std::string> device_trees = {};  ///< below arch/ARCH/boot/dts; "QEMU's machine virt"
    std::vector<std::string> modaliases = {};    ///< one a device
};

/// What a board's devices need of its kernel.
struct DerivedConfiguration {
    DeviceSources sources;
    devices::Derivation derivation;
    devices::Requests requests;
};

/// The modaliases in a text, one a line; blank lines and lines that begin with '#' are passed over. An error
/// for a line that is none. \param file named in the error
Result<std::vector<std::string>> parse_modaliases(std::string_view text, const std::filesystem::path& file);

/// Those of several files, one after the other.
Result<std::vector<std::string>> read_modaliases(const std::vector<std::filesystem::path>& files);

/// Finds what drives a board's devices and plans what to ask for, on top of what `request` asks for anyway.
/// The devices are those of the board's device trees (of a board without any, of its emulator's machine) and
/// of its lists of modaliases; or, when `modaliases` has some, those alone. The kernel's source and the
/// toolchain must be there. An error for a tree of another architecture, a rule file that is wrong, Kconfig
/// files that cannot be read
Result<DerivedConfiguration> derive_configuration(BuildState& state,
                                                  const kernel::ConfigurationRequest& request,
                                                  const std::vector<std::string>& modaliases = {});

/// The same for people's scripts and for `boot --check`: device_trees, platforms, nodes with outcome, reason
/// and drivers, requests with their cause, refusals, warnings.
std::string to_json(const DerivedConfiguration& derived);

/// A device that its driver binds to.
struct BoundDevice {
    std::string node;    ///< path in the device tree
    std::string driver;  ///< its source
};

/// Of what a build derived, the devices that a running kernel should show as bound; none when its profile
/// derives nothing.
Result<std::vector<BoundDevice>> read_bound_devices(const BuildFolders& folders);

/// Derives and leaves the requests as a fragment, and to_json(), in the build's folder.
Result<DerivedConfiguration> make_derived_fragment(BuildState& state,
                                                   const kernel::ConfigurationRequest& request);

/// The request with the fragment that was derived for it, below the profile's own; unchanged when the profile
/// derives nothing.
Result<kernel::ConfigurationRequest> with_derived_fragment(const BuildState& state,
                                                           kernel::ConfigurationRequest request);

/// What a derivation depends on besides the source and the request.
Result<> add_derivation_inputs(Fingerprint& inputs, const BuildState& state);

}  // namespace rpikit::pipeline
