#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The examples run, and say what they are there to show; of those that need a
# domain, that they pass on what the command says where there is no Xen, and what
# a made command (tests/lib) says.  The lab's scenario "examples" runs them on one.
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

# A sanitizer in the module must come first.
case " $SANITIZE_FLAGS " in
*-fsanitize*address*)
    python=(env ASAN_OPTIONS=detect_leaks=0
        LD_PRELOAD="$($CC -print-file-name=libasan.so)" "$PYTHON") ;;
*)
    python=("$PYTHON") ;;
esac

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

# interrupted TEXT COMMAND...: stopped by SIGINT at 50 %, it says TEXT.
interrupted() {
    local text=$1 pid status=0
    shift
    : >"$scratch/out"
    # A shell's background commands begin with SIGINT ignored.
    env --default-signal=INT "$@" >"$scratch/out" 2>&1 </dev/null &
    pid=$!
    until grep -q ' 50 %' "$scratch/out"; do
        kill -0 $pid 2>/dev/null || break
        sleep 0.05
    done
    kill -INT $pid
    wait $pid || status=$?
    if [ $status != 1 ] || ! grep -qF -- "$text" "$scratch/out"; then
        echo "FAIL: $*: exit status $status, not 1, or not: $text"
        cat "$scratch/out"
        failures=$((failures + 1))
    else
        echo "ok: $*, interrupted"
    fi
}

export XR_COMMAND=$top_builddir/plugin/cli/xen-resumable
expect 1 "(no-xen)" "$c/checkpoint" web "$scratch/web.img"
expect 1 ")" "$c/checkpoint" "$scratch/five"
[ ! -e "$scratch/web.img" ] || failures=1
export XR_COMMAND=$top_builddir/tests/lib/made-command
expect 0 "100 %" "$c/checkpoint" web "$scratch/web.img"
expect 0 "it says so" "$c/checkpoint" web "$scratch/web.img"
expect 0 '"checkpoint","--format=jsonl"' "$c/checkpoint" web "$scratch/web.img"
expect 1 "(usage)" "$c/checkpoint"
expect 0 '"restore","--format=jsonl"' "$c/checkpoint" web
expect 1 "a migration; has it (locked)" "$c/checkpoint" locked a
expect 1 "/nowhere: No such file or directory (system)" \
    env XR_COMMAND=/nowhere "$c/checkpoint" web a
interrupted "(cancelled)" "$c/checkpoint" slow a

if [ -n "${PYTHON:-}" ] && [ -e "$top_builddir/plugin/python/package" ]; then
    readers "${python[@]}" "$py/read_image.py"
    expect 0 "yes, by image" "${python[@]}" "$py/verdict.py" --kernel "$kernel"
    expect 1 "no, by image" "${python[@]}" "$py/verdict.py" --image "$image" \
        --kernel "$top_builddir/tests/guest/netbsd-like"
    expect 3 "unknown, by none" "${python[@]}" "$py/verdict.py" --kernel \
        "$top_builddir/tests/guest/lying"
    expect 2 "five: " "${python[@]}" "$py/verdict.py" --kernel "$scratch/five"
    expect 1 "checkpoint.py DOMAIN IMAGE" "${python[@]}" "$py/checkpoint.py"
    expect 1 "checkpoint.py DOMAIN IMAGE" \
        "${python[@]}" "$py/checkpoint.py" web mail a
    expect 0 "it says so" "${python[@]}" "$py/checkpoint.py" web a
    expect 0 "'bytes': 8192" "${python[@]}" "$py/checkpoint.py" web a
    expect 0 "'domid': 7" "${python[@]}" "$py/checkpoint.py" web
    expect 1 "a migration; has it" "${python[@]}" "$py/checkpoint.py" locked a
    interrupted "stopped: KeyboardInterrupt" \
        "${python[@]}" "$py/checkpoint.py" slow a
fi
[ $failures = 0 ]
