// The search for the smallest fragment that gives a wanted configuration.

#include <algorithm>
#include <map>

#include "sdk/host/file.hpp"
#include "sdk/kernel/configuration_edit.hpp"
#include "sdk/kernel/configuration_steps.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

using kconfig::Assignment;
using kconfig::DotConfig;

namespace {

/// Each round settles one level of dependencies; menus are not nested as deep.
constexpr int round_limit = 64;
/// Trying to do without a line costs a run of Kconfig, a second or so: not done for more lines than this.
constexpr std::size_t prune_limit = 16;

class Search {
  public:
    Search(const host::Host& host, const BuildContext& context, const ConfigurationRequest& request,
           const kconfig::Tree& tree, const DotConfig& wanted, std::vector<Assignment> given, fs::path own)
        : host_(host),
          context_(context),
          request_(request),
          tree_(tree),
          wanted_(wanted),
          given_(std::move(given)),
          own_(std::move(own)) {}

    Result<std::vector<Assignment>> run() {
        for (int round = 0; round < round_limit; ++round) {
            TRY_ASSIGN(const auto missing, missing_with(added_));
            if (missing.empty()) return prune();
            TRY(add(missing));
        }
        return fail({.message = "no fragment was found that gives the edited configuration"});
    }

  private:
    std::vector<Assignment> requests_with(const std::vector<Assignment>& added) const {
        auto requests = given_;
        requests.insert(requests.end(), added.begin(), added.end());
        return settle_requests(tree_, std::move(requests));
    }

    /// What is still different, or asked for in vain, when the configuration is run with these lines: symbol
    /// and the value it shall have.
    Result<std::map<std::string, std::string>> missing_with(const std::vector<Assignment>& added) const {
        auto requests = requests_with(added);
        TRY_ASSIGN(std::string text, make_dot_config(host_, context_, request_, requests));
        settle_keys(text, requests, context_);
        TRY_ASSIGN(const auto config, parse_dot_config(text, context_.build / ".config"));
        std::map<std::string, std::string> missing;
        for (const auto& change : compare(config, wanted_))
            missing.emplace(change.symbol, change.after);
        if (!missing.empty()) return missing;
        // Another fragment's request that now does not take would stop the build.
        for (const auto& unmet : find_unmet(requests, config))
            missing.emplace(unmet.request.symbol, unmet.became);
        return missing;
    }

    Result<> add(const std::map<std::string, std::string>& missing) {
        bool found = false;
        for (const auto& symbol : tree_.independent(missing))
            found |= ask_for(symbol);
        if (!found) {
            for (const auto& [symbol, value] : missing) {
                const auto asked = std::ranges::find(given_, symbol, &Assignment::symbol);
                if (asked != given_.end()) found |= ask_for(symbol);
            }
        }
        if (found) return {};
        const auto& [symbol, value] = *missing.begin();
        return fail({.message = "no fragment gives the edited configuration: CONFIG_" + symbol + "=" + value +
                                " cannot be asked for",
                     .causes = tree_.explain(symbol, value, wanted_)});
    }

    /// False when it has been asked for already.
    bool ask_for(const std::string& symbol) {
        if (std::ranges::find(added_, symbol, &Assignment::symbol) != added_.end()) return false;
        added_.push_back({symbol, wanted_.value(symbol), {.file = own_}});
        return true;
    }

    Result<std::vector<Assignment>> prune() {
        if (added_.size() < 2 || added_.size() > prune_limit) return added_;
        for (std::size_t i = added_.size(); i-- > 0;) {
            auto fewer = added_;
            fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
            TRY_ASSIGN(const auto missing, missing_with(fewer));
            if (missing.empty()) added_ = std::move(fewer);
        }
        return added_;
    }

    const host::Host& host_;
    const BuildContext& context_;
    const ConfigurationRequest& request_;
    const kconfig::Tree& tree_;
    const DotConfig& wanted_;
    std::vector<Assignment> given_;
    fs::path own_;
    std::vector<Assignment> added_;
};

}  // namespace

Result<FragmentChange> minimal_change(const host::Host& host, const BuildContext& context,
                                      const ConfigurationRequest& request, const DotConfig& wanted,
                                      const fs::path& own) {
    TRY_ASSIGN(const auto proven, DotConfig::read(context.build / ".config"));
    TRY_ASSIGN(const auto tree, load_kconfig(host, context));
    ConfigurationRequest others = request;
    std::erase(others.fragments, own);
    TRY_ASSIGN(auto given, collect_requests(others));
    FragmentChange change;
    std::error_code ignored;
    if (fs::exists(own, ignored)) {
        TRY_ASSIGN(const std::string text, host::read_file(own));
        TRY_ASSIGN(const auto lines, DotConfig::parse(text, own));
        for (const auto& each : compare(proven, wanted))
            change.drop.insert(each.symbol);
        for (const auto& line : lines) {
            if (!change.drop.contains(line.symbol)) given.push_back(line);
        }
    }
    TRY_ASSIGN(change.add, Search(host, context, request, tree, wanted, std::move(given), own).run());
    return change;
}

}  // namespace rpikit::kernel
