#include "sdk/boot/boot_menu.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/boot/command_line.hpp"
#include "sdk/boot/host_files.hpp"
#include "sdk/boot/kernel_image.hpp"

namespace rpikit::boot {

namespace {

std::string with_release(std::string title, const std::string& release) {
    constexpr std::string_view placeholder = "{release}";
    for (auto at = title.find(placeholder); at != std::string::npos; at = title.find(placeholder))
        title.replace(at, placeholder.size(), release);
    return title;
}

Result<std::string> command_line_of(const board::Board& board, const board::MenuEntry& entry,
                                    const MenuKernel& kernel, const std::string& root) {
    const auto& pattern = entry.cmdline.empty() ? board.boot.cmdline : entry.cmdline;
    auto cmdline = make_command_line(entry.append.empty() ? pattern : pattern + ' ' + entry.append, root,
                                     !kernel.initramfs.empty());
    if (!cmdline) cmdline.error().where = Location{.file = board.file};
    return cmdline;
}

std::string file_name(const char* kind, const kernel::KernelArtifacts& kernel) {
    return fmt::format("{}-{}", kind, kernel.release);
}

}  // namespace

Result<BootMenu> make_boot_menu(const board::Board& board, const std::vector<MenuKernel>& kernels,
                                const std::string& root) {
    auto entries = board.boot.menu.entries;
    if (entries.empty()) entries.push_back({.title = "Linux {release}", .cmdline = {}, .append = {}});
    BootMenu menu;
    const auto chosen = std::ranges::find(entries, board.boot.menu.default_title, &board::MenuEntry::title);
    if (chosen != entries.end()) menu.chosen = static_cast<std::size_t>(chosen - entries.begin());
    const auto& newest = kernels.front();
    for (const auto& entry : entries) {
        TRY_ASSIGN(auto cmdline, command_line_of(board, entry, newest, root));
        menu.lines.push_back({.title = with_release(entry.title, newest.release),
                              .cmdline = std::move(cmdline),
                              .kernel = newest});
    }
    for (std::size_t i = 1; i < kernels.size(); ++i) {
        TRY_ASSIGN(auto cmdline, command_line_of(board, {}, kernels[i], root));
        menu.lines.push_back({.title = fmt::format("Linux {} (kept)", kernels[i].release),
                              .cmdline = std::move(cmdline),
                              .kernel = kernels[i],
                              .kept = true});
    }
    return menu;
}

Result<MenuKernel> add_menu_kernel(archive::FileTree& tree, const kernel::KernelArtifacts& kernel,
                                   const std::filesystem::path& initramfs, const std::string& arch) {
    TRY(check_kernel_image(kernel.image, arch));
    TRY(add_host_file(tree, file_name("vmlinuz", kernel), kernel.image));
    TRY(add_host_file(tree, file_name("System.map", kernel), kernel.system_map));
    TRY(add_host_file(tree, file_name("config", kernel), kernel.config));
    MenuKernel entry{.release = kernel.release, .kernel = '/' + file_name("vmlinuz", kernel)};
    if (initramfs.empty()) return entry;
    entry.initramfs = '/' + file_name("initrd.img", kernel);
    TRY(add_host_file(tree, file_name("initrd.img", kernel), initramfs));
    return entry;
}

}  // namespace rpikit::boot
