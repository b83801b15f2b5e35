#!/bin/sh
# What scripts/kconfig/conf does, for this tree. Run in the build folder. $1: the make target.
set -e
config=${KCONFIG_CONFIG:-.config}
kconfig="$srctree/Kconfig $srctree/Kconfig.more"
evaluate() { # MODE INPUT
    awk -v mode="$1" -f "$srctree/scripts/evaluate.awk" $kconfig "$2" > .config.new
}
case $1 in
allnoconfig)
    evaluate no "${KCONFIG_ALLCONFIG:-/dev/null}" ;;
alldefconfig)
    evaluate default /dev/null ;;
defconfig)
    evaluate default "$srctree/arch/$SRCARCH/configs/defconfig" ;;
olddefconfig | oldconfig | syncconfig)
    [ -e "$config" ] || : > "$config"
    evaluate default "$config" ;;
menuconfig)
    # One line typed on the terminal is the change; an empty one leaves everything as it is.
    [ -t 0 ] && [ -t 1 ] || { echo "Error opening terminal" >&2; exit 1; }
    echo "type a line of the configuration:"
    read -r line
    [ -n "$line" ] || exit 0
    symbol=${line%%=*}
    { grep -v "^$symbol=\|^# $symbol is" "$config"; echo "$line"; } > .config.typed
    evaluate default .config.typed
    rm .config.typed ;;
*_defconfig | *.config)
    file=arch/$SRCARCH/configs/$1
    if [ ! -e "$srctree/$file" ]; then
        printf '***\n*** Can'\''t find default configuration "%s"!\n***\n' "$file" >&2
        exit 1
    fi
    evaluate default "$srctree/$file" ;;
*)
    echo "no such configuration target: $1" >&2
    exit 1 ;;
esac
if cmp -s .config.new "$config"; then
    rm .config.new
    printf '#\n# No change to %s\n#\n' "$config"
else
    mv .config.new "$config"
    printf '#\n# configuration written to %s\n#\n' "$config"
fi
