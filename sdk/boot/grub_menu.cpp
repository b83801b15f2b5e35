// grub.cfg, as the GNU GRUB manual has it (2.06: "Writing your own configuration file").
#include "sdk/boot/grub_menu.hpp"

#include <fmt/format.h>

namespace rpikit::boot {

namespace {

/// A word of GRUB's script language; in single quotes nothing but the quote itself is special.
std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text)
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

std::string menu_entry(const MenuLine& line, const std::string& id, std::string_view indent) {
    auto text = fmt::format("{}menuentry {} --id {} {{\n", indent, quoted(line.title), id);
    text += fmt::format("{}    linux {} {}\n", indent, line.kernel.kernel, line.cmdline);
    if (!line.kernel.initramfs.empty())
        text += fmt::format("{}    initrd {}\n", indent, line.kernel.initramfs);
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
    TRY_ASSIGN(const auto menu, make_boot_menu(board, kernels, root));
    auto text = settings(board.boot.menu, menu.chosen);
    std::string kept;
    for (std::size_t i = 0, earlier = 0; i < menu.lines.size(); ++i) {
        const auto& line = menu.lines[i];
        TRY(check_words(line.cmdline, board));
        if (line.kept) {
            kept += menu_entry(line, fmt::format("kept-{}", ++earlier), "    ");
        } else {
            text += menu_entry(line, fmt::format("entry-{}", i), "");
        }
    }
    if (kept.empty()) return text;
    return text + "submenu 'Advanced options' --id advanced {\n" + kept + "}\n";
}

std::string grub_early_configuration(const std::string& boot_uuid) {
    return fmt::format("search.fs_uuid {} root\nset prefix=($root)/grub\nconfigfile ($root)/grub/grub.cfg\n",
                       boot_uuid);
}

}  // namespace rpikit::boot
