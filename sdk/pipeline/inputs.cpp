#include "sdk/pipeline/inputs.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sdk/boot/own_overlays.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::pipeline {

namespace fs = std::filesystem;

void add_inputs(Fingerprint& inputs, const board::RootFs& rootfs) {
    inputs.add("hostname", rootfs.hostname);
    inputs.add("consoles", join(rootfs.consoles, " "));
    inputs.add("network", rootfs.network);
    inputs.add("target architecture", rootfs.debian_arch);
    inputs.add("modules loaded at start", join(rootfs.modules, " "));
}

void add_inputs(Fingerprint& inputs, const board::Boot& boot) {
    inputs.add("boot method", boot.method);
    inputs.add("command line", boot.cmdline);
    inputs.add("config.txt", join(boot.config_txt, "\n"));
    inputs.add("firmware files", join(boot.firmware, " "));
    inputs.add("overlays", join(boot.overlays, " "));
    inputs.add("loader package", boot.package);
    for (const auto& loader : boot.loaders) {
        inputs.add(fmt::format("loader at {}", loader.offset), loader.file + loader.path.string());
        // One that is not there is the boot stage's to complain about.
        if (!loader.path.empty()) inputs.add("its content", sha256_file(loader.path).value_or(""));
    }
    for (const auto& overlay : boot.overlay_files) {
        // One that cannot be read is told of when the boot files are made. The headers of the kernel's tree
        // change with the kernel.
        for (const auto& file : boot::overlay_sources(overlay))
            inputs.add("overlay " + file.string(), sha256_file(file).value_or(""));
    }
    const auto& menu = boot.menu;
    inputs.add("menu", fmt::format("{} {} {} {}", menu.timeout, menu.style, menu.serial, menu.default_title));
    for (const auto& entry : menu.entries)
        inputs.add("menu entry " + entry.title, entry.cmdline + '\n' + entry.append);
}

void add_inputs(Fingerprint& inputs, const board::Image& image) {
    inputs.add("partition table", fmt::format("{} {}", image.table, image.alignment));
    for (const auto& partition : image.partitions) {
        inputs.add(
            "partition " + partition.name,
            fmt::format("{} {} {} {} {} {} {}", partition.filesystem, partition.content, partition.label,
                        partition.type, partition.size.value_or(0), partition.free, partition.bootable));
    }
}

void add_inputs(Fingerprint& inputs, const board::Initramfs& initramfs) {
    inputs.add("initramfs", initramfs.enabled ? "yes" : "no");
    inputs.add("compression", initramfs.compression);
    inputs.add("modules of the initramfs", join(initramfs.modules, " "));
    inputs.add("classes of modules", join(initramfs.classes, " "));
    inputs.add("initramfs timeout", fmt::format("{}", initramfs.timeout));
}

Result<> add_files(Fingerprint& inputs, const std::string& name, std::span<const fs::path> files) {
    for (const auto& file : files) {
        TRY_ASSIGN(auto hash, sha256_file(file));
        inputs.add(fmt::format("{} {}", name, file.filename().string()), std::move(hash));
    }
    return {};
}

Result<> add_own_device_tree(Fingerprint& inputs, const board::Kernel& kernel) {
    if (kernel.dtb_file.empty()) return {};
    return add_files(inputs, "device tree", {{kernel.dtb_file}});
}

void add_value(Fingerprint& inputs, const Values& values, const std::string& name) {
    const auto found = values.find(name);
    inputs.add(name, found == values.end() ? "" : found->second);
}

namespace {

Result<std::string> stat_line(const fs::path& path) {
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) {
        return fail(
            {.message = fmt::format("cannot look at {}", path.string()), .causes = {std::strerror(errno)}});
    }
    return fmt::format("{} {:o} {} {}.{} {}\n", path.string(), status.st_mode, status.st_size,
                       status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ino);
}

}  // namespace

Result<std::string> scan(const fs::path& path) {
    std::vector<std::string> found;
    TRY_ASSIGN(auto top, stat_line(path));
    found.push_back(std::move(top));
    std::error_code error;
    if (fs::is_directory(path, error)) {
        for (auto it = fs::recursive_directory_iterator(path, error);
             !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
            TRY_ASSIGN(auto line, stat_line(it->path()));
            found.push_back(std::move(line));
        }
        if (error) {
            return fail({.message = fmt::format("cannot look through {}", path.string()),
                         .causes = {error.message()}});
        }
    }
    std::ranges::sort(found);
    return sha256(join(found, ""));
}

}  // namespace rpikit::pipeline
