#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How fast save images are verified and shown, and how much of them is read.
# The peers run in turn with ours: Xen's verify-stream-v2 from xen-utils (or
# from the lab's), cat and xxhsum.
set -eu
export LC_ALL=C
rounds=${BENCH_ROUNDS:-7}
lab=${XDG_CACHE_HOME:-$HOME/.cache}/xen-resumable/lab

# shellcheck source=tests/bench/functions.sh
. "$(dirname "$0")/functions.sh"

bytes_read() { # COMMAND... FILE
    strace -f -y -o "$scratch/trace" -e trace=pread64,read "$@" >/dev/null 2>&1
    grep -F "${*: -1}>" "$scratch/trace" | awk '{ n += $NF } END { print n + 0 }'
}

# Two sizes with holes for pages, and one as it would be written.
"$mkstream" xl holes pages=262144 >"$scratch/1g"
"$mkstream" xl holes pages=2097152 >"$scratch/8g"
cp --sparse=never "$scratch/1g" "$scratch/full"

structure() { "$program" verify --structure "$scratch/full"; }
lists() { "$program" verify "$scratch/full"; }
structure_1g() { "$program" verify --structure "$scratch/1g"; }
structure_8g() { "$program" verify --structure "$scratch/8g"; }
sealed() { "$program" verify "$scratch/full"; }
reading() { cat "$scratch/full"; }
xxhsum_128() { xxhsum -H2 "$scratch/full" 2>/dev/null; }

stream=$(find /usr/lib/xen-*/bin "$lab"/tools-*/usr/lib/xen-*/bin \
    -name verify-stream-v2 2>/dev/null | head -n 1)
peer() {
    PYTHONPATH=${stream%/bin/*}/lib/python python3 "$stream" -f xl \
        -i "$scratch/full"
}
if [ -n "$stream" ]; then
    line verify "$(ratio %.4f structure peer)" ratio \
        'verify-stream-v2, 1 GiB' '<= 0.05'
    line verify-lists "$(ratio %.4f lists peer)" ratio \
        'the same, lists of pages, too' '<= 0.05'
else
    echo "no verify-stream-v2 here (xen-utils)" >&2
fi
line verify-growth "$(ratio %.2f structure_8g structure_1g)" ratio \
    '8 GiB over 1 GiB' '<= 8.5'
line verify-bytes "$(bytes_read "$program" verify --structure "$scratch/1g")" \
    bytes '1 GiB, --structure' '< 65536'
line verify-lists-bytes "$(bytes_read "$program" verify "$scratch/1g")" \
    bytes '1 GiB, 2 MiB of lists' '< 4194304'
line show-bytes "$(bytes_read "$program" show "$scratch/1g")" \
    bytes '1 GiB' '< 65536'

"$program" seal "$scratch/full" >/dev/null
line seal-stream "$(ratio %.3f sealed reading xxhsum_128)" ratio \
    'one thread; the better of cat and xxhsum -H2, 1 GiB' '<= 1.1'
line seal-xxhsum "$(ratio %.3f sealed xxhsum_128)" ratio \
    'xxhsum -H2, 1 GiB' '<= 1.1'

# With a digest of each page, by all processors; none of it a hole.
"$mkstream" xl flat holes seal pages=262144 1<>"$scratch/flat"
cp --sparse=never "$scratch/flat" "$scratch/full"
line seal "$(ratio %.3f sealed reading xxhsum_128)" ratio \
    'flat; the better of cat and xxhsum -H2, 1 GiB' '<= 1.0'

# No page of zeros.  The memory is on the disk when the command ends, and so is the copy.
"$mkstream" xl pages=262144 batch=1024 >"$scratch/full"
raw_memory() { "$program" memory --force "$scratch/full" "$scratch/memory"; }
copying() { cat "$scratch/full" >"$scratch/copy" && sync -d "$scratch/copy"; }
line memory-raw "$(ratio %.3f raw_memory copying)" ratio \
    'cat to a file, and sync, 1 GiB' '<= 1.2'
