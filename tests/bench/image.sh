#!/bin/sh
# Assembles the image of one 400 MB root of 10,000 files with our writers and with genimage, and prints the ratio.
# Usage: tests/bench/image.sh BUILD_DIR     (the best of three runs each)
set -eu

build=${1:?usage: tests/bench/image.sh BUILD_DIR}
bench=$build/tests/bench/bench_image
[ -x "$bench" ] || { echo "image assembly: $bench is missing: ninja -C $build bench_image" >&2; exit 1; }
command -v genimage > /dev/null || { echo "image assembly: genimage is not installed: apt-get install genimage" >&2; exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/rpi-kit-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM

# 10,000 files in 100 folders, without a pattern: 97 folders of 3.5 to 28 kB, three of 870 kB.
mkdir "$work/root"
head -c 87040000 /dev/zero | openssl enc -aes-128-ctr -nosalt -pass pass:bench -pbkdf2 -out "$work/noise"
folder=0
while [ $folder -lt 100 ]; do
    size=$(((folder % 8 + 1) * 3500))
    [ $folder -lt 97 ] || size=870400
    mkdir "$work/root/$folder"
    head -c $((size * 100)) "$work/noise" | split -b $size -d -a 2 --additional-suffix=.ko - "$work/root/$folder/"
    folder=$((folder + 1))
done
rm "$work/noise"
megabytes=$(($(du -s --apparent-size --block-size=1M "$work/root" | cut -f1)))

cat > "$work/genimage.cfg" << 'EOF'
image root.ext4 {
    ext4 { use-mke2fs = true }
    size = 500M
}
image sdcard.img {
    hdimage { align = 1M }
    partition root { partition-type = 0x83 image = "root.ext4" }
}
EOF

# Seconds of the fastest of three runs of a command; what the run before made is removed outside the time.
best_of_three() {
    best=
    for _ in 1 2 3; do
        rm -rf "$work/tmp" "$work/out"
        mkdir "$work/out"
        start=$(date +%s.%N)
        "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
        best=$(echo "$start $(date +%s.%N) $best" | awk '{ t = $2 - $1; print ($3 == "" || t < $3) ? t : $3 }')
    done
    echo "$best"
}

ours=$(best_of_three "$bench" "$work/root" "$work/out/ours.img")
memory=$(cut -d' ' -f4 "$work/log")
theirs=$(best_of_three genimage --config "$work/genimage.cfg" --rootpath "$work/root" --tmppath "$work/tmp" \
    --inputpath "$work" --outputpath "$work/out")

echo "$ours $theirs $megabytes $memory" | awk '{
    printf "image assembly: ours %.2f s, genimage %.2f s, ratio %.1f\n", $1, $2, $2 / $1
    printf "image assembly: %d MB in 10,000 files, our peak memory %d MB\n", $3, $4 }'
