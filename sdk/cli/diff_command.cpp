#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sdk/cli/command.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/cli/report_output.hpp"
#include "sdk/host/file.hpp"
#include "sdk/host/interrupt.hpp"
#include "sdk/inspect/difference.hpp"
#include "sdk/pipeline/manifest.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct DiffArguments {
    fs::path before;
    fs::path after;
};

/// What a build's manifest.json tells, and the .config beside it when the objects are still there.
Result<inspect::Subject> read_build(const fs::path& file) {
    TRY_ASSIGN(const auto manifest, pipeline::load_manifest(file));
    inspect::Subject subject{.kind = "build", .facts = manifest.inputs};
    subject.facts["board"] = manifest.board;
    subject.facts["release"] = manifest.release;
    subject.facts["profile"] = manifest.profile;
    subject.facts["config_sha256"] = manifest.config_sha256;
    subject.facts["image_size"] = fmt::format("{}", manifest.image.size);
    subject.facts["modules"] = fmt::format("{}", manifest.modules.size());
    auto& files = subject.files.emplace();
    for (const auto& entry : manifest.image.files)
        files[entry.partition + ":/" + entry.path] = {.size = entry.size, .digest = entry.sha256};
    const auto config = file.parent_path() / "build" / "kernel" / ".config";
    std::error_code error;
    if (fs::exists(config, error)) {
        TRY_ASSIGN(const auto text, host::read_file(config));
        TRY_ASSIGN(subject.symbols, inspect::read_symbols(text));
    } else {
        subject.symbols = manifest.requests;
        subject.only_requested = true;
    }
    return subject;
}

Result<inspect::Subject> read_side(const fs::path& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) return read_build(path / "manifest.json");
    if (path.extension() == ".json") return read_build(path);
    return inspect::read_subject(path, {});
}

std::string value_lines(const std::string& title, const std::vector<inspect::ValueChange>& changes) {
    std::string text;
    for (const auto& change : changes) {
        if (text.empty()) text = title + ":\n";
        text += fmt::format("  {:<32} {} -> {}\n", printable(change.name),
                            change.before.empty() ? "(none)" : printable(change.before),
                            change.after.empty() ? "(none)" : printable(change.after));
    }
    return text;
}

std::string file_line(const inspect::FileChange& change) {
    const auto path = printable(change.path);
    if (!change.before) return fmt::format("  + {} ({})\n", path, format_size(change.after->size));
    if (!change.after) return fmt::format("  - {} ({})\n", path, format_size(change.before->size));
    const auto a = change.before->size;
    const auto b = change.after->size;
    if (change.before->digest == change.after->digest) {
        return fmt::format("  ~ {} (mode {:04o} -> {:04o})\n", path, change.before->mode, change.after->mode);
    }
    if (a == b) return fmt::format("  ~ {} ({}, other content)\n", path, format_size(a));
    return fmt::format("  ~ {} ({} -> {}, {}{} bytes)\n", path, format_size(a), format_size(b),
                       b > a ? "+" : "-", b > a ? b - a : a - b);
}

std::string difference_text(const inspect::Difference& difference) {
    if (difference.none()) {
        return difference.bytes_differ ? "no difference in what is compared, but the bytes differ\n"
                                       : "no difference\n";
    }
    std::string text = value_lines("facts", difference.facts) + value_lines("symbols", difference.symbols);
    if (!difference.files.empty()) text += "files:\n";
    for (const auto& change : difference.files)
        text += file_line(change);
    return text;
}

ordered_json values_json(const std::vector<inspect::ValueChange>& changes) {
    ordered_json rows = ordered_json::array();
    for (const auto& change : changes)
        rows.push_back({{"name", change.name}, {"before", change.before}, {"after", change.after}});
    return rows;
}

std::string difference_json(const inspect::Difference& difference) {
    ordered_json files = ordered_json::array();
    for (const auto& change : difference.files) {
        ordered_json row = {{"path", change.path},
                            {"change", !change.before  ? "added"
                                       : !change.after ? "removed"
                                                       : "changed"}};
        if (change.before) row["size_before"] = change.before->size;
        if (change.after) row["size_after"] = change.after->size;
        if (change.before && change.after && change.before->mode != change.after->mode) {
            row["mode_before"] = fmt::format("{:04o}", change.before->mode);
            row["mode_after"] = fmt::format("{:04o}", change.after->mode);
        }
        files.push_back(std::move(row));
    }
    const ordered_json document = {
        {"same", difference.none() && !difference.bytes_differ},
        {"bytes_differ", difference.bytes_differ},
        {"compared", {{"symbols", difference.compared_symbols}, {"files", difference.compared_files}}},
        {"facts", values_json(difference.facts)},
        {"symbols", values_json(difference.symbols)},
        {"files", std::move(files)}};
    return json_text(document);
}

Result<int> run_diff(const Context& context, const DiffArguments& arguments) {
    host::end_by_signals();
    TRY_ASSIGN(const auto before, read_side(arguments.before));
    TRY_ASSIGN(const auto after, read_side(arguments.after));
    TRY_ASSIGN(const auto difference, inspect::compare(before, after));
    context.out(context.json ? difference_json(difference) : difference_text(difference));
    return 0;
}

}  // namespace

Command diff_command() {
    return {.name = "diff",
            .summary = "Compare two builds, images, kernels or configurations: symbols, files, sizes",
            .examples =
                "  rpi-kit diff out/rpi4 ../before/out/rpi4\n"
                "  rpi-kit diff before.img after.img\n"
                "  rpi-kit diff /boot/config-6.1 Image.gz --json",
            .setup = [](CLI::App& app) -> Runner {
                auto arguments = std::make_shared<DiffArguments>();
                const auto* what =
                    "Build's folder (out/BOARD) or manifest.json, disk image, kernel, .config, "
                    "initramfs, module or .deb";
                app.add_option("A", arguments->before, what)->required();
                app.add_option("B", arguments->after, "The same of what it is compared with")->required();
                return [arguments](const Context& context) { return run_diff(context, *arguments); };
            }};
}

}  // namespace rpikit::cli
