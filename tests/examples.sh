#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The examples run, and say what they are there to show; of those that need a
# domain, that they pass on what the command says where there is no Xen.  The
# lab's scenario "examples" runs them on one.
set -u
absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }
top_builddir=$(absolute "$top_builddir")
top_srcdir=$(absolute "$top_srcdir")
c=$top_builddir/examples
py=$top_srcdir/examples
image=$top_srcdir/tests/data/saves/thin-pv-4.17.img
export PATH=$top_builddir/plugin/cli:$PATH
export LD_LIBRARY_PATH=$top_builddir/plugin/lib/.libs
export PYTHONPATH=$top_builddir/plugin/python/package PYTHONDONTWRITEBYTECODE=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

# expect STATUS TEXT COMMAND...: exits with STATUS and says TEXT.
expect() {
    local wanted=$1 text=$2 status=0
    shift 2
    "$@" >"$scratch/out" 2>&1 </dev/null || status=$?
    if [ $status != "$wanted" ] || ! grep -qF -- "$text" "$scratch/out"; then
        echo "FAIL: $*: exit status $status, not $wanted, or not: $text"
        cat "$scratch/out"
        failures=$((failures + 1))
    else
        echo "ok: $*"
    fi
}

head -c 3000 "$image" >"$scratch/short"
head -c 5 "$image" >"$scratch/five"

python() { # ARGUMENTS...: a sanitizer in the module must come first
    case " $SANITIZE_FLAGS " in
    *-fsanitize*address*)
        ASAN_OPTIONS=detect_leaks=0 \
            LD_PRELOAD=$($CC -print-file-name=libasan.so) "$PYTHON" "$@" ;;
    *) "$PYTHON" "$@" ;;
    esac
}

readers() { # COMMAND...
    expect 0 "sound, " "$@" "$image"
    expect 0 "image.SUSPEND_CANCEL = " "$@" "$image"
    expect 1 "the image is cut off" "$@" "$scratch/short"
    expect 2 "five: " "$@" "$scratch/five"
    expect 2 "examples.sh" "$@" "$top_srcdir/tests/examples.sh"
}
readers "$c/read-image"

kernel=$top_srcdir/tests/data/images/debian-6.1.elf
expect 0 "Checkpoint it." "$c/verdict" --kernel "$kernel"
expect 1 "Do not" "$c/verdict" --kernel "$top_builddir/tests/guest/netbsd-like"
expect 3 "Nobody knows" "$c/verdict" --kernel "$top_builddir/tests/guest/lying"
expect 2 "There was no answer." "$c/verdict" --kernel "$scratch/five"
expect 0 "yes: " "$c/kernel" "$kernel"
expect 0 "yes: " "$c/kernel" "$top_builddir/tests/guest/freebsd-like"
expect 1 "no: " "$c/kernel" "$top_builddir/tests/guest/netbsd-like"
expect 3 "unknown: " "$c/kernel" "$top_builddir/tests/guest/lying"
expect 2 "(cannot-judge)" "$c/kernel" "$image"
expect 2 "There was no answer." "$c/verdict" --no-such-option
expect 2 "There was no answer." env PATH=/nowhere "$c/verdict" web
expect 2 "there is no checkpoint" "$c/checkpoint" web "$scratch/web.img" \
    "$top_srcdir/examples/hooks"
[ ! -e "$scratch/web.img" ] || failures=1

if [ -n "${PYTHON:-}" ] && [ -e "$top_builddir/plugin/python/package" ]; then
    readers python "$py/read_image.py"
    expect 0 "yes, by image" python "$py/verdict.py" --kernel "$kernel"
    expect 1 "no, by image" python "$py/verdict.py" --image "$image" \
        --kernel "$top_builddir/tests/guest/netbsd-like"
    expect 3 "unknown, by none" python "$py/verdict.py" --kernel \
        "$top_builddir/tests/guest/lying"
    expect 2 "five: " python "$py/verdict.py" --kernel "$scratch/five"
    expect 1 "checkpoint.py FOLDER: " python "$py/checkpoint.py"
    expect 2 "no Xen here" python "$py/checkpoint.py" "$scratch"
fi
[ $failures = 0 ]
