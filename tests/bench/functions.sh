# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What scripts that measure are written with.  They set rounds.
# shellcheck disable=SC2034,SC2154
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
program=$top_builddir/plugin/cli/xen-resumable
mkstream=$top_builddir/tests/streams/mkstream

line() { # KEY VALUE UNIT PEER TARGET
    [ -n "$2" ] || { echo "$1 was not measured" >&2; exit 1; }
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$rounds"
}

# The median time of the first command over that of the other, or of the fastest
# of several others, taken in turn; nothing if one fails.
ratio() { # FORMAT COMMAND COMMAND...
    local format=$1 i command start
    shift
    for ((i = 0; i < rounds; i++)); do
        for command; do
            start=$EPOCHREALTIME
            "$command" >/dev/null || { echo "$command failed" >&2; return 1; }
            echo "$start $EPOCHREALTIME" | awk '{ print $2 - $1 }' \
                >>"$scratch/$command.times"
        done
    done
    for command; do
        sort -n "$scratch/$command.times" | sed -n "$((rounds / 2 + 1))p"
        rm "$scratch/$command.times"
    done | awk -v f="$format" 'NR == 1 { ours = $1; next }
        NR == 2 || $1 < best { best = $1 }
        END { printf f, ours / best }'
}
