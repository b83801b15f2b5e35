// grub.cfg, as the GNU GRUB manual has it (2.06: "Writing your own configuration file").
#include "sdk/boot/grub_menu.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/boot/command_line.hpp"

namespace rpikit::boot {

namespace {

/// A word of GRUB's script language; in single quotes nothing but the quote itself is special.
std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text)
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

std::string with_release(std::string title, const std::string& release) {
    constexpr std::string_view placeholder = "{release}";
    for (auto at = title.find(placeholder); at != std::string::npos; at = title.find(placeholder))
        title.replace(at, placeholder.size(), release);
    return title;
}

struct Entry {
    std::string title;
    std::string id;
    std::string cmdline;
};

std::string menu_entry(const Entry& entry, const MenuKernel& kernel, std::string_view indent) {
    auto text = fmt::format("{}menuentry {} --id {} {{\n", indent, quoted(entry.title), entry.id);
    text += fmt::format("{}    linux {} {}\n", indent, kernel.kernel, entry.cmdline);
    if (!kernel.initramfs.empty()) text += fmt::format("{}    initrd {}\n", indent, kernel.initramfs);
    return text + fmt::format("{}}}\n", indent);
}

/// GRUB takes words apart at these; a kernel parameter with one of them would change the script.
Result<> check_words(const std::string& cmdline, const board::Board& board) {
    const auto bad = cmdline.find_first_of("\"'\\$;|&<>{}#`");
    if (bad == std::string::npos) return {};
    return fail({.message = fmt::format("the kernel command line has a {}, which GRUB would read as its own",
                                        cmdline[bad]),
                 .where = Location{.file = board.file},
                 .causes = {cmdline},
                 .hint = "write boot.cmdline and the menu's entries without it"});
}

Result<std::string> command_line_of(const board::Board& board, const board::MenuEntry& entry,
                                    const MenuKernel& kernel, const std::string& root) {
    const auto& pattern = entry.cmdline.empty() ? board.boot.cmdline : entry.cmdline;
    auto cmdline = make_command_line(entry.append.empty() ? pattern : pattern + ' ' + entry.append, root,
                                     !kernel.initramfs.empty());
    if (!cmdline) {
        cmdline.error().where = Location{.file = board.file};
        return cmdline;
    }
    TRY(check_words(*cmdline, board));
    return cmdline;
}

std::string settings(const board::Menu& menu, std::size_t chosen) {
    std::string text;
    if (menu.serial > 0) {
        text += fmt::format("serial --unit=0 --speed={}\n", menu.serial);
        text += "terminal_input console serial\nterminal_output console serial\n";
    }
    text += fmt::format("set timeout_style={}\nset timeout={}\nset default=entry-{}\n", menu.style,
                        menu.timeout, chosen);
    return text;
}

}  // namespace

Result<std::string> make_grub_menu(const board::Board& board, const std::vector<MenuKernel>& kernels,
                                   const std::string& root) {
    const auto& menu = board.boot.menu;
    auto entries = menu.entries;
    if (entries.empty()) entries.push_back({.title = "Linux {release}", .cmdline = {}, .append = {}});
    const auto chosen = std::ranges::find(entries, menu.default_title, &board::MenuEntry::title);
    auto text =
        settings(menu, chosen == entries.end() ? 0 : static_cast<std::size_t>(chosen - entries.begin()));
    const auto& newest = kernels.front();
    for (std::size_t i = 0; i < entries.size(); ++i) {
        TRY_ASSIGN(auto cmdline, command_line_of(board, entries[i], newest, root));
        text += menu_entry(
            {with_release(entries[i].title, newest.release), fmt::format("entry-{}", i), std::move(cmdline)},
            newest, "");
    }
    if (kernels.size() == 1) return text;
    text += "submenu 'Advanced options' --id advanced {\n";
    for (std::size_t i = 1; i < kernels.size(); ++i) {
        TRY_ASSIGN(auto cmdline, command_line_of(board, {}, kernels[i], root));
        text += menu_entry({fmt::format("Linux {} (kept)", kernels[i].release), fmt::format("kept-{}", i),
                            std::move(cmdline)},
                           kernels[i], "    ");
    }
    return text + "}\n";
}

std::string grub_early_configuration(const std::string& boot_uuid) {
    return fmt::format("search.fs_uuid {} root\nset prefix=($root)/grub\nconfigfile ($root)/grub/grub.cfg\n",
                       boot_uuid);
}

}  // namespace rpikit::boot
