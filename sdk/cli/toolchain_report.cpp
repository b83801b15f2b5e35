#include "sdk/cli/toolchain_report.hpp"

#include <fmt/format.h>

#include "sdk/support/text.hpp"
#include "sdk/toolchain/store.hpp"

namespace rpikit::cli {

std::string trials_text(const toolchain::Toolchain& tried, std::span<const toolchain::Trial> trials) {
    std::string text = fmt::format("{} {} ({})\n", tried.name, tried.version, tried.compiler.string());
    for (const auto& trial : trials) {
        const auto found = trial.found.empty() ? "" : ": " + trial.found;
        text += fmt::format("{:<6} {}{}\n", trial.passed ? "ok" : "FAILED", trial.what, found);
    }
    return text;
}

std::string install_plan(const host::Host& host, const toolchain::Description& description, bool into_store,
                         bool tarball) {
    std::string text;
    const auto packages = join(description.packages, " ");
    const auto folder = toolchain::store_folder(host, description.name).string();
    if (!packages.empty() && !into_store && !tarball)
        text += fmt::format("install into the system: {}\n", packages);
    if (!packages.empty() && !tarball)
        text += fmt::format("{}into {}: {} and what they depend on\n",
                            into_store ? "" : "where that is not possible ", folder, packages);
    if (description.tarball && (tarball || packages.empty()))
        text += fmt::format("into {}: {} (sha256 {})\n", folder, description.tarball->url,
                            description.tarball->sha256);
    return text;
}

}  // namespace rpikit::cli
