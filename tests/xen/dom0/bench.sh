# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# What scenarios that measure are written with, beside lib.sh.  They set rounds, or
# let in_rounds say how many were taken.
# shellcheck disable=SC2154

# Nothing is measured if no round was: figure KEY VALUE UNIT PEER TARGET
figure() {
    figure_rounds=${rounds_done:-$rounds}
    [ -n "$2" ] && [ "$figure_rounds" -gt 0 ] &&
        remark "figure	$1	$2	$3	$4	$5	$figure_rounds"
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b + 0) printf "%.3f", a / b }'; }
lines() { wc -l <"$1"; }
in_a_line() { paste -s -d' ' "$1"; }

# A round can be lost: one that failed, or that was not noticed.  It is done again,
# so that it costs no other round's figure; who loses two of three is not to be
# measured: in_rounds FILE COMMAND FILE COMMAND..., each a line more in its file.
# Sets rounds_done.
in_rounds() {
    each_pair begin_rounds "$@"
    for _ in $(seq $((rounds * 3))); do each_pair one_round "$@"; done
    rounds_done=$rounds
    each_pair count_rounds "$@"
}
each_pair() { # FUNCTION FILE COMMAND FILE COMMAND...
    pair_function=$1
    shift
    while [ $# -gt 0 ]; do
        $pair_function "$1" "$2"
        shift 2
    done
}
begin_rounds() { : >"$1"; }
one_round() { [ "$(lines "$1")" -ge "$rounds" ] || $2; }
count_rounds() {
    [ "$rounds_done" -le "$(lines "$1")" ] || rounds_done=$(lines "$1")
}
