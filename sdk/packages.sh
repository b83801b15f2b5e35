# shellcheck shell=sh
# Shell functions of the bootstrap and of tests/run: installing the distribution's packages. POSIX sh.

say() { printf '%s\n' "rpi-kit: $*" >&2; }

# missing_packages PACKAGE... : prints those that are not installed.
missing_packages() {
    for package in "$@"; do
        case $(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null) in
        ii*) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

# as_root COMMAND... : runs it as root, or prints it for somebody who can and stops.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        say "error: this needs root's rights and there is no sudo. As root, run:"
        printf '\n    %s\n\n' "$*" >&2
        exit 1
    fi
}

# install_packages WHY PACKAGE... : installs what is missing, saying what and why. Removes nothing.
install_packages() {
    why=$1
    shift
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null 2>&1 || {
        say "error: no apt-get here; install these $why: $missing"
        exit 1
    }
    say "installing $why: $missing"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends --no-remove $missing >&2
}

# install_backports WHY PACKAGE... : the same from the release's backports. When the host's own sources lack that suite, apt
# is shown it through files of our own; /etc/apt stays as it is.
install_backports() {
    why=$1
    shift
    folder=$(mktemp -d)
    mkdir -p "$folder/parts" "$folder/lists/partial" "$folder/cache/archives/partial"
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
    cat >"$folder/parts/backports.sources" <<END
Types: deb
URIs: $mirror
Suites: $suite $suite-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
    say "installing $why, from $suite-backports: $*"
    set -- "$@" -t "$suite-backports"
    set -- -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$folder/parts" \
        -o "Dir::State::Lists=$folder/lists" -o "Dir::Cache=$folder/cache" \
        install -q -y --no-install-recommends --no-remove "$@"
    as_root apt-get -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$folder/parts" \
        -o "Dir::State::Lists=$folder/lists" -o "Dir::Cache=$folder/cache" -q update >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get "$@" >&2
    as_root rm -rf "$folder"
}
