#include <algorithm>

#include "sdk/kernel/build.hpp"
#include "sdk/kernel/build_folder.hpp"
#include "sdk/kernel/device_trees.hpp"
#include "sdk/kernel/object_counter.hpp"
#include "sdk/kernel/signing.hpp"

namespace rpikit::kernel {

namespace {

/// How far a build is, over the runs that it took so far.
struct Extent {
    std::uint64_t before = 0;    ///< made by earlier runs that were cut off
    std::uint64_t expected = 0;  ///< of the whole build; 0: only what changed is made, nobody knows how much
};

Extent extent_of(const BuildContext& context, const Configuration& configuration) {
    std::error_code ignored;
    if (std::filesystem::exists(context.build / "vmlinux", ignored)) return {};
    return {unfinished_objects(context.build).value_or(0),
            expected_objects(context.build, configuration.enabled)};
}

/// Numbers that only feed the progress display are no reason to fail.
void note_failure(const host::Host& host, const Result<>& written) {
    if (!written) host.note(written.error().message);
}

}  // namespace

std::vector<std::string> build_targets(const board::Kernel& kernel, bool modules) {
    std::vector<std::string> targets = {"vmlinux", kernel.image};
    if (!kernel.dtbs.empty()) targets.emplace_back("dtbs");
    if (modules) targets.emplace_back("modules");
    return targets;
}

Result<> compile(const host::Host& host, const BuildContext& context, const Configuration& configuration,
                 const host::Progress& progress) {
    const Extent extent = extent_of(context, configuration);
    TRY_ASSIGN(const auto config, kconfig::DotConfig::read(configuration.file));
    TRY_ASSIGN(const auto key, prepare_signing_key(context, config));
    if (key) TRY(drop_other_certificate(context, *key));
    TRY(clear_own_device_tree(context));
    ObjectCounter counter;
    const auto done = [&] { return extent.before + counter.count(); };
    const auto report = [&](std::string_view output) {
        counter.feed(output);
        // An estimate that was too low grows with the truth.
        if (progress) progress(done(), extent.expected == 0 ? 0 : std::max(extent.expected, done()));
    };
    const auto made =
        run_make(host, context, build_targets(context.kernel, config.value("MODULES") == "y"), {}, report);
    if (!made) {
        // The next run counts on from here; the failure of make is what has to be told first.
        if (extent.expected > 0) note_failure(host, mark_unfinished(context.build, done()));
        return fail(made.error());
    }
    TRY(place_own_device_tree(context));
    if (extent.expected > 0) note_failure(host, remember_objects(context.build, done()));
    if (progress) progress(done(), done());
    return {};
}

}  // namespace rpikit::kernel
