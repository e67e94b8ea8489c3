#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# systemd would pass over a drop-in, or complain of it: its own parser reads it
# here beside a unit of each name that it is installed for.
set -eu
command -v systemd-analyze >/dev/null || { echo "no systemd-analyze"; exit 77; }
dropin=${abs_top_builddir:-.}/packaging/systemd/xen-resumable.conf
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

verify() { # UNIT: what systemd says of it
    SYSTEMD_UNIT_PATH=$work: systemd-analyze verify "$work/$1" 2>&1
}

for unit in libvirtd.service virtxend.service xendomains.service; do
    mkdir "$work/$unit.d"
    printf '[Service]\nExecStart=/bin/true\n' >"$work/$unit"
    cp "$dropin" "$work/$unit.d"
    said=$(verify $unit)
    [ -z "$said" ] || { echo "$unit: $said"; exit 1; }
    # It was read: a fault in it is found.
    sed -i 's/^Environment=/Enviroment=/' "$work/$unit.d/xen-resumable.conf"
    said=$(verify $unit) || true
    case $said in
    *"$unit.d/xen-resumable.conf:"*"'Enviroment'"*) ;;
    *) echo "$unit: a fault in its drop-in is not seen: $said"; exit 1 ;;
    esac
done
