#include <algorithm>
#include <array>

#include "sdk/host/file.hpp"
#include "sdk/kernel/configuration_steps.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

namespace {

/// What conf writes to instead of .config, so that an unchanged result does not touch .config's time.
constexpr std::string_view draft = ".config.draft";
constexpr std::string_view requests_file = ".config.requests";

/// Removes our files from the build folder, at the start (a killed run may have left them) and at the end.
class DraftFiles {
  public:
    explicit DraftFiles(fs::path build) : build_(std::move(build)) { remove(); }
    ~DraftFiles() { remove(); }
    DraftFiles(const DraftFiles&) = delete;
    DraftFiles& operator=(const DraftFiles&) = delete;

    fs::path config() const { return build_ / draft; }
    fs::path requests() const { return build_ / requests_file; }

  private:
    void remove() const {
        std::error_code ignored;
        for (const fs::path& file : {config(), fs::path(config()) += ".old", requests()}) {
            fs::remove(file, ignored);
        }
    }
    fs::path build_;
};

/// What conf is told by make's command line, before anything else.
std::vector<std::string> conf_arguments(std::vector<std::string> targets) {
    targets.insert(targets.begin(), "KCONFIG_CONFIG=" + std::string(draft));
    return targets;
}

/// These read KCONFIG_ALLCONFIG before they set what is left, so that choices and defaults see the requests.
bool takes_requests(std::string_view base) {
    constexpr std::array<std::string_view, 4> targets = {"allnoconfig", "alldefconfig", "allmodconfig",
                                                         "allyesconfig"};
    return std::ranges::find(targets, base) != targets.end();
}

std::vector<std::string> base_arguments(const std::string& base) {
    if (!takes_requests(base)) return conf_arguments({base});
    return conf_arguments({"KCONFIG_ALLCONFIG=" + std::string(requests_file), base});
}

std::string base_of(const BuildContext& context, const ConfigurationRequest& request) {
    const std::string& own = context.source.source.defconfig;
    return !request.base.empty() ? request.base : own.empty() ? "defconfig" : own;
}

Result<> check_base(const std::string& base) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-' || c == '.' || c == '+';
    };
    if (base.ends_with("config") && !base.starts_with('-') && std::ranges::all_of(base, allowed)) return {};
    return fail(
        {.message = "not a configuration target of the kernel: '" + base + "'",
         .hint = "a base is a file in arch/ARCH/configs or a target such as allnoconfig or defconfig"});
}

std::string request_lines(const std::vector<kconfig::Assignment>& requests) {
    std::string text;
    for (const auto& request : requests)
        text += kconfig::to_line(request) + "\n";
    return text;
}

Result<> merge_and_update(const host::Host& host, const BuildContext& context, const DraftFiles& files,
                          std::string_view config, const std::vector<kconfig::Assignment>& requests) {
    TRY(host::write_file(files.config(), merge_requests(config, requests)));
    TRY(run_make(host, context, conf_arguments({"olddefconfig"})));
    return {};
}

/// Says which settings of the user's own file this kernel did not follow; they are no requests.
void note_dropped(const host::Host& host, const fs::path& file,
                  const std::vector<kconfig::Assignment>& settings, const kconfig::DotConfig& config) {
    const auto unmet = find_unmet(settings, config);
    if (unmet.empty() || !host.note) return;
    host.note(std::to_string(unmet.size()) + " of " + std::to_string(settings.size()) + " settings of " +
              file.string() + " are different in this kernel, the first: CONFIG_" +
              unmet.front().request.symbol + " is " + unmet.front().became);
}

Result<> from_whole_file(const host::Host& host, const BuildContext& context,
                         const ConfigurationRequest& request, const DraftFiles& files,
                         const std::vector<kconfig::Assignment>& requests) {
    auto text = host::read_file(request.whole_file);
    const auto usage = [](Error error) {
        error.kind = ErrorKind::usage;
        return fail(std::move(error));
    };
    if (!text) return usage(text.error());
    const auto settings = kconfig::DotConfig::parse(*text, request.whole_file);
    if (!settings) return usage(settings.error());
    TRY(merge_and_update(host, context, files, *text, requests));
    TRY_ASSIGN(const auto config, kconfig::DotConfig::read(files.config()));
    note_dropped(host, request.whole_file, *settings, config);
    return {};
}

Result<> from_base(const host::Host& host, const BuildContext& context, const std::string& base,
                   const DraftFiles& files, const std::vector<kconfig::Assignment>& requests) {
    TRY(check_base(base));
    if (takes_requests(base)) {
        TRY(host::write_file(files.requests(), request_lines(requests)));
    }
    TRY(run_make(host, context, base_arguments(base)));
    if (takes_requests(base)) return {};
    if (requests.empty()) return {};
    TRY_ASSIGN(const std::string config, host::read_file(files.config()));
    return merge_and_update(host, context, files, config, requests);
}

}  // namespace

std::vector<std::vector<std::string>> configuration_targets(const BuildContext& context,
                                                            const ConfigurationRequest& request) {
    const auto update = conf_arguments({"olddefconfig"});
    if (!request.whole_file.empty()) return {update};
    const auto base = base_of(context, request);
    const bool merges = !takes_requests(base) && !(request.fragments.empty() && request.settings.empty());
    if (!merges) return {base_arguments(base)};
    return {base_arguments(base), update};
}

Result<std::string> make_dot_config(const host::Host& host, const BuildContext& context,
                                    const ConfigurationRequest& request,
                                    const std::vector<kconfig::Assignment>& requests) {
    TRY(host::make_directories(context.build));
    const DraftFiles files(context.build);
    if (!request.whole_file.empty()) {
        TRY(from_whole_file(host, context, request, files, requests));
    } else {
        TRY(from_base(host, context, base_of(context, request), files, requests));
    }
    return host::read_file(files.config());
}

}  // namespace rpikit::kernel
