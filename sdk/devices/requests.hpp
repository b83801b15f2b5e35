#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sdk/devices/derivation.hpp"
#include "sdk/kconfig/kconfig.hpp"

namespace rpikit::devices {

/// Why a symbol is asked for.
enum class Cause : std::uint8_t {
    platform,    ///< the board's own ARCH_ symbol
    driver,      ///< a node's driver is built by it
    folder,      ///< the Makefiles reach the driver's folder only with it
    rule,        ///< a row of the rule file wants it for a node
    dependency,  ///< another symbol's dependencies need it
};

/// "platform", "driver", ...
std::string_view to_string(Cause cause);

/// A line of the configuration, with all that asked for it.
struct Request {
    std::string symbol;
    std::string value;  ///< "y" or "m"; of a dependency also "n"
    Cause cause = Cause::driver;
    /// Of `platform` the root's compatible; of `driver` and `rule` the nodes' paths; of `folder` and
    /// `dependency` the symbols that need it.
    std::vector<std::string> because = {};
    std::string detail = {};  ///< the driver's source, or the rule's reason
};

/// What was wanted and cannot be had.
struct Refusal {
    std::string symbol;
    std::vector<std::string> nodes;    ///< paths; of a platform the root's compatible
    std::vector<std::string> reasons;  ///< as Tree::explain() has them: the expressions that are not met
};

/// What to ask of Kconfig for a board's devices.
struct Requests {
    std::vector<Request> requests;  ///< sorted by symbol, each once
    std::vector<Refusal> refusals;  ///< each symbol once, in the nodes' order
    /// What the symbols of the chosen drivers and of the rules come to: "y", "m", "n".
    std::map<std::string, std::string> values = {};

    /// A fragment of Kconfig: the requests, each with its reason as comment.
    std::string fragment() const;
};

/// Computes all values that follow from requests on top of the base, as Kconfig would.
using Complete = std::function<Result<kconfig::DotConfig>(const std::vector<kconfig::Assignment>& requests)>;

/// Makes a list of requests from a derivation, adding as little as possible: of a node's possible drivers the
/// likeliest that can be had, of each dependency the cheapest way, never COMPILE_TEST, BROKEN, EXPERT or
/// another platform's ARCH_ and MACH_ symbols. A node that looks hopeless is tried again when all others have
/// their drivers. The same input gives the same list. Nodes whose driver cannot be had become `left_out` in
/// `derivation`, with the reason; drivers that were not chosen are dropped from its needs.
/// \param base the configuration that the requests come on top of; what it has is not asked for again
/// \param wanted what is asked for anyway and wins: no plan goes against it
/// \param complete without it, selects and defaults of what was asked for are found as they are needed, and
/// what they switch off is seen only when the kernel's own Kconfig has run
Result<Requests> plan_requests(const kconfig::Tree& tree, const kconfig::DotConfig& base,
                               Derivation& derivation, const Complete& complete = {},
                               const std::vector<kconfig::Assignment>& wanted = {});

}  // namespace rpikit::devices
