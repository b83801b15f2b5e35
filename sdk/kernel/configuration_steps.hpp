#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sdk/kconfig/kconfig.hpp"
#include "sdk/kernel/configuration.hpp"

namespace rpikit::kernel {

/// The Kconfig files of the context's kernel, as its own make would show them to conf; commands that they
/// name run where the build runs.
Result<kconfig::Tree> load_kconfig(const host::Host& host, const BuildContext& context);

/// Makes requests what Kconfig can follow: texts of --set get their quotes; for a symbol without prompt that
/// another one decides (HZ=300: HZ_300) that one is asked for too; of several members of a choice, asked for
/// in different places, only the last stays. With MODULE_SIG comes MODULE_SIG_ALL, and SHA-512 unless a hash
/// is asked for.
std::vector<kconfig::Assignment> settle_requests(const kconfig::Tree& tree,
                                                 std::vector<kconfig::Assignment> requests);

/// The text of a .config or fragment without the lines of some symbols.
std::string without_symbols(std::string_view config, const std::set<std::string, std::less<>>& symbols);

/// The text of a .config with requests put in the place of the lines it had for their symbols.
std::string merge_requests(std::string_view config, const std::vector<kconfig::Assignment>& requests);

/// Runs make so that base and requests become a .config; gives its text. The build folder's own .config stays
/// as it is.
Result<std::string> make_dot_config(const host::Host& host, const BuildContext& context,
                                    const ConfigurationRequest& request,
                                    const std::vector<kconfig::Assignment>& requests);

/// A key file that a .config names but that is not there.
struct MissingKeys {
    std::string symbol;
    std::string file;
};

/// Empties SYSTEM_TRUSTED_KEYS and SYSTEM_REVOCATION_KEYS in the text of a .config where they name a file
/// that neither the source nor the build folder has: distributions' configurations do, and make stops at it.
std::vector<MissingKeys> clear_missing_keys(std::string& config, const BuildContext& context);

/// What a finished .config needs besides Kconfig: missing keys are cleared, MODULE_SIG_KEY points at the
/// context's key; the requests that this overrides go. \returns what was cleared
std::vector<MissingKeys> settle_keys(std::string& config, std::vector<kconfig::Assignment>& requests,
                                     const BuildContext& context);

/// The text of a .config as values. \param file named in errors
Result<kconfig::DotConfig> parse_dot_config(std::string_view text, const std::filesystem::path& file);

/// The requests that have another value in `config`, without reasons.
std::vector<Unmet> find_unmet(const std::vector<kconfig::Assignment>& requests,
                              const kconfig::DotConfig& config);

/// Fills in the reasons. \returns what else would have to be asked for, each once, sorted
std::vector<kconfig::Assignment> explain_unmet(std::vector<Unmet>& unmet, const kconfig::Tree& tree,
                                               const kconfig::DotConfig& config);

/// The error for requests that did not take; the first one in full, the others as detail.
/// \param additions what explain_unmet gave
Error unmet_error(const std::vector<Unmet>& unmet, const std::vector<kconfig::Assignment>& additions);

}  // namespace rpikit::kernel
