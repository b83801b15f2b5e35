#include <fmt/format.h>

#include "sdk/archive/settings_slot.hpp"
#include "sdk/rootfs/system_files.hpp"

namespace rpikit::rootfs {

namespace {

/// busybox's init; the shells that ask for a login wait for their terminal, see the script getty.
std::string inittab(const board::RootFs& rootfs) {
    std::string text =
        "# id::action:program. An empty id: the program's output goes to the system console.\n"
        "::sysinit:/etc/init.d/rcS\n";
    for (const auto& console : rootfs.consoles) {
        text += fmt::format("::respawn:/etc/init.d/getty {}\n", console);
    }
    text +=
        "::ctrlaltdel:/sbin/reboot\n"
        "::shutdown:/etc/init.d/rcK\n"
        "::restart:/sbin/init\n";
    return text;
}

std::string hosts(const std::string& hostname) {
    return fmt::format(
        "127.0.0.1\tlocalhost\n"
        "127.0.1.1\t{}\n"
        "::1\t\tlocalhost ip6-localhost ip6-loopback\n"
        "ff02::1\t\tip6-allnodes\n"
        "ff02::2\t\tip6-allrouters\n",
        hostname);
}

std::string modules(const board::RootFs& rootfs) {
    std::string text = "# Modules loaded at start, one a line with its parameters.\n";
    for (const auto& module : rootfs.modules)
        text += module + '\n';
    return text;
}

/// What the kernel does not mount itself. "/" is there for tools that look its options up.
constexpr std::string_view fstab = R"(# device    mount point   type       options                  dump  pass
/dev/root   /             auto       defaults                 0     1
proc        /proc         proc       defaults                 0     0
sysfs       /sys          sysfs      defaults                 0     0
devtmpfs    /dev          devtmpfs   mode=0755                0     0
devpts      /dev/pts      devpts     gid=5,mode=0620          0     0
tmpfs       /dev/shm      tmpfs      mode=1777,nosuid,nodev   0     0
tmpfs       /run          tmpfs      mode=0755,nosuid,nodev   0     0
tmpfs       /tmp          tmpfs      mode=1777,nosuid,nodev   0     0
)";

/// Group numbers are Debian's, so that a disk can be moved between the two.
constexpr std::string_view group = R"(root:x:0:
daemon:x:1:
tty:x:5:
disk:x:6:
dialout:x:20:
audio:x:29:
video:x:44:
users:x:100:
nogroup:x:65534:
)";

constexpr std::string_view profile = R"sh(export PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
export PAGER=less
if [ "$(id -u)" = 0 ]; then PS1='\h:\w# '; else PS1='\h:\w$ '; fi
umask 022
)sh";

/// Shown before the login prompt: \r is the kernel's release, \m the machine, \l the terminal.
constexpr std::string_view issue = R"(
Linux \r on \m, \l
Minimal root file system made by rpi-kit: log in as root, there is no password.

)";

constexpr std::string_view motd = R"(
This is a development system: root has no password. Set one with `passwd` before it gets a network.

)";

constexpr std::string_view os_release = R"(NAME="rpi-kit"
ID=rpi-kit
PRETTY_NAME="rpi-kit minimal root file system"
)";

constexpr std::string_view nsswitch = R"(passwd: files
group: files
shadow: files
hosts: files dns
)";

}  // namespace

std::vector<SystemFile> settings_files(const board::RootFs& rootfs) {
    return {
        {"etc/first-boot", archive::empty_settings_slot(), 0600},
        {"etc/fstab", std::string(fstab)},
        {"etc/group", std::string(group)},
        {"etc/hostname", rootfs.hostname + '\n'},
        {"etc/hosts", hosts(rootfs.hostname)},
        {"etc/inittab", inittab(rootfs)},
        {"etc/issue", std::string(issue)},
        {"etc/modules", modules(rootfs)},
        {"etc/motd", std::string(motd)},
        {"etc/nsswitch.conf", std::string(nsswitch)},
        {"etc/os-release", std::string(os_release)},
        {"etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"},
        {"etc/profile", std::string(profile)},
        // An empty second field: no password is asked for. "*": nobody can log in.
        {"etc/shadow", "root:::0:99999:7:::\nnobody:*::0:99999:7:::\n", 0640},
        {"etc/shells", "/bin/sh\n/bin/ash\n"},
    };
}

}  // namespace rpikit::rootfs
