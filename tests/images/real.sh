#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Real images, value by value: what xen-resumable says of a kernel is what
# Xen's own domain builder says of it (xen-notes), and what readnotes says of
# its decompressed payload; loaders are known for loaders.
#
# In "make check": the images that this machine has, and our own guests.
# "make check-images": those of Debian 11 to sid, fetched once
# (real-images.sh).
set -eu
# shellcheck source=tests/cli/functions.sh
. "$top_srcdir/tests/cli/functions.sh"
xen_notes=$top_builddir/tests/images/xen-notes
readnotes=$(find /usr/lib/xen-*/bin -name readnotes 2>/dev/null | head -n 1)
images=0

# A distribution's kernel takes its window (8 to 128 MiB) and little more.
limit_memory $((256 << 10))

# One pair a line, in one order; the builder logs a plain 0.
pairs() { tr ',' '\n' | sed 's/=0$/=0x0/' | sort; }

# Notes whose values Xen's builder does not log: it keeps the first back and
# knows the second from 4.20 on.
without_unlogged() { grep -v -e ^L1_MFN_VALID= -e ^PHYS32_RELOC= || true; }

same_as_builder() { # IMAGE
    local ours theirs type=
    case ${1##*/} in *pvh*|*shim*) type=hvm ;; esac
    ours=$("$program" notes "$1" | pairs | without_unlogged)
    theirs=$("$xen_notes" "$1" $type | pairs | without_unlogged || true)
    if [ -z "$theirs" ]; then
        skip "$1: the builder logs nothing"
    elif [ "$ours" != "$theirs" ]; then
        fail "$1: Xen's builder says otherwise"
        diff <(echo "$ours") <(echo "$theirs") || true
    else
        echo "ok: $1: $(echo "$ours" | wc -l) values as Xen's builder"
    fi
}

field() { od -An -j "$2" -N "$3" -t "u$3" "$1" | tr -d ' '; }

# The ELF in a bzImage, by the stock tools.
unpack() { # IMAGE
    local at length
    at=$(($(field "$1" 0x248 4) + ($(field "$1" 0x1f1 1) + 1) * 512))
    length=$(($(field "$1" 0x24c 4)))
    tail -c "+$((at + 1))" "$1" | head -c "$length" > payload
    case $(head -c 4 payload | od -An -tx1 | tr -d ' ') in
    fd377a58) xz -dc --single-stream payload ;;
    28b52ffd) head -c -4 payload | zstd -dcq ;;
    1f8b*)    gzip -dcq payload ;;
    esac
}

# "NAME: value (8 bytes)"; it does not know notes 15 to 17 and 19.
same_as_readnotes() { # IMAGE
    local theirs ours
    [ -n "$readnotes" ] || return 0
    unpack "$1" > elf 2>/dev/null || true
    theirs=$("$readnotes" elf | grep -v '^unknown note' |
        sed -E 's/: mask=(\S+) value=(\S+)/=\1\/\2/; s/: +/=/;
                s/ \([0-9]+ bytes\)$//; s/=0$/=0x0/' | sort)
    ours=$("$program" notes "$1" | pairs | grep -v -e ^INIT_P2M= \
        -e ^MOD_START_PFN= -e ^SUPPORTED_FEATURES= -e ^PHYS32_RELOC=)
    if [ "$ours" = "$theirs" ]; then
        echo "ok: $1: $(echo "$theirs" | wc -l) values as readnotes"
    else
        fail "$1: readnotes says otherwise"
        diff <(echo "$ours") <(echo "$theirs") || true
    fi
}

is_loader() { # IMAGE NAME
    local said
    said=$("$program" notes --format=json "$1" 2>/dev/null |
        sed -n 's/^ *"loader": //p')
    if [ "$said" = "\"$2\"," ]; then
        echo "ok: $1 is $2"
    else
        fail "$1: loader is $said"
    fi
}

examine() { # IMAGE
    images=$((images + 1))
    case ${1##*/} in
    vmlinuz*)
        same_as_builder "$1"
        same_as_readnotes "$1"
        is_kernel=$("$program" notes --format=json "$1" |
            sed -n 's/^ *"loader": //p')
        [ "$is_kernel" = null, ] || fail "$1 is taken for a loader" ;;
    grub*)
        same_as_builder "$1"
        is_loader "$1" GRUB ;;
    xen-shim)
        same_as_builder "$1"
        is_loader "$1" "Xen (PV shim)" ;;
    hvmloader)
        is_loader "$1" hvmloader ;;
    *-like|linux-pvh|linux-hvm|linux-pv32)
        same_as_builder "$1" ;;
    esac
}

for image in ${XR_IMAGES:+"$XR_IMAGES"/*/*} /boot/vmlinuz-* \
    /usr/lib/xen-*/boot/* /usr/lib/grub-xen/*.bin \
    "$top_builddir"/tests/guest/{*-like,linux-pvh,linux-hvm,linux-pv32}; do
    [ ! -r "$image" ] || [ ! -f "$image" ] || examine "$image"
done
[ $images -gt 0 ] || { echo "no kernel image on this machine"; exit 77; }
finish
