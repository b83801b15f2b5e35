#include <fmt/format.h>

#include "sdk/source/kernel_version.hpp"
#include "sdk/source/provider.hpp"
#include "sdk/source/tree_scan.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::source {

namespace fs = std::filesystem;

namespace {

/// What the kernel's own Makefile looks for before it builds with O= (target outputmakefile).
Result<> check_clean(const fs::path& root, const std::string& arch) {
    for (const auto& trace :
         {fs::path(".config"), fs::path("include/config"), fs::path("arch") / arch / "include/generated"}) {
        std::error_code ignored;
        if (!fs::exists(root / trace, ignored)) continue;
        return fail(
            {.message = fmt::format("the kernel tree {} is not clean", root.string()),
             .causes = {fmt::format("it was built in before: there is {}", trace.string())},
             .hint = fmt::format("make -C {} ARCH={} mrproper   (removes its .config too: keep a copy)",
                                 shell_quote(root.string()), arch)});
    }
    return {};
}

Result<SourceTree> in_place(const board::Board& board, const board::KernelSource& source) {
    std::error_code error;
    const auto root = fs::canonical(source.path, error);
    if (error || !fs::is_directory(root, error)) {
        return fail({.message = fmt::format("{} is no folder", source.path.string()),
                     .where = source.where.file.empty() ? std::nullopt : std::optional(source.where)});
    }
    SourceTree tree{.root = root, .source = source, .mutable_tree = true};
    TRY_ASSIGN(tree.version, kernel_version(root));
    TRY(check_clean(root, board.kernel.arch));
    TRY_ASSIGN(const auto scan, scan_tree(root));
    tree.identity = "scan-" + scan;
    return tree;
}

}  // namespace

constinit const Provider dir_provider = {.name = "dir", .in_place = in_place};

}  // namespace rpikit::source
