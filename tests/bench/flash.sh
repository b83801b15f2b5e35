#!/bin/sh
# Writes images to loop devices on files in memory with our flasher and with the tools of the field, and prints ratios.
# Usage: tests/bench/flash.sh BUILD_DIR [MEGABYTES]     (as root; the best of three runs each, ours and theirs in turn;
# MEGABYTES of data in the raw image, 1024 unless said, and a quarter of that in the compressed ones)
set -eu

build=${1:?usage: tests/bench/flash.sh BUILD_DIR [MEGABYTES]}
megabytes=${2:-1024}
bench=$build/tests/bench/bench_flash
[ -x "$bench" ] || { echo "flashing: $bench is missing: ninja -C $build bench_flash" >&2; exit 1; }
for tool in bmaptool losetup xz zstd gzip openssl; do
    command -v $tool >/dev/null || { echo "flashing: $tool is not installed" >&2; exit 1; }
done
[ "$(id -u)" = 0 ] || { echo "flashing: loop devices are made by root alone" >&2; exit 1; }

work=$(mktemp -d "${RPI_KIT_BENCH_DIR:-/dev/shm}/rpi-kit-bench-XXXXXX")
cards=
leave() {
    for card in $cards; do losetup -d "$card"; done
    rm -rf "$work"
}
trap leave EXIT
trap 'exit 1' INT TERM

# A card whose blocks are all there: what is measured is writing, not making room.
new_card() {
    head -c $((($1 + 64) * 1048576)) /dev/zero >"$work/card$2"
    card=$(losetup -f --show --direct-io=on "$work/card$2")
    cards="$cards $card"
}

# best N COMMAND... : the least of the first column that a command prints, with the other columns of that run, of N runs
# of each of two commands in turn; the second is a shell line, whose time is taken here.
in_turn() {
    ours=$1 theirs=$2
    : >"$work/ours" && : >"$work/theirs"
    for _ in 1 2 3; do
        sh -c "$ours" >>"$work/ours"
        start=$(date +%s.%N)
        sh -c "$theirs" >"$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
        echo "$start $(date +%s.%N)" | awk '{ printf "%.3f\n", $2 - $1 }' >>"$work/theirs"
    done
    our_write=$(sort -n "$work/ours" | head -1 | cut -d' ' -f1)
    our_all=$(cut -d' ' -f2 "$work/ours" | sort -n | head -1)
    memory=$(cut -d' ' -f4 "$work/ours" | sort -n | tail -1)
    their=$(sort -n "$work/theirs" | head -1)
}
say() {
    echo "$our_write $our_all $their $memory" | awk -v what="$1" -v tool="$2" '{
        printf "%s: ours %.2f s written, %.2f s with verification; %s %.2f s; ratio of writing %.2f, of all %.2f; %d MB\n",
            what, $1, $2, tool, $3, $3 / $1, $3 / $2, $4 }'
}

# Noise in 64 stretches with holes of the same size between them.
head -c $((megabytes * 1048576)) /dev/zero | openssl enc -aes-128-ctr -nosalt -pass pass:bench -pbkdf2 >"$work/data"
step=$((megabytes / 64))
truncate -s $((megabytes * 2))M "$work/image.img"
part=0
while [ $part -lt 64 ]; do
    dd if="$work/data" of="$work/image.img" bs=1M count=$step skip=$((part * step)) seek=$((part * step * 2)) \
        conv=notrunc status=none
    part=$((part + 1))
done
bmaptool -q create -o "$work/image.bmap" "$work/image.img"
new_card $((megabytes * 2)) 0
first=$card

in_turn "$bench $work/image.img $first" "dd if=$work/data of=$first oflag=direct bs=4M conv=fsync"
say "raw with bmap, $megabytes MB mapped" "dd oflag=direct bs=4M"
in_turn "$bench $work/image.img $first" "bmaptool -q copy --bmap $work/image.bmap $work/image.img $first"
say "raw with bmap, $megabytes MB mapped" "bmaptool copy"
cmp -n $((step * 1048576)) "$work/image.img" "$first"

# What programs are made of, as in a root file system.
small=$((megabytes / 4))
find /usr/bin /usr/lib -xdev -type f -size -4M -print0 | sort -z | xargs -0 cat 2>/dev/null | head -c $((small * 1048576)) \
    >"$work/data" || true
xz -T0 -c "$work/data" >"$work/small.xz"
zstd -q -T0 -c "$work/data" >"$work/small.zst"
gzip -c "$work/data" >"$work/small.gz"
# A pipe reads nothing back: our time in all beside it holds one pass over the card against two. So the pipe is also measured
# with a second one that compares.
for pipe in "xz xz -dc" "zst zstd -dcq" "gz gzip -dc"; do
    ending=${pipe%% *} unpack=${pipe#* }
    write="$unpack $work/small.$ending | dd of=$first oflag=direct bs=4M iflag=fullblock conv=fsync"
    in_turn "$bench $work/small.$ending $first" "$write"
    say ".$ending, $small MB" "$unpack | dd"
    in_turn "$bench $work/small.$ending $first" "$write && $unpack $work/small.$ending | cmp -n $((small * 1048576)) - $first"
    say ".$ending, $small MB" "$unpack | dd, then | cmp,"
done

one=$first
for card_number in 1 2 3; do new_card $small $card_number; done
: >"$work/four"
: >"$work/one"
for _ in 1 2 3; do
    # shellcheck disable=SC2086
    $bench "$work/small.xz" $cards >>"$work/four"
    $bench "$work/small.xz" "$one" >>"$work/one"
done
cat "$work/four" "$work/one" | awk 'NR <= 3 && (four == "" || $2 < four) { four = $2; memory = $4 }
    NR > 3 && (one == "" || $2 < one) { one = $2 }
    END { printf ".xz to four cards at once: %.2f s, to one %.2f s, ratio %.2f; %d MB\n", four, one, four / one, memory }'
