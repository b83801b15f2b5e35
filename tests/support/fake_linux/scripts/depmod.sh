#!/bin/sh
# $1: the kernel's release. As in the real tree, a missing depmod is a warning and no failure.
: "${DEPMOD:=depmod}"
PATH=$PATH:/sbin
if [ -z "$(command -v "$DEPMOD")" ]; then
    echo "Warning: 'make modules_install' requires $DEPMOD. Please install it." >&2
    exit 0
fi
exec "$DEPMOD" -ae -F System.map ${INSTALL_MOD_PATH:+-b "$INSTALL_MOD_PATH"} "$1"
