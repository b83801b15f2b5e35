#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sdk/boot/boot_method.hpp"
#include "sdk/boot/grub_menu.hpp"
#include "sdk/boot/host_files.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::boot {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t sector = 512;
constexpr std::size_t boot_code_size = 440;

// Where boot.img and diskboot.img keep what an installer fills in (grub-core/boot/i386/pc/{boot,diskboot}.S
// and include/grub/i386/pc/boot.h of GRUB 2.06).
constexpr std::size_t kernel_sector_offset = 0x5c;  ///< in boot.img: 64-bit sector of core.img
constexpr std::size_t drive_check_offset = 0x66;    ///< in boot.img: a jump that is disabled for hard disks
constexpr std::size_t first_block_list_offset = 0x1f4;  ///< in core.img's first sector
constexpr std::uint16_t core_segment = 0x820;           ///< where the rest of core.img is loaded

/// What every image needs to find and read the boot partition, show the menu and start Linux.
const std::vector<std::string> common_modules = {
    "part_gpt", "part_msdos", "fat",   "search", "search_fs_uuid", "configfile",
    "normal",   "linux",      "gzio",  "serial", "terminal",       "minicmd",
    "echo",     "test",       "sleep", "reboot", "halt",           "all_video"};

struct Platform {
    std::string format;  ///< grub-mkimage's name, which is the modules' folder too
    std::vector<std::string> modules;
};

/// Runs grub-mkimage; the result is in the work folder under `name`.
Result<fs::path> make_image(const BootInputs& inputs, const Platform& platform, const std::string& name) {
    TRY(host::make_directories(inputs.work));
    const fs::path early = inputs.work / "grub-early.cfg";
    fs::path image = inputs.work / name;
    TRY(host::write_file(early, grub_early_configuration(inputs.boot_uuid)));
    std::vector<std::string> argv = {"grub-mkimage",
                                     "--format",
                                     platform.format,
                                     "--directory",
                                     (inputs.firmware / platform.format).string(),
                                     "--prefix",
                                     "/grub",
                                     "--config",
                                     early.string(),
                                     "--output",
                                     image.string()};
    argv.insert(argv.end(), common_modules.begin(), common_modules.end());
    argv.insert(argv.end(), platform.modules.begin(), platform.modules.end());
    auto made =
        host::run_checked(inputs.host->processes, {.argv = argv, .environment = inputs.host->environment},
                          {.stop = inputs.host->stop});
    if (!made) return fail(made.error(), fmt::format("cannot make GRUB's image for {}", platform.format));
    return image;
}

Result<archive::FileTree> make(const BootInputs& inputs) {
    const auto& arch = inputs.board.kernel.arch;
    archive::FileTree tree;
    std::vector<MenuKernel> kernels;
    TRY_ASSIGN(auto newest, add_menu_kernel(tree, inputs.kernel, inputs.initramfs, arch));
    kernels.push_back(std::move(newest));
    for (const auto& kept : inputs.kept) {
        TRY_ASSIGN(auto older, add_menu_kernel(tree, kept.kernel, kept.initramfs, arch));
        kernels.push_back(std::move(older));
    }
    TRY_ASSIGN(auto menu, make_grub_menu(inputs.board, kernels, inputs.root));
    TRY(tree.add_file("grub/grub.cfg", std::move(menu)));
    // The path that UEFI starts from a disk it does not know (UEFI 2.10, 3.5.1.1).
    TRY_ASSIGN(const auto image, make_image(inputs, {"x86_64-efi", {"efi_gop", "efi_uga"}}, "BOOTX64.EFI"));
    TRY(add_host_file(tree, "EFI/BOOT/BOOTX64.EFI", image));
    return tree;
}

template <typename Number>
void put(std::string& bytes, std::size_t offset, Number number) {
    for (std::size_t i = 0; i < sizeof number; ++i)
        bytes.at(offset + i) = static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i));
}

/// boot.img's code, told where core.img starts.
Result<std::string> boot_code(const BootInputs& inputs) {
    const auto file = inputs.firmware / "i386-pc/boot.img";
    TRY_ASSIGN(std::string code, host::read_file(file));
    if (code.size() != sector) {
        return fail({.message = fmt::format("{} has {} bytes, a boot sector has {}", file.string(),
                                            code.size(), sector)});
    }
    put<std::uint64_t>(code, kernel_sector_offset, inputs.loader_offset / sector);
    put<std::uint16_t>(code, drive_check_offset, 0x9090);  // two NOPs, as grub-install does
    return code.substr(0, boot_code_size);
}

Result<Loader> make_grub_loader(const BootInputs& inputs) {
    TRY_ASSIGN(auto code, boot_code(inputs));
    TRY_ASSIGN(const auto image, make_image(inputs, {"i386-pc", {"biosdisk"}}, "core.img"));
    TRY_ASSIGN(std::string core, host::read_file(image));
    if (core.size() <= sector) return fail({.message = fmt::format("{} is no core image", image.string())});
    core.resize((core.size() + sector - 1) / sector * sector, '\0');
    const std::uint64_t first = inputs.loader_offset / sector;
    put<std::uint64_t>(core, first_block_list_offset, first + 1);
    put<std::uint16_t>(core, first_block_list_offset + 8,
                       static_cast<std::uint16_t>(core.size() / sector - 1));
    put<std::uint16_t>(core, first_block_list_offset + 10, core_segment);
    Loader loader{.boot_code = std::move(code), .tree = {}};
    TRY(loader.tree.add_file("core.img", std::move(core)));
    return loader;
}

}  // namespace

/// GNU GRUB for PCs: by UEFI from the removable path of the boot partition, by BIOS from a partition of its
/// own.
extern const BootMethod method_grub;
const BootMethod method_grub{
    .name = "grub",
    .packages = {"grub-pc-bin", "grub-efi-amd64-bin"},
    .package_architecture = "amd64",
    .package_folder = "usr/lib/grub",
    .files = {"i386-pc/boot.img", "i386-pc/moddep.lst", "x86_64-efi/moddep.lst"},
    .has_menu = true,
    .tools = {{.name = "grub-mkimage", .package = "grub-common", .reason = "makes GRUB's images"}},
    .make = make,
    .make_loader = make_grub_loader};

}  // namespace rpikit::boot
