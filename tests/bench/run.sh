#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# run.sh JSON SCRIPT...: runs the scripts, prints what they measured as a table
# and writes it into the file JSON.  A script prints one figure a line: key, value, unit,
# peer, target and rounds, separated by tabs.  A time is never a failure; a script that fails is one.
set -eu
json=$1
shift
echo "$(uname -m), $(nproc) processors, $(sed -n \
    's/^model name.*: //p' /proc/cpuinfo | head -n 1), Linux $(uname -r)"
# Who fails does not take the others' figures along.
status=0
figures=$(for script in "$@"; do "$script" || status=1; done; exit "$status") ||
    status=1
{
    printf 'KEY\tVALUE\tUNIT\tTO REACH\tAGAINST\n'
    awk -F '\t' -v OFS='\t' '{ print $1, $2, $3, $5, $4 }' <<< "$figures"
} | column -t -s "$(printf '\t')"

awk -F '\t' '
    function quoted(s) {
        gsub(/["\\]/, "\\\\&", s)
        return "\"" s "\""
    }
    BEGIN { print "["; join = "" }
    NF {
        printf "%s  {\"key\": %s, \"value\": %s, ", join, quoted($1), $2
        printf "\"unit\": %s, \"peer\": %s, ", quoted($3), quoted($4)
        printf "\"target\": %s, \"rounds\": %s}", quoted($5), $6
        join = ",\n"
    }
    END { print "\n]" }' <<< "$figures" > "$json"
exit "$status"
