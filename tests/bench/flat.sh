#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The writer of flat images, and what their digests spare a comparison.
set -eu
export LC_ALL=C
rounds=${BENCH_ROUNDS:-5}
bench_flat=$top_builddir/tests/bench/bench-flat
# shellcheck source=tests/bench/functions.sh
. "$(dirname "$0")/functions.sh"

# Pages that are written once, and are there then; not one of zeros.
"$mkstream" xl pages=1048576 batch=1024 >"$scratch/4g"
"$bench_flat" "$scratch/image" <"$scratch/4g" >/dev/null
writer() {
    # Through a pipe, as libxl's stream comes.
    # shellcheck disable=SC2002
    cat "$scratch/4g" | "$bench_flat" "$scratch/image"
}
# shellcheck disable=SC2002
through_pipe() { cat "$scratch/4g" | cat; }
read -r _ changed <<<"$(writer)"
[ "$changed" = 0 ] || { echo "$changed pages were written" >&2; exit 1; }
line flat-writer "$(ratio %.3f writer through_pipe)" ratio \
    'cat through the same pipe, 4 GiB, no page changed' '<= 1.5'
rm "$scratch/4g" "$scratch/image"

# The second time there is a parent.
"$mkstream" xl holes pages=2097152 >"$scratch/8g"
for _ in first second; do
    read -r memory _ <<<"$("$bench_flat" "$scratch/image" <"$scratch/8g")"
done
line flat-memory "$memory" MiB '8 GiB, with a parent' '<= 96'
rounds=1
line flat-bound-8g \
    "$(stat -c %s "$scratch/image" | awk '{ printf "%.5f", $1 / 2 ^ 33 }')" \
    ratio '8 GiB of memory, and a parent; nothing is deducted' '<= 1.005'
rounds=${BENCH_ROUNDS:-5}
rm "$scratch/image" "$scratch/8g"

# A guest that writes to each of its pages in each of 30 rounds.
"$mkstream" xl pages=16384 rounds=30 | "$bench_flat" "$scratch/image" >/dev/null
rounds=1
line flat-bound-made \
    "$(stat -c %s "$scratch/image" | awk '{ print ($1 - 2 ^ 20) / 2 ^ 26 }')" \
    ratio '64 MiB of memory, each page in 30 rounds; 1 MiB is deducted' \
    '<= 1.005'
rounds=${BENCH_ROUNDS:-5}
rm "$scratch/image"

"$mkstream" xl pages=262144 batch=1024 >"$scratch/1g"
"$bench_flat" "$scratch/a" <"$scratch/1g" >/dev/null
cp "$scratch/a" "$scratch/b"
length=$("$program" show --format=json "$scratch/a" |
    sed -n 's/.*"length": \([0-9]*\).*/\1/p')
head -c "$length" "$scratch/a" >"$scratch/c"
cp "$scratch/c" "$scratch/d"
by_tables() { "$program" diff "$scratch/a" "$scratch/b"; }
by_pages() { "$program" diff "$scratch/c" "$scratch/d"; }
line diff-flat "$(ratio %.4f by_tables by_pages)" ratio \
    'the same without seals, 1 GiB' '<= 0.02'
