#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sdk/rootfs/initramfs.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::rootfs {

namespace {

struct FilesystemSymbol {
    std::string_view filesystem;
    std::string_view symbol;  ///< whose module has the file system's name
};
constexpr std::array filesystem_symbols{
    FilesystemSymbol{"ext4", "EXT4_FS"},
    FilesystemSymbol{"f2fs", "F2FS_FS"},
    FilesystemSymbol{"vfat", "VFAT_FS"},
};

/// What makes the kernel unpack an initramfs and start a script that mounts what it needs.
constexpr std::array<std::string_view, 5> initramfs_symbols{"BLK_DEV_INITRD", "BINFMT_SCRIPT", "DEVTMPFS",
                                                            "PROC_FS", "SYSFS"};

std::string set_hint(const board::Board& board, std::string_view symbol) {
    return fmt::format("rpi-kit build {} --set {}=y", board.name, symbol);
}

Error missing(const board::Board& board, std::string_view symbol, std::string what) {
    return {.message = std::move(what),
            .causes = {fmt::format("CONFIG_{} is not set", symbol)},
            .hint = set_hint(board, symbol)};
}

/// \param what "the root file system is f2fs"
Result<> check_symbol(const board::Board& board, const kconfig::DotConfig& config, std::string_view symbol,
                      std::string_view module, const std::string& what, bool has_initramfs) {
    const auto& value = config.value(std::string(symbol));
    if (value == "y" || (value == "m" && has_initramfs)) return {};
    if (value != "m") return fail(missing(board, symbol, what + ", which this kernel does not know"));
    const auto cause =
        module.empty()
            ? fmt::format("CONFIG_{}=m is a module, and modules lie on the root file system", symbol)
            : fmt::format("CONFIG_{}=m: the module {} lies on the file system that it is to mount", symbol,
                          module);
    return fail({.message = what + ", which this kernel cannot mount without an initramfs",
                 .causes = {cause},
                 .hint = fmt::format("rpi-kit build {0} --initramfs, or rpi-kit build {0} --set {1}=y",
                                     board.name, symbol)});
}

/// The last rootfstype= of the command line against the partition's type.
Result<> check_command_line(const board::Board& board, const board::Partition& root) {
    constexpr std::string_view key = "rootfstype=";
    std::string types;
    for (const auto word : split(board.boot.cmdline, ' ')) {
        if (word.starts_with(key)) types = word.substr(key.size());
    }
    if (types.empty()) return {};
    const auto named = split(types, ',');
    if (std::ranges::find(named, root.filesystem) != named.end()) return {};
    return fail(
        {.message = fmt::format("the command line says rootfstype={}, but the root partition '{}' is {}",
                                types, root.name, root.filesystem),
         .where = root.where,
         .hint = fmt::format("write rootfstype={} in boot.cmdline, and in the cmdline of the kernel's "
                             "source where it has one",
                             root.filesystem)});
}

Result<> check_kernel_takes_initramfs(const board::Board& board, const kconfig::DotConfig& config) {
    std::vector<std::string> needed(initramfs_symbols.begin(), initramfs_symbols.end());
    const auto& compression = board.initramfs.compression;
    if (compression == "gzip") needed.emplace_back("RD_GZIP");
    if (compression == "xz") needed.emplace_back("RD_XZ");
    if (compression == "zstd") needed.emplace_back("RD_ZSTD");
    for (const auto& symbol : needed) {
        if (config.value(symbol) == "y") continue;
        return fail(missing(
            board, symbol, fmt::format("this kernel cannot start an initramfs packed with {}", compression)));
    }
    return {};
}

}  // namespace

Result<> check_root_reachable(const board::Board& board, const kconfig::DotConfig& config,
                              bool has_initramfs) {
    if (has_initramfs) TRY(check_kernel_takes_initramfs(board, config));
    for (const auto& symbol : board.kernel.root_symbols) {
        TRY(check_symbol(board, config, symbol, "",
                         fmt::format("the root file system's disk needs {}", symbol), has_initramfs));
    }
    const auto& partitions = board.image.partitions;
    const auto root = std::ranges::find(partitions, "rootfs", &board::Partition::content);
    if (root == partitions.end()) return {};
    TRY(check_command_line(board, *root));
    const auto row = std::ranges::find(filesystem_symbols, root->filesystem, &FilesystemSymbol::filesystem);
    if (row == filesystem_symbols.end()) return {};
    auto checked = check_symbol(board, config, row->symbol, row->filesystem,
                                fmt::format("the root file system is {}", root->filesystem), has_initramfs);
    if (!checked) checked.error().where = root->where;
    return checked;
}

}  // namespace rpikit::rootfs
