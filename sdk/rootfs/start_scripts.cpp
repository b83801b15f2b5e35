#include <array>

#include "sdk/rootfs/system_files.hpp"

namespace rpikit::rootfs {

namespace {

/// Every step stands alone: a kernel without the feature must not keep the others from happening.
constexpr std::string_view start = R"sh(#!/bin/sh
# Runs once, before any login. Kernels without networking, terminals or modules get as far as they can.
export PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin

mount -t proc proc /proc
mount -t sysfs sysfs /sys
grep -q ' /dev devtmpfs ' /proc/mounts || mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -a
mount -o remount,rw /
mkdir -p /run/lock
/etc/init.d/first-boot
hostname -F /etc/hostname

# Network interfaces and drivers of devices that come later.
if [ -e /proc/net/netlink ]; then
    uevent /etc/init.d/hotplug >/dev/null 2>&1 &
fi

# Drivers of the devices that are there, then what /etc/modules lists.
if [ -f "/lib/modules/$(uname -r)/modules.dep" ]; then
    find /sys/devices -name modalias -exec cat {} + 2>/dev/null | sort -u | tr '\n' '\0' |
        xargs -0 modprobe -q -a -b 2>/dev/null
    while read -r module parameters; do
        # shellcheck disable=SC2086 # several parameters, one a word
        case $module in
        '' | '#'*) ;;
        *) modprobe -q "$module" $parameters ;;
        esac
    done </etc/modules
fi

if [ -e /sys/class/net/lo ]; then
    ip link set lo up
fi
if [ -x /etc/init.d/network ]; then
    for interface in /sys/class/net/*; do
        /etc/init.d/network add "${interface##*/}"
    done
fi
)sh";

/// Settings that came with the card. Values were checked where they were written
/// (flasher/card/first_boot.cpp); here they are quoted, and each setting stands alone.
constexpr std::string_view first_boot = R"sh(#!/bin/sh
# Takes over the settings that were put on the card with the image, once.
slot=/etc/first-boot
grep -q '^[a-z]' "$slot" 2>/dev/null || exit 0
umask 077
user=root home=/root

while IFS= read -r line; do
    # A key may end in "=", which read would take for a separator.
    name=${line%%=*} value=${line#*=}
    case $name in
    hostname)
        old=$(cat /etc/hostname)
        echo "$value" >/etc/hostname
        sed -i "s/\t$old\$/\t$value/" /etc/hosts
        ;;
    user)
        user=$value home=/home/$value
        if ! grep -q "^$user:" /etc/passwd; then
            echo "$user:x:1000:1000::$home:/bin/sh" >>/etc/passwd
            echo "$user:*::0:99999:7:::" >>/etc/shadow
            echo "$user:x:1000:" >>/etc/group
            mkdir -p /home "$home"
            chmod 755 /home
        fi
        ;;
    password) sed -i "s|^$user:[^:]*:|$user:$value:|" /etc/shadow ;;
    ssh-key)
        mkdir -p "$home/.ssh"
        echo "$value" >>"$home/.ssh/authorized_keys"
        ;;
    wifi-ssid)
        mkdir -p /etc/wpa_supplicant
        printf 'network={\n    ssid=%s\n' "$value" >/etc/wpa_supplicant/wpa_supplicant.conf
        ;;
    wifi-key)
        case $value in
        none) line=key_mgmt=NONE ;;
        *) line=psk=$value ;;
        esac
        printf '    %s\n}\n' "$line" >>/etc/wpa_supplicant/wpa_supplicant.conf
        command -v wpa_supplicant >/dev/null ||
            echo 'first-boot: the Wi-Fi is set up in /etc/wpa_supplicant, but no wpa_supplicant is installed'
        ;;
    esac
done <"$slot"
[ "$user" = root ] || chown -R "$user:" "$home"
# Secrets do not stay in it.
rm "$slot"
sync
)sh";

constexpr std::string_view stop = R"sh(#!/bin/sh
# Runs on poweroff and reboot: programs end first, so that nothing is open for writing when "/" turns read-only.
sync
kill -TERM -1
sleep 1
kill -KILL -1
umount -a -r 2>/dev/null
sync
)sh";

constexpr std::string_view getty = R"sh(#!/bin/sh
# getty TERMINAL - a login there; "console" stands for the kernel's console, whatever its name.
terminal=$1 speed=115200
if [ "$terminal" = console ]; then
    # The last one that is active is /dev/console. Its own name says more, and it can be a controlling terminal.
    active=$(cat /sys/class/tty/console/active)
    terminal=${active##* }
    # The kernel has set the speed that console= asks for; 0 keeps it.
    speed=0
    # One login is enough where the list has it by its name as well.
    ! grep -q "getty $terminal\$" /etc/inittab || exec sleep 999999999
fi
# Not every kernel and machine has all terminals of a board's list; one that is missing may come with a driver.
while [ ! -c "/dev/$terminal" ]; do
    sleep 5
done
case $terminal in
tty[0-9]*) exec getty 38400 "$terminal" linux ;;
*) exec getty -L "$speed" "$terminal" vt100 ;;
esac
)sh";

