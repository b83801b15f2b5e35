#include <array>

#include "sdk/rootfs/initramfs_files.hpp"

namespace rpikit::rootfs {

namespace {

/// Parameters of the kernel's command line as the kernel itself reads them
/// (Documentation/admin-guide/kernel-parameters.txt), "break" and "rescue" as initramfs-tools has them.
constexpr std::string_view init = R"sh(#!/bin/sh
# The first program: loads drivers, waits for the root file system, mounts it and starts its init.
export PATH=/bin
export ROOT_MOUNT=/newroot
. /conf/functions
. /conf/settings

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev

root='' rootfstype='' rootflags='' rootdelay=0 init='' mode=ro stop=''
set -f
# shellcheck disable=SC2013 # words are wanted, not lines
for word in $(cat /proc/cmdline); do
    case $word in
    root=*) root=${word#root=} ;;
    rootfstype=*) rootfstype=${word#rootfstype=} ;;
    rootflags=*) rootflags=${word#rootflags=} ;;
    rootdelay=*) rootdelay=${word#rootdelay=} ;;
    rootwait=*) timeout=${word#rootwait=} ;;
    init=*) init=${word#init=} ;;
    ro | rw) mode=$word ;;
    rescue) stop=mount ;;
    break) stop=mount ;;
    break=*) stop=${word#break=} ;;
    --) break ;;
    esac
done
set +f
root=$(echo "$root" | tr -d '"')

stop_at top
run_hooks init-top
stop_at modules
load_modules
load_drivers
sleep "$rootdelay"
until wait_for_root; do
    rescue "no device for root=$root after $timeout seconds"
done
run_hooks init-premount
stop_at mount
until mount_root; do
    rescue "cannot mount $device (root=$root) as ${rootfstype:-any file system}, options $mode${rootflags:+,$rootflags}"
done
run_hooks init-bottom
stop_at bottom
until find_init; do
    rescue "no init on $device: ${init:-/sbin/init, /etc/init, /bin/init or /bin/sh} is not there"
done

if [ -d "$ROOT_MOUNT/dev" ]; then
    mount -o move /dev "$ROOT_MOUNT/dev"
fi
umount /sys /proc
if [ -c "$ROOT_MOUNT/dev/console" ]; then
    exec switch_root "$ROOT_MOUNT" "$init" "$@" <"$ROOT_MOUNT/dev/console" >"$ROOT_MOUNT/dev/console" 2>&1
fi
exec switch_root "$ROOT_MOUNT" "$init" "$@"
)sh";

constexpr std::string_view functions = R"sh(# What init is made of.

say() {
    echo "initramfs: $*"
}

# rescue WHY - a shell; when it ends, what failed is tried again.
rescue() {
    echo
    say "$1"
    say 'block devices that are there:'
    list_devices
    say "kernel command line: $(cat /proc/cmdline)"
    say 'this is a rescue shell; "exit" tries again'
    setsid cttyhack sh
}

stop_at() {
    if [ "$stop" = "$1" ]; then
        rescue "stopped at '$1', as the kernel command line asks for"
    fi
}

run_hooks() {
    for hook in /hooks/"$1"/*.sh; do
        [ -x "$hook" ] || continue
        "$hook" || rescue "the hook $hook ended with exit code $?"
    done
}

# The modules named by the board, what they need before them.
load_modules() {
    while read -r module; do
        modprobe "$module" || say "the module $module cannot be loaded"
    done </conf/modules
}

# Drivers of the devices that are there.
load_drivers() {
    [ -s "/lib/modules/$(uname -r)/modules.alias" ] || return 0
    find /sys/devices -name modalias -exec cat {} + 2>/dev/null | sort -u | tr '\n' '\0' |
        xargs -0 modprobe -q -a -b 2>/dev/null
}

# Whole seconds since the kernel started.
seconds() {
    read -r uptime _ </proc/uptime
    echo "${uptime%.*}"
}

wait_for_root() {
    last=$(seconds)
    deadline=$((last + timeout))
    until device=$(find_root); do
        now=$(seconds)
        [ "$now" -lt "$deadline" ] || return 1
        # Buses find devices one after the other.
        if [ "$now" -ne "$last" ]; then
            load_drivers
            last=$now
        fi
        usleep 100000
    done
}

# Prints the device that root= stands for, once it is there.
find_root() {
    case $root in
    PARTUUID=*) find_partition partition_uuid "$(echo "${root#PARTUUID=}" | tr A-F a-f)" ;;
    PARTLABEL=*) find_partition partition_label "${root#PARTLABEL=}" ;;
    UUID=* | LABEL=*) findfs "$root" 2>/dev/null || find_f2fs "$root" ;;
    /dev/*) [ -b "$root" ] && echo "$root" ;;
    [0-9]*:[0-9]*) find_number "$root" ;;
    *) return 1 ;;
    esac
}

# find_partition FUNCTION VALUE - the partition for which FUNCTION prints VALUE.
find_partition() {
    for entry in /sys/class/block/*; do
        [ -f "$entry/partition" ] || continue
        if [ "$("$1" "$entry")" = "$2" ]; then
            echo "/dev/${entry##*/}"
            return 0
        fi
    done
    return 1
}

