#pragma once

#include <set>
#include <string>
#include <vector>

#include "sdk/kconfig/describe.hpp"
#include "sdk/kernel/configuration.hpp"

namespace rpikit::kernel {

/// A symbol that has another value.
struct Change {
    std::string symbol;
    std::string before;
    std::string after;
    bool operator==(const Change&) const = default;
};

/// All symbols whose values mean something else in `after`, sorted.
std::vector<Change> compare(const kconfig::DotConfig& before, const kconfig::DotConfig& after);

/// Runs one of the kernel's own editors on `file`, with the terminal. The editor replaces the file only when
/// the user saves. \param target menuconfig, nconfig \param file in a folder of its own, which the editor can
/// write to
Result<> edit_configuration(const host::Host& host, const BuildContext& context, const std::string& target,
                            const std::filesystem::path& file);

/// A user's whole .config as this kernel would have it: what it lacks has its default, what does not fit is
/// gone. The build folder's own .config stays as it is.
Result<kconfig::DotConfig> complete_configuration(const host::Host& host, const BuildContext& context,
                                                  const std::filesystem::path& file);

/// How a fragment has to be changed.
struct FragmentChange {
    std::vector<kconfig::Assignment> add;     ///< in the order in which they were found to be needed
    std::set<std::string, std::less<>> drop;  ///< symbols whose lines go
};

/// The text of a fragment after a change; comments and all other lines stay.
std::string apply(std::string_view fragment, const FragmentChange& change);

/// The fewest lines in the user's own fragment that make `request` become `wanted`, each found by running the
/// configuration: what nothing else brings about is asked for, until the result is `wanted`; then what can go
/// goes. Requests of other fragments that `wanted` contradicts are overridden. \param own the user's
/// fragment, whether request names it yet or not. An error when Kconfig cannot get there
Result<FragmentChange> minimal_change(const host::Host& host, const BuildContext& context,
                                      const ConfigurationRequest& request, const kconfig::DotConfig& wanted,
                                      const std::filesystem::path& own);

/// Settings that were proven on top of a request.
struct ProvenSettings {
    std::vector<kconfig::Assignment> settings;  ///< as a fragment has to have them
    kconfig::DotConfig config;                  ///< what comes of it
};

/// Configures `request` with more settings ("HZ=300") and proves all of it; the build folder's own .config
/// stays as it is. An error for one that does not take, as by `configure`, and for an unknown symbol.
Result<ProvenSettings> prove_settings(const host::Host& host, const BuildContext& context,
                                      const ConfigurationRequest& request,
                                      const std::vector<std::string>& settings);

/// What is known of a symbol, and which of the requests asked for it.
struct SymbolReport {
    kconfig::Description description;
    std::optional<Location> asked = {};  ///< the fragment's line, or "--set ..."
};

/// An error of kind usage for an unknown symbol, with the nearest known one.
Result<SymbolReport> report_symbol(const host::Host& host, const BuildContext& context,
                                   const ConfigurationRequest& request, const kconfig::DotConfig& config,
                                   const std::string& symbol);

}  // namespace rpikit::kernel