constexpr std::string_view hotplug = R"sh(#!/bin/sh
# Called by uevent for each message of the kernel, its values in the environment.
if [ "$ACTION" = add ] && [ -n "$MODALIAS" ]; then
    modprobe -q -b "$MODALIAS"
fi
if [ "$SUBSYSTEM" = net ] && [ -x /etc/init.d/network ]; then
    /etc/init.d/network "$ACTION" "$INTERFACE"
fi
)sh";

constexpr std::string_view network = R"sh(#!/bin/sh
# network add|remove INTERFACE - DHCP on every wired Ethernet interface, in the background.
action=$1 interface=$2
state=/run/network.$interface

case $action in
add)
    # Type 1 is Ethernet (ARPHRD_ETHER); without "device" it is a bridge or another interface made by software.
    class=/sys/class/net/$interface
    [ "$(cat "$class/type" 2>/dev/null)" = 1 ] && [ -e "$class/device" ] || exit 0
    [ ! -e "$class/phy80211" ] && [ ! -e "$class/wireless" ] || exit 0
    # The folder is the lock: at start an interface is both found and announced.
    mkdir "$state" 2>/dev/null || exit 0
    ip link set "$interface" up
    udhcpc -f -i "$interface" -p "$state/pid" -x "hostname:$(hostname)" -s /usr/share/udhcpc/default.script \
        </dev/null >/dev/null 2>&1 &
    ;;
remove)
    [ ! -f "$state/pid" ] || kill "$(cat "$state/pid")"
    rm -rf "$state"
    ;;
esac
)sh";

/// The protocol between udhcpc and its script: busybox networking/udhcp.
constexpr std::string_view dhcp = R"sh(#!/bin/sh
# Called by udhcpc with what happened; the lease's values are in the environment.
case $1 in
deconfig)
    ip addr flush dev "$interface"
    ip link set "$interface" up
    ;;
bound | renew)
    ip addr flush dev "$interface"
    ip addr add "$ip/$mask" dev "$interface"
    # Several interfaces: the first one that the kernel found is preferred.
    metric=$(cat "/sys/class/net/$interface/ifindex")
    while ip route del default dev "$interface" 2>/dev/null; do :; done
    for gateway in $router; do
        ip route add default via "$gateway" dev "$interface" metric "$metric"
    done
    {
        [ -z "$domain" ] || echo "search $domain"
        for server in $dns; do
            echo "nameserver $server"
        done
    } >/run/resolv.conf.new
    mv /run/resolv.conf.new /run/resolv.conf
    ;;
esac
)sh";

// Beside these, shell builtins: [, case, echo, exec, kill, read, umask and the like.
constexpr std::array<std::string_view, 36> applets{
    "[",     "ash",   "cat",      "chmod", "chown", "cp",     "dmesg",    "find",   "getty",
    "grep",  "halt",  "hostname", "id",    "init",  "less",   "ln",       "login",  "ls",
    "lsmod", "mkdir", "modprobe", "mount", "mv",    "passwd", "poweroff", "reboot", "rm",
    "sed",   "sh",    "sleep",    "sort",  "sync",  "tr",     "umount",   "uname",  "xargs",
};
constexpr std::array<std::string_view, 3> network_applets{"ip", "udhcpc", "uevent"};

}  // namespace

std::vector<SystemFile> start_scripts(const board::RootFs& rootfs) {
    std::vector<SystemFile> scripts{
        {"etc/init.d/rcS", std::string(start), 0755},
        {"etc/init.d/rcK", std::string(stop), 0755},
        {"etc/init.d/getty", std::string(getty), 0755},
        {"etc/init.d/first-boot", std::string(first_boot), 0755},
        {"etc/init.d/hotplug", std::string(hotplug), 0755},
    };
    if (rootfs.network == "dhcp") {
        scripts.push_back({"etc/init.d/network", std::string(network), 0755});
        scripts.push_back({"usr/share/udhcpc/default.script", std::string(dhcp), 0755});
    }
    return scripts;
}

std::span<const std::string_view> needed_applets() {
    return applets;
}

std::span<const std::string_view> needed_network_applets() {
    return network_applets;
}

}  // namespace rpikit::rootfs