find_number() {
    name=$(sed -n 's/^DEVNAME=//p' "/sys/dev/block/$1/uevent" 2>/dev/null)
    [ -n "$name" ] && echo "/dev/$name"
}

partition_label() {
    sed -n 's/^PARTNAME=//p' "$1/uevent"
}

# Kernels since 6.13 tell a partition's UUID themselves; for the others the disk's table is read.
partition_uuid() {
    uuid=$(sed -n 's/^PARTUUID=//p' "$1/uevent")
    if [ -n "$uuid" ]; then
        echo "$uuid"
        return
    fi
    number=$(cat "$1/partition")
    entry_folder=$(readlink -f "$1/..")
    disk=/dev/${entry_folder##*/}
    sector=$(cat "$entry_folder/queue/logical_block_size")
    # "EFI PART" at the start of sector 1: GPT (UEFI specification, 5.3.2 and 5.3.3).
    if [ "$(bytes "$disk" "$sector" 8)" = 4546492050415254 ]; then
        entries=$(little "$disk" $((sector + 72)) 8)
        size=$(little "$disk" $((sector + 84)) 4)
        bytes "$disk" $((entries * sector + (number - 1) * size + 16)) 16 | sed \
            -e 's/\(..\)\(..\)\(..\)\(..\)\(.*\)/\4\3\2\1-\5/' \
            -e 's/-\(..\)\(..\)\(..\)\(..\)\(....\)\(.*\)/-\2\1-\4\3-\5-\6/'
    else
        # MBR: the disk's signature, and the partition's number.
        printf '%08x-%02x\n' "$(little "$disk" 440 4)" "$number"
    fi
}

# bytes FILE OFFSET COUNT - in hexadecimal.
bytes() {
    hexdump -v -s "$2" -n "$3" -e '1/1 "%02x"' "$1" 2>/dev/null
}

# little FILE OFFSET COUNT - a little-endian number.
little() {
    number_text=''
    for byte in $(hexdump -v -s "$2" -n "$3" -e '1/1 "%02x "' "$1" 2>/dev/null); do
        number_text=$byte$number_text
    done
    echo $((0x${number_text:-0}))
}

# busybox does not know f2fs: its superblock lies at 1024 (include/linux/f2fs_fs.h), magic 0xf2f52010.
find_f2fs() {
    for entry in /sys/class/block/*; do
        candidate=/dev/${entry##*/}
        [ "$(bytes "$candidate" 1024 4)" = 1020f5f2 ] || continue
        case $1 in
        UUID=*)
            found=$(bytes "$candidate" 1132 16)
            wanted=$(echo "${1#UUID=}" | tr -d - | tr A-F a-f)
            ;;
        *)
            # UTF-16, whose zeros are left out.
            found=$(dd if="$candidate" bs=1 skip=1148 count=1024 2>/dev/null | tr -d '\0')
            wanted=${1#LABEL=}
            ;;
        esac
        if [ "$found" = "$wanted" ]; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

list_devices() {
    for entry in /sys/class/block/*; do
        [ -e "$entry/size" ] && [ "$(cat "$entry/size")" -gt 0 ] || continue
        line="  /dev/${entry##*/}  $(($(cat "$entry/size") / 2048)) MiB"
        if [ -f "$entry/partition" ]; then
            line="$line  PARTUUID=$(partition_uuid "$entry")"
            label=$(partition_label "$entry")
            [ -z "$label" ] || line="$line  PARTLABEL=$label"
        fi
        echo "$line"
    done
}

mount_root() {
    options=$mode${rootflags:+,$rootflags}
    if [ -n "$rootfstype" ]; then
        mount -t "$rootfstype" -o "$options" "$device" "$ROOT_MOUNT"
    else
        mount -o "$options" "$device" "$ROOT_MOUNT"
    fi
}

# A link may lead to a place that is right only when the root is the root.
find_init() {
    for candidate in ${init:-/sbin/init /etc/init /bin/init /bin/sh}; do
        if [ -x "$ROOT_MOUNT$candidate" ] || [ -L "$ROOT_MOUNT$candidate" ]; then
            init=$candidate
            return 0
        fi
    done
    return 1
}
)sh";

// Beside these, shell builtins.
constexpr std::array<std::string_view, 25> applets{
    "[",     "ash",    "cat",      "cttyhack", "dd",     "findfs", "find",  "hexdump", "modprobe",
    "mount", "printf", "readlink", "sed",      "setsid", "sh",     "sleep", "sort",    "switch_root",
    "tr",    "umount", "uname",    "usleep",   "xargs",  "ls",     "dmesg",
};

}  // namespace

std::string_view init_script() {
    return init;
}

std::string_view init_functions() {
    return functions;
}

std::span<const std::string_view> initramfs_applets() {
    return applets;
}

}  // namespace rpikit::rootfs
