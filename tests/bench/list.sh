#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A list of 1,000 images in the folder of a series: how long it takes, and how much
# of each image is read.
set -eu
export LC_ALL=C
rounds=${BENCH_ROUNDS:-7}
# shellcheck source=tests/bench/functions.sh
. "$(dirname "$0")/functions.sh"

# Of each kind: with a record, without one, flat and as a stream; with pages that
# nobody has to read.
for kind in metadata config "flat seal metadata"; do
    words=$kind
    [ "$kind" != config ] || words=
    # shellcheck disable=SC2086
    "$mkstream" xl holes pages=4096 $words 1<>"$scratch/${kind%% *}"
done
mkdir -p "$scratch"/series/guest-{0..19}
for ((i = 0; i < 1000; i++)); do
    kinds=(metadata config flat)
    day=$(printf '%02d' $((i / 20 % 28 + 1)))
    hour=$(printf '%02d' $((i / 560)))
    cp --sparse=always "$scratch/${kinds[i % 3]}" \
        "$scratch/series/guest-$((i % 20))/2026-11-${day}T${hour}0005Z.img"
done
found=$("$program" list --dir="$scratch/series" | wc -l)
[ "$found" = 1001 ] || { echo "$found lines" >&2; exit 1; }

# The median; nothing is compared with it.
for ((i = 0; i < rounds; i++)); do
    start=$EPOCHREALTIME
    "$program" list --dir="$scratch/series" >/dev/null
    echo "$start $EPOCHREALTIME" | awk '{ print $2 - $1 }'
done | sort -n | sed -n "$((rounds / 2 + 1))p" >"$scratch/time"
line list "$(cat "$scratch/time")" s '1,000 images, 20 guests' '< 1'

strace -f -y -o "$scratch/trace" -e trace=pread64,read \
    "$program" list --dir="$scratch/series" >/dev/null 2>&1
rounds=1
line list-bytes "$(sed -n 's|.*/\(guest-[^>]*\)>.* = \([0-9]*\)$|\1 \2|p' \
    "$scratch/trace" | awk '{ n[$1] += $2 }
        END { for (f in n) if (n[f] > max) max = n[f]; print max }')" \
    bytes 'of the image of which most is read' '< 65536'
