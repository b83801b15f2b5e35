#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sdk/rootfs/applets.hpp"
#include "sdk/rootfs/rootfs.hpp"
#include "sdk/rootfs/system_files.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::rootfs {

namespace {

using archive::Entry;
using archive::FileTree;
using archive::FileType;

struct Folder {
    const char* path;
    std::uint32_t mode;
};
constexpr std::array folders{
    Folder{"", 0755},
    Folder{"boot", 0755},
    Folder{"dev", 0755},
    Folder{"etc", 0755},
    Folder{"home", 0755},
    Folder{"media", 0755},
    Folder{"mnt", 0755},
    Folder{"opt", 0755},
    Folder{"proc", 0555},
    Folder{"root", 0700},
    Folder{"run", 0755},
    Folder{"sys", 0555},
    Folder{"tmp", 01777},
    Folder{"usr", 0755},
    Folder{"usr/bin", 0755},
    Folder{"usr/lib", 0755},
    Folder{"usr/lib/modules", 0755},
    Folder{"usr/local/bin", 0755},
    Folder{"var/cache", 0755},
    Folder{"var/lib", 0755},
    Folder{"var/log", 0755},
    Folder{"var/spool", 0755},
    Folder{"var/tmp", 01777},
};

struct Link {
    const char* path;
    const char* target;
};
// One folder for all programs, so that /sbin/modprobe and /bin/sh are found wherever a kernel or script
// looks.
constexpr std::array links{
    Link{"bin", "usr/bin"},
    Link{"sbin", "usr/bin"},
    Link{"usr/sbin", "bin"},
    Link{"lib", "usr/lib"},
    Link{"var/run", "../run"},
    Link{"var/lock", "../run/lock"},
    Link{"etc/mtab", "../proc/self/mounts"},
};

struct Device {
    const char* path;
    std::uint32_t mode;
    std::uint32_t minor;
    std::uint32_t major;
};
// What init needs before devtmpfs is mounted (Documentation/admin-guide/devices.txt of Linux).
constexpr std::array devices{Device{"dev/console", 0600, 1, 5}, Device{"dev/null", 0666, 3, 1}};

bool is_word(std::string_view text, std::string_view punctuation) {
    return !text.empty() && text.front() != '-' && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               punctuation.contains(c);
    });
}

/// All of these end up in files that init and the shell read line by line.
Result<> check_names(const board::RootFs& rootfs) {
    // RFC 1123, and HOST_NAME_MAX of Linux.
    if (!is_word(rootfs.hostname, "-.") || rootfs.hostname.size() > 64) {
        return fail({.message = fmt::format("'{}' is not a host name", rootfs.hostname),
                     .hint = "use letters, digits and hyphens in rootfs.hostname"});
    }
    for (const auto& console : rootfs.consoles) {
        if (!is_word(console, "_-") && !console.starts_with("/dev/")) {
            return fail({.message = fmt::format("'{}' is not a terminal device", console),
                         .hint = "name the device without /dev/ in rootfs.consoles: ttyAMA0"});
        }
        if (console.starts_with("/dev/")) {
            return fail({.message = fmt::format("the console '{}' starts with /dev/", console),
                         .hint = fmt::format("write \"{}\" in rootfs.consoles", console.substr(5))});
        }
    }
    for (const auto& module : rootfs.modules) {
        if (!is_word(module, "_-")) {
            return fail({.message = fmt::format("'{}' is not a kernel module's name", module),
                         .hint = "name modules as lsmod does in rootfs.modules"});
        }
    }
    return {};
}

Result<> check_applets(const board::RootFs& rootfs, const std::vector<std::string>& applets) {
    std::vector<std::string> missing;
    const auto look_for = [&](std::span<const std::string_view> needed) {
        for (const auto name : needed) {
            if (std::ranges::find(applets, name) == applets.end()) missing.emplace_back(name);
        }
    };
    look_for(needed_applets());
    if (rootfs.network == "dhcp") look_for(needed_network_applets());
    if (missing.empty()) return {};
    return fail({.message = "the busybox of the target lacks applets that the root file system needs",
                 .causes = {fmt::format("missing: {}", fmt::join(missing, ", "))},
                 .hint = "take another root file system with --rootfs DIR"});
}

Result<> add_busybox(FileTree& tree, std::string busybox, const std::vector<std::string>& applets) {
    TRY(tree.add_file("usr/bin/busybox", std::move(busybox), 0755));
    for (const auto& applet : applets) {
        if (applet != "busybox") TRY(tree.add_symlink("usr/bin/" + applet, "busybox"));
    }
    return {};
}

}  // namespace

Result<FileTree> make_minimal(const board::RootFs& rootfs, std::string busybox,
                              const std::vector<std::string>& applets) {
    TRY(check_names(rootfs));
    TRY(check_busybox(busybox, rootfs.debian_arch));
    TRY(check_applets(rootfs, applets));
    FileTree tree;
    for (const auto& folder : folders)
        TRY(tree.add_directory(folder.path, folder.mode));
    for (const auto& link : links)
        TRY(tree.add_symlink(link.path, link.target));
    for (const auto& device : devices) {
        TRY(tree.add(device.path, Entry{.type = FileType::character_device,
                                        .mode = device.mode,
                                        .device_major = device.major,
                                        .device_minor = device.minor}));
    }
    TRY(add_busybox(tree, std::move(busybox), applets));
    if (rootfs.network == "dhcp") {
        // Written by the DHCP client, which must not depend on a writable root.
        TRY(tree.add_symlink("etc/resolv.conf", "../run/resolv.conf"));
    } else {
        TRY(tree.add_file("etc/resolv.conf", ""));
    }
    for (const auto& files : {settings_files(rootfs), start_scripts(rootfs)}) {
        for (const auto& file : files)
            TRY(tree.add_file(file.path, file.content, file.mode));
    }
    return tree;
}

}  // namespace rpikit::rootfs
