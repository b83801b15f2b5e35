#!/bin/sh
# In a Debian that has nothing but itself: installs the package as a user would, and works with it in an empty folder.
set -eu
say() { printf '%s\n' "fresh: $*" >&2; }

apt-get update -q >/dev/null
# Without what the package recommends: rpi-kit has to find out by itself what is missing, and get it.
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends /packages/rpi-kit_*.deb >"$HOME/apt.log" 2>&1 ||
    { tail -n 20 "$HOME/apt.log" >&2 && exit 1; }
rm -rf "$HOME/work"
mkdir "$HOME/work"
cd "$HOME/work"

touch /packages/start
rpi-kit --version
rpi-kit board list
rpi-kit board list | grep -q '^rpi4 '
say "doctor says what is missing"
if rpi-kit doctor; then
    say "error: a bare Debian cannot be complete"
    exit 1
fi
rpi-kit build rpi4 --profile tiny --dry-run | grep -q 'runs:'
test ! -e out/rpi4/sdcard.img
if [ "${1-}" = --real ]; then
    rpi-kit build rpi4 --profile tiny
    rpi-kit boot rpi4 --check
    rpi-kit build rpi4 --profile tiny
fi
# Nothing is written beside the work folder and the cache, but by apt.
find / -xdev -newer /packages/start -type f ! -path '/var/*' ! -path '/tmp/*' ! -path "$HOME/work/*" ! -path "$HOME/.cache/*" \
    ! -path "$HOME/*.log" | while read -r file; do dpkg -S "$file" >/dev/null 2>&1 || echo "$file"; done >"$HOME/strays.log"
grep -v -e '^/etc/' -e '__pycache__' "$HOME/strays.log" && exit 1
dpkg --verify rpi-kit
say "passed"
