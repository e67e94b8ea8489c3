# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For the shell tests of the command: a scratch folder, and
#
#   expect WHAT STATUS STDOUT -- ARGUMENTS...   runs xen-resumable
#   run STATUS ARGUMENTS...   the same, for its output in $out
#   has PATTERN        that has such a line
#   full_device ARGUMENTS...   the same, to a full device: that is no success
#   said TEXT          the last one's standard error is "xen-resumable: TEXT"
#   limit_memory KIB   from here on the command has that much address space
#   skip WHAT          says so; the test goes on
#   finish             ends the test: fails if anything failed

absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }

top_builddir=$(absolute "$top_builddir")
top_srcdir=$(absolute "$top_srcdir")
program=$top_builddir/plugin/cli/xen-resumable
unlimited=$program
mkimage=$top_builddir/tests/images/mkimage
# A test without its programs says nonsense, or waits for what never comes.
for needed in "$program" "$mkimage" "$top_builddir/tests/streams/mkstream"; do
    [ -x "$needed" ] || {
        echo "FAIL: $needed is not built; 'make check TESTS=' builds it" >&2
        exit 1
    }
done
scratch=$(mktemp -d)
# One that ends without finish does not pass, either, if something failed.
end_test() {
    local status=$?
    rm -rf "$scratch"
    [ $status != 0 ] || [ "$failures" = 0 ] || exit 1
}
failures=0
trap end_test EXIT
cd "$scratch" || exit 1

fail() { echo "FAIL: $1"; failures=$((failures + 1)); }

expect() {
    local what=$1 status=$2 stdout=$3 got=0 out
    shift 4
    out=$("$program" "$@" 2> "$scratch/.stderr") || got=$?
    if [ $got != "$status" ]; then
        fail "$what: exit status $got, $status expected"
        cat "$scratch/.stderr"
    elif [ "$out" != "$stdout" ]; then
        fail "$what: it printed"
        printf '%s\n' "$out"
    else
        echo "ok: $what"
    fi
}

run() {
    local wanted=$1 got=0
    shift
    out=$("$program" "$@" 2>"$scratch/.stderr") || got=$?
    [ $got = "$wanted" ] ||
        fail "$*: exit status $got, $wanted expected: $(cat "$scratch/.stderr")"
}
# How it fails counts: a crash is no complaint.
full_device() {
    local got=0
    "$program" "$@" >/dev/full 2>"$scratch/.stderr" || got=$?
    if [ $got != 2 ] || ! grep -q 'No space left on device' "$scratch/.stderr"; then
        fail "$*: a full device: exit status $got: $(cat "$scratch/.stderr")"
    fi
}
has() { grep -qE -- "$1" <<<"$out" || fail "no line '$1' in: $out"; }

# A failure as JSON: one object, whose "error" has this code.
expect_failure() { # WHAT STATUS CODE -- ARGUMENT...
    local what=$1 status=$2 code=$3 got=0 out
    shift 4
    out=$("$program" "$@" 2> "$scratch/.stderr") || got=$?
    if [ $got != "$status" ]; then
        fail "$what: exit status $got, $status expected"
    elif ! grep -qx '  "ok": false,' <<<"$out" ||
         ! grep -qx "    \"code\": \"$code\"," <<<"$out"; then
        fail "$what: $code expected, and it printed $out"
    else
        echo "ok: $what"
    fi
}

said() {
    [ "$(cat "$scratch/.stderr")" = "xen-resumable: $1" ] ||
        fail "it said: $(cat "$scratch/.stderr")"
}

# A sanitizer needs far more than any limit for itself.
limit_memory() {
    case " $SANITIZE_FLAGS " in *-fsanitize*) return ;; esac
    printf '#!/bin/sh\nulimit -v %s\nexec "%s" "$@"\n' "$1" "$unlimited" \
        > "$scratch/limited"
    chmod +x "$scratch/limited"
    program=$scratch/limited
}

skip() { echo "skipped: $1"; }

finish() { [ $failures = 0 ] || { echo "$failures failures"; exit 1; }; }
