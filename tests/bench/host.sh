#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a host pays for having the plugin: the stub in every child of a toolstack, and
# questions to xenstored.
set -eu
rounds=${BENCH_ROUNDS:-7}
program=$top_builddir/plugin/cli/xen-resumable
stub=$(cd "$top_builddir/plugin/hook/.libs" && pwd)/xen-resumable-preload.so
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

line() { # KEY VALUE UNIT PEER TARGET ROUNDS
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$@"
}

"$top_builddir/tests/bench/bench-stub" "$rounds" "$stub"

objects() { # COMMAND...: that the loader maps
    LD_TRACE_LOADED_OBJECTS=1 "$@" | awk '{ print $1 }' | sort
}
objects /bin/true >"$scratch/without"
LD_PRELOAD=$stub objects /bin/true >"$scratch/with"
line stub-objects "$(comm -13 "$scratch/without" "$scratch/with" | wc -l)" \
    objects 'mapped by /bin/true beside its own' '<= 1' 1

# The command itself, before a Xen of 200 domains that counts.
status=0
XR_CONFIG=/nonexistent BENCH_REQUESTS=$scratch/requests \
    LD_PRELOAD=$top_builddir/tests/bench/.libs/many-domains.so \
    "$program" check --all >"$scratch/out" || status=$?
if [ $status != 0 ] || [ "$(grep -c ^guest "$scratch/out")" != 200 ]; then
    echo "check --all: exit status $status" >&2
    exit 1
fi
line check-all "$(awk '{ print $1 / 200 }' "$scratch/requests")" requests \
    'to xenstored, here one that counts, for each of 200 domains' '<= 10' 1
