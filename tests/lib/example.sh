#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The man page's examples are the programs that are compiled here; one of them
# builds against the library and answers for one of our own guests' images.
set -eu
for name in checkpoint kernel; do
    page=$(sed -n "/^=head2 $name\$/,/^[^= ]/{s/^    //p;/^\$/p}" \
           "$top_srcdir/plugin/lib/libxenresumable.pod" | sed 1d)
    file=$(sed 1,2d "$top_srcdir/examples/$name.c")
    [ "$page" = "$file" ] || { echo "examples/$name.c differs"; exit 1; }
done

example=$top_builddir/examples/kernel
status=0
"$example" "$top_srcdir/tests/lib/example.sh" || status=$?
[ $status = 2 ] || { echo "a script is no kernel: $status"; exit 1; }

# A small ELF with SUSPEND_CANCEL = 1, written out by hand.
image=$(mktemp)
trap 'rm -f "$image"' EXIT
{
    printf '\177ELF\002\001\001\0\0\0\0\0\0\0\0\0'        # e_ident
    printf '\002\0\076\0\001\0\0\0\0\0\0\0\0\0\0\0'       # to e_entry
    printf '\100\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'           # e_phoff, e_shoff
    printf '\0\0\0\0\100\0\070\0\001\0\0\0\0\0\0\0'       # to e_shstrndx
    printf '\004\0\0\0\004\0\0\0\170\0\0\0\0\0\0\0'       # PT_NOTE at 120
    printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'             # addresses
    printf '\024\0\0\0\0\0\0\0\024\0\0\0\0\0\0\0'         # 20 bytes
    printf '\004\0\0\0\0\0\0\0'                           # alignment
    printf '\004\0\0\0\004\0\0\0\016\0\0\0Xen\0\001\0\0\0'
} > "$image"
[ "$("$example" "$image")" = "yes: the kernel's SUSPEND_CANCEL note is 1" ]

# What pkg-config says is enough to build it.
if command -v pkg-config >/dev/null; then
    flags=$(PKG_CONFIG_PATH=$top_builddir/plugin/lib \
            pkg-config --cflags --libs xenresumable)
    case $flags in
    *-lxenresumable*) ;;
    *) echo "pkg-config says: $flags"; exit 1 ;;
    esac
fi
