#include "sdk/boot/own_overlays.hpp"

#include <fmt/format.h>

#include <map>

#include "sdk/board/formats.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::boot {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t source_limit = std::size_t{4} << 20;

/// One of the two programs that make an overlay; what it said is the error's detail.
Result<> run_tool(const host::Host& host, const fs::path& file, std::vector<std::string> argv,
                  const std::string& package) {
    auto environment = host.environment.only({"PATH", "TMPDIR"});
    environment.set("LC_ALL", "C");
    if (!host.processes.find_program(argv.front(), environment)) {
        return fail({.message = fmt::format("{} is missing, which compiles overlays", argv.front()),
                     .hint = "sudo apt-get install " + package});
    }
    TRY_ASSIGN(const auto exit, host.processes.run({.argv = std::move(argv), .environment = environment},
                                                   {.stop = host.stop}));
    if (exit.success()) return {};
    return fail({.message = fmt::format("{} cannot be compiled", file.string()),
                 .detail = last_lines(exit.output, 20)});
}

Result<std::string> compile_in(const host::Host& host, const fs::path& file, const fs::path& tree,
                               const fs::path& work) {
    TRY(host::make_directories(work));
    TRY_ASSIGN(const auto text, host::read_file(file, source_limit));
    auto source = file;
    if (text.contains("#include")) {
        source = work / "source.dts";
        std::vector<std::string> argv = {"cpp",       "-nostdinc", "-undef",
                                         "-D__DTS__", "-x",        "assembler-with-cpp"};
        if (!tree.empty()) argv.insert(argv.end(), {"-I", (tree / "include").string()});
        argv.insert(argv.end(), {"-o", source.string(), file.string()});
        TRY(run_tool(host, file, std::move(argv), "cpp"));
    }
    const auto blob = work / "overlay.dtbo";
    TRY(run_tool(host, file,
                 {"dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-i", file.parent_path().string(), "-o",
                  blob.string(), source.string()},
                 "device-tree-compiler"));
    return host::read_file(blob, source_limit);
}

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
    if (file.extension() == ".dtbo") return host::read_file(file, source_limit);
    const auto work = host::temporary_sibling(host.cache / "overlay");
    auto blob = compile_in(host, file, tree, work);
    const auto removed = host::remove_tree(work);
    if (blob && !removed) return fail(removed.error());
    return blob;
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
