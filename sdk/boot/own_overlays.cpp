#include "sdk/boot/own_overlays.hpp"

#include <fmt/format.h>

#include <map>

#include "sdk/board/formats.hpp"
#include "sdk/boot/device_tree_compiler.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::boot {

namespace fs = std::filesystem;

namespace {

/// On the boot partition all lie in one folder, and its list of them has no quotes.
Result<> check_names(const std::vector<fs::path>& files) {
    std::map<std::string, fs::path> seen;
    for (const auto& file : files) {
        const auto name = overlay_name(file);
        if (const auto complaint = board::format::name(name))
            return fail(
                {.message = fmt::format("the overlay {} cannot be named so: {}", file.string(), *complaint),
                 .hint = "give the file another name"});
        const auto [other, is_new] = seen.emplace(name, file);
        if (!is_new)
            return fail({.message = fmt::format("two overlays have the name '{}'", name),
                         .causes = {other->second.string(), file.string()},
                         .hint = "give one of the files another name"});
    }
    return {};
}

}  // namespace

std::string overlay_name(const fs::path& file) {
    return file.stem().string();
}

Result<std::string> compile_overlay(const host::Host& host, const fs::path& file, const fs::path& tree) {
    if (file.extension() == ".dtbo") return host::read_file(file, device_tree_source_limit);
    std::vector<fs::path> includes;
    if (!tree.empty()) includes.push_back(tree / "include");
    return compile_device_tree_source(host, file, includes);
}

Result<std::vector<OwnOverlay>> apply_overlays(const host::Host& host, const std::vector<fs::path>& files,
                                               const OverlayBase& base) {
    TRY(check_names(files));
    TRY_ASSIGN(auto tree, host::read_file(base.device_tree));
    std::vector<OwnOverlay> overlays;
    for (const auto& file : files) {
        TRY_ASSIGN(auto blob, compile_overlay(host, file, base.kernel_source));
        auto fitted = fit_overlay(blob, tree, base.labels);
        if (!fitted) {
            return fail(fitted.error(), fmt::format("{} does not fit {}", file.string(),
                                                    base.device_tree.filename().string()));
        }
        tree = std::move(fitted->tree);
        overlays.push_back(
            {.name = overlay_name(file), .blob = std::move(blob), .targets = std::move(fitted->targets)});
    }
    return overlays;
}

Result<std::vector<OwnOverlay>> make_own_overlays(const BootInputs& inputs, OverlayLabels labels) {
    const auto& files = inputs.board.boot.overlay_files;
    if (files.empty()) return std::vector<OwnOverlay>();
    if (inputs.kernel.dtbs.empty()) {
        return fail({.message = "overlays need a device tree, and the board has none (kernel.dtbs)",
                     .where = Location{.file = inputs.board.file}});
    }
    auto overlays = apply_overlays(
        *inputs.host, files,
        {.device_tree = inputs.kernel.dtbs.front(), .kernel_source = inputs.kernel_source, .labels = labels});
    if (!overlays && !overlays.error().where) overlays.error().where = Location{.file = inputs.board.file};
    return overlays;
}

}  // namespace rpikit::boot
