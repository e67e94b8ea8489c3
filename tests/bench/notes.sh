#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How fast, and in how much memory, a kernel's notes are read.  One line a
# figure, as tests/bench/run.sh wants it.
set -eu
b=$top_builddir
rounds=${BENCH_ROUNDS:-7}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
program=$b/plugin/cli/xen-resumable

line() { # KEY VALUE UNIT PEER TARGET
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$rounds"
}

# Seconds of a command, the median of the rounds.
seconds() {
    local i start
    for ((i = 0; i < rounds; i++)); do
        start=$EPOCHREALTIME
        "$@" > /dev/null 2>&1 || true
        echo "$start $EPOCHREALTIME" | awk '{ print $2 - $1 }'
    done | sort -n | sed -n "$((rounds / 2 + 1))p"
}

ratio() { echo "$1 $2" | awk '{ printf "%.3f", $1 / $2 }'; }

peak() { # COMMAND...: kilobytes
    command time -f %M "$@" 2>&1 >/dev/null | tail -n 1
}

field() { od -An -j "$2" -N "$3" -t "u$3" "$1" | tr -d ' '; }

cut_payload() { # IMAGE
    local at
    at=$(($(field "$1" 0x248 4) + ($(field "$1" 0x1f1 1) + 1) * 512))
    tail -c "+$((at + 1))" "$1" | head -c "$(field "$1" 0x24c 4)"
}

# What extract-vmlinux and readelf do.
by_hand() { # IMAGE
    cut_payload "$1" | xz -dc --single-stream > "$scratch/by-hand"
    readelf -n "$scratch/by-hand"
}

# A distribution's kernel, packed with xz as it is; its contents otherwise.
xz_kernel=
cache=${XDG_CACHE_HOME:-$HOME/.cache}/xen-resumable/images
for image in /boot/vmlinuz-* "$cache"/bookworm/vmlinuz-*; do
    [ -r "$image" ] || continue
    cut_payload "$image" | xz -dc --single-stream > "$scratch/elf" \
        2>/dev/null || true
    [ -s "$scratch/elf" ] && xz_kernel=$image && break
done
if [ -z "$xz_kernel" ]; then
    "$b/tests/images/mkimage" elf 60000000 > "$scratch/elf"
    xz -1 --x86 --lzma2=preset=1,dict=32MiB < "$scratch/elf" |
        "$b/tests/images/mkimage" bzimage > "$scratch/xz"
    xz_kernel=$scratch/xz
fi
for kind in gzip zstd lz4; do
    case $kind in
    gzip) gzip -6 ;;
    zstd) zstd -q -9 ;;
    lz4)  lz4 -q -l -9 - - ;;
    esac < "$scratch/elf" 2>/dev/null |
        "$b/tests/images/mkimage" bzimage > "$scratch/$kind"
done

"$b/tests/bench/bench-notes" notes-xz "$rounds" "$xz_kernel"
for kind in zstd gzip lz4; do
    "$b/tests/bench/bench-notes" notes-$kind "$rounds" "$scratch/$kind"
done
line notes-xz-memory "$(peak "$program" notes "$xz_kernel")" KiB \
    "the library's window, 32 MiB" '<= 49152'
ours=$(seconds "$program" notes "$xz_kernel")
line notes-command "$(ratio "$ours" "$(seconds by_hand "$xz_kernel")")" \
    ratio 'payload cut out, xz -dc, readelf -n' '< 1'

readnotes=$(find /usr/lib/xen-*/bin -name readnotes 2>/dev/null | head -n 1)
if [ -n "$readnotes" ]; then
    line notes-elf "$(ratio "$(seconds "$program" notes "$scratch/elf")" \
        "$(seconds "$readnotes" "$scratch/elf")")" \
        ratio 'readnotes, same plain ELF' '<= 1.5'
    gzip -1 < "$scratch/elf" > "$scratch/elf.gz"
    line notes-elf-gzip \
        "$(ratio "$(seconds "$program" notes "$scratch/elf.gz")" \
           "$(seconds "$readnotes" "$scratch/elf.gz")")" \
        ratio 'readnotes, same gzipped ELF' '<= 0.65'
fi
