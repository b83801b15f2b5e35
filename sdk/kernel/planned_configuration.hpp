#pragma once

#include <vector>

#include "sdk/kconfig/kconfig.hpp"
#include "sdk/kernel/configuration.hpp"

namespace rpikit::kernel {

/// What a base and its requests come to, computed without running make: for planning what else to ask for.
/// The proof stays `configure`'s.
class PlannedConfiguration {
  public:
    /// Reads the kernel's Kconfig files. Of bases it knows allnoconfig, alldefconfig and files in
    /// arch/ARCH/configs; an error for another one and for what collect_requests refuses. \param context and
    /// `host` must outlive it
    static Result<PlannedConfiguration> make(const host::Host& host, const BuildContext& context,
                                             const ConfigurationRequest& request);

    const kconfig::Tree& tree() const { return tree_; }

    /// The fragments' and settings' requests.
    const std::vector<kconfig::Assignment>& requests() const { return requests_; }

    /// All values when `more` is asked for as well; the requests win over it.
    Result<kconfig::DotConfig> with(const std::vector<kconfig::Assignment>& more) const;

  private:
    PlannedConfiguration(kconfig::Tree tree, const std::vector<kconfig::Assignment>& base,
                         std::vector<kconfig::Assignment> requests)
        : tree_(std::move(tree)), base_(tree_.begin(base)), requests_(std::move(requests)) {}

    kconfig::Tree tree_;
    kconfig::Tree::Beginning base_;  ///< the lines that stand below all requests
    std::vector<kconfig::Assignment> requests_;
};

}  // namespace rpikit::kernel
