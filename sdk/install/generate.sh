#!/bin/sh
# generate.sh PROGRAM FOLDER : what the command table says of itself, as files to install: man1/, and a completion for
# each shell under the name that the shell looks for.
set -eu
program=$1
folder=$2
rm -rf "$folder"
mkdir -p "$folder"
"$program" man --folder "$folder/man1"
gzip -9n "$folder"/man1/*.1
"$program" completion bash >"$folder/rpi-kit"
"$program" completion zsh >"$folder/_rpi-kit"
"$program" completion fish >"$folder/rpi-kit.fish"
touch "$folder/done"
