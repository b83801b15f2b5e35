#!/bin/sh
# packages.sh BUILD [--real] : packs what was built in BUILD twice and compares, looks at the packages with lintian, and
# installs them into a fresh Debian of its own, where the program is used with no checkout. --real: a kernel is built and
# booted there, too. Needs root. The fresh Debian lies in $RPIKIT_TEST_ROOT (default: a new folder of $TMPDIR).
set -eu

build=$(readlink -f -- "$1")
real=${2-}
here=$(dirname -- "$(readlink -f -- "$0")")
folder=$(mktemp -d "${TMPDIR:-/tmp}/rpi-kit-packages.XXXXXX")
root=${RPIKIT_TEST_ROOT:-$folder/root}
trap 'rm -rf --one-file-system "$folder" "$root"' EXIT
say() { printf '%s\n' "packages: $*" >&2; }

for run in 1 2; do
    (cd "$build" && cpack -G DEB -B "$folder/$run" >"$folder/cpack.log") || { cat "$folder/cpack.log" >&2 && exit 1; }
    rm -rf "$folder/$run/_CPack_Packages"
done
(cd "$folder/1" && sha256sum -- *.deb) >"$folder/sums"
(cd "$folder/2" && sha256sum --quiet -c "$folder/sums")
say "two runs gave the same bytes:"
cat "$folder/sums" >&2
# What a package of no archive cannot have: a bug that it closes.
lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs "$folder"/1/*.deb

if [ ! -e "$root/etc/os-release" ]; then
    suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
    mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' | awk -v suite="$suite" '$2 == suite { print $1; exit }')
    [ -n "$mirror" ] || { say "apt names no mirror for $suite" && exit 1; }
    say "making a fresh Debian"
    debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$folder/debootstrap.log" ||
        { tail -n 20 "$folder/debootstrap.log" >&2 && exit 1; }
    rm -f "$root/etc/apt/sources.list"
    cp -r /etc/apt/sources.list* "$root/etc/apt/"
    apt-config dump Acquire >"$root/etc/apt/apt.conf.d/of-the-host" # a proxy, for example
fi
mkdir -p "$root/packages"
cp "$folder"/1/*.deb "$here/in_fresh_debian.sh" "$root/packages/"

# The root is entered by pivot_root, with mounts and processes of its own: in a chroot bubblewrap could not work.
unshare --mount --pid --fork --kill-child sh -c '
    set -e
    mount --make-rprivate /
    mount --bind "$1" "$1"
    cd "$1"
    mkdir -p proc dev sys old run tmp
    mount -t proc proc proc
    mount --rbind /dev dev
    mount --rbind /sys sys
    mount -t tmpfs tmpfs run
    cp -L /etc/resolv.conf /etc/hosts etc/
    pivot_root . old
    umount -l /old
    cd /root
    exec env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb LANG=C.UTF-8 sh /packages/in_fresh_debian.sh "$2"
' enter "$root" "$real"
