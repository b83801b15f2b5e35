#include "sdk/source/patches.hpp"

#include <fmt/format.h>

#include "sdk/source/shared_copy.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::source {

namespace fs = std::filesystem;

namespace {

/// "patching file fs/open.c", then "Hunk #1 FAILED at 12.": what failed in which file, from patch(1)'s
/// output.
Error hunk_error(const fs::path& patch, std::string_view output) {
    Error error{.message = fmt::format("the patch {} does not apply", patch.string()),
                .where = Location{.file = patch},
                .detail = last_lines(output, 20),
                .hint = "make the patch anew for this kernel version, or take it out of the descriptor"};
    constexpr std::string_view title = "patching file ";
    std::string_view file;
    for (const auto line : lines(output)) {
        if (line.starts_with(title)) file = line.substr(title.size());
        if (line.contains("FAILED") || line.contains("can't find file")) {
            error.causes.push_back(file.empty() ? std::string(line) : fmt::format("{}: {}", file, line));
        }
    }
    return error;
}

Result<> apply(const host::Host& host, const fs::path& patch, const fs::path& folder) {
    host::Command command{
        .argv = {"patch", "-p1", "--batch", "--forward", "--no-backup-if-mismatch", "--reject-file=-",
                 "--read-only=ignore", "-i", fs::absolute(patch).string()},
        .directory = folder,
        .environment = host.environment.only({"PATH", "TMPDIR"})};
    command.environment->set("LC_ALL", "C");
    TRY_ASSIGN(const auto exit, host.processes.run(command, {.stop = host.stop}));
    if (exit.stopped) return fail(host::command_error(command, exit, {}));
    if (!exit.success()) return fail(hunk_error(patch, exit.output));
    return {};
}

}  // namespace

Result<std::string> patched_key(const std::string& base, const std::vector<fs::path>& patches) {
    if (patches.empty()) return base;
    Sha256 hash;
    hash.update(base);
    for (const auto& patch : patches) {
        auto content = sha256_file(patch);
        if (!content) return fail(std::move(content).error());
        hash.update('\n' + *content);
    }
    return "patched-" + hash.finish();
}

Result<> apply_patches(const host::Host& host, const fs::path& base, const std::vector<fs::path>& patches,
                       const fs::path& folder) {
    TRY(share_tree(base, folder));
    for (const auto& patch : patches)
        TRY(apply(host, patch, folder));
    return make_read_only(folder);
}

}  // namespace rpikit::source
