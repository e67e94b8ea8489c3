#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What only the lab can measure: what its scenarios bench-... have found.  A boot that the
# lab does again says it again: only the last counts.
set -euo pipefail
"$top_srcdir/tests/xen/lab" --build "$abs_top_builddir" --jobs 1 \
    bench-freeze bench-guest bench-api bench-flat bench-rollback |
    tee /dev/stderr | sed -n 's/^| [^:]*: figure\t//p' |
    awk -F '\t' '!($1 in last) { order[++count] = $1 } { last[$1] = $0 }
        END { for (i = 1; i <= count; i++) print last[order[i]] }'
