# shellcheck shell=sh
# Shell functions of the bootstrap and of tests/run: the distribution's packages, and cmake's first step. POSIX sh.

say() { printf '%s\n' "rpi-kit: $*" >&2; }

# missing_packages PACKAGE... : prints those that are not installed. The second letter of the state is what is; the first is
# what somebody wants, such as `h` for a package held back.
missing_packages() {
    for package in "$@"; do
        case $(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null) in
        ?i*) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

# as_root WHY PACKAGES COMMANDS : runs the shell commands that install these packages; for somebody without the rights,
# prints the very same commands and stops.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        say "installing $1: $2"
        sh -c "$3" >&2 && return
        say "error: the packages could not be installed. To try again:"
    elif command -v sudo >/dev/null 2>&1; then
        say "installing $1: $2"
        sudo sh -c "$3" >&2 && return
        say "error: the packages could not be installed. Somebody who may, as root:"
    else
        say "error: missing $1: $2"
        say "installing needs root's rights, and there is no sudo here. Run this as root, then start again:"
    fi
    printf '\n%s\n\n' "$3" >&2
    exit 1
}

# install_packages WHY PACKAGE... : installs what is missing, saying what and why. Removes nothing.
install_packages() {
    why=$1
    shift
    missing=$(missing_packages "$@")
    missing=${missing% }
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null 2>&1 || {
        say "error: no apt-get here; install these $why: $missing"
        exit 1
    }
    as_root "$why" "$missing" "apt-get update -q && DEBIAN_FRONTEND=noninteractive \
apt-get install -q -y --no-install-recommends --no-remove $missing"
}

# install_build_packages : what the program is compiled with.
install_build_packages() {
    install_packages "what rpi-kit itself is built with" \
        g++ cmake ninja-build pkg-config ccache libboost1.81-dev libboost-filesystem1.81-dev libcli11-dev libarchive-dev \
        liblzma-dev libusb-1.0-0-dev libcurl4-openssl-dev libtomlplusplus-dev libfmt-dev nlohmann-json3-dev libssl-dev libfdt-dev \
        libpugixml-dev libxxhash-dev zlib1g-dev libblkid-dev libsystemd-dev ca-certificates
}

# install_backports WHY PACKAGE... : the same from the release's backports. The host's own sources may lack that suite: apt
# is shown it through files of our own, and /etc/apt stays as it is.
install_backports() {
    why=$1
    shift
    suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
    mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        awk -v suite="$suite" '
            $1 == "deb" { for (i = 2; i < NF; i++) if ($i ~ /^(https?|file|ftp):/ && $(i + 1) == suite) { print $i; exit } }
            $1 == "URIs:" { uri = $2 }
            $1 == "Suites:" { for (i = 2; i <= NF; i++) if ($i == suite && uri != "") { print uri; exit } }')
    [ -n "$mirror" ] || {
        say "error: no package source for $suite found in /etc/apt; install these $why: $*"
        exit 1
    }
    # In parentheses: a shell that they are pasted into reads them to the end before apt could take its input, and keeps
    # neither variables nor traps.
    as_root "$why, from $suite-backports" "$*" "(
set -e
folder=\$(mktemp -d)
chmod 755 \"\$folder\"
trap 'rm -rf \"\$folder\"' EXIT
mkdir -p \"\$folder/lists/partial\" \"\$folder/cache/archives/partial\"
printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror %s main\\n' \\
    $suite $suite-backports >\"\$folder/sources.list\"
set -- -q -o Dir::Etc::sourcelist=\"\$folder/sources.list\" -o Dir::Etc::sourceparts=/dev/null \\
    -o Dir::State::Lists=\"\$folder/lists\" -o Dir::Cache=\"\$folder/cache\"
apt-get \"\$@\" update
DEBIAN_FRONTEND=noninteractive apt-get \"\$@\" install -y --no-install-recommends --no-remove -t $suite-backports $*
)"
}

# configure PRESET : cmake's first step, from the checkout's folder. A build folder that was moved or copied with its
# checkout is refused by cmake for ever, unless it starts afresh.
configure() {
    cache=build/$1/CMakeCache.txt
    if [ -e "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$cache"; then
        set -- "$1" --fresh
    fi
    cmake --preset "$@"
}
