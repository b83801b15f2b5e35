#!/bin/sh
# The oldest version of a tool ($1) that this tree can be built with.
case $1 in
binutils) echo 2.25.0 ;;
gcc) echo 5.1.0 ;;
llvm) echo 13.0.1 ;;
rustc) echo 1.78.0 ;;
*) echo "$1: unknown tool" >&2; exit 1 ;;
esac
