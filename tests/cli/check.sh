#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xen-resumable check on files, and the verbs that want a Xen where there is
# none. If this fails, a script that trusts the exit status is misled.
set -eu
. "$top_srcdir/tests/cli/functions.sh"

pv=$top_srcdir/tests/data/saves/xl-pv-4.17.img
guests=$top_builddir/tests/guest

status_of() { # WHAT STATUS ARGUMENTS...
    local what=$1 status=$2 got=0
    shift 2
    "$program" check "$@" >out 2>err || got=$?
    [ $got = "$status" ] || { fail "$what: $got, not $status"; cat out err; }
}

status_of "a Linux kernel" 0 --kernel "$guests/linux-like"
status_of "a NetBSD kernel" 1 --kernel "$guests/netbsd-like"
status_of "an illumos kernel, without the note" 1 \
    --kernel "$guests/illumos-like"
status_of "a FreeBSD kernel, by the quirk" 0 --kernel "$guests/freebsd-like"
grep -q ' quirk ' out || fail "the quirk is named"
status_of "an image" 0 --image "$pv"
status_of "an image from a pipe" 0 --image - <"$pv"
status_of "the worst of two" 1 --image "$pv" --kernel "$guests/netbsd-like"
thin=$top_srcdir/tests/data/saves/thin-pv-4.20.img
status_of "an image without a record" 3 --image "$thin"
grep -q ' unknown .* none ' out || fail "an image without a record: unknown"
status_of "no kernel" 2 --kernel "$pv"
status_of "no image" 2 --image "$guests/netbsd-like"
status_of "nothing asked" 2
status_of "unknown format" 2 --format=yaml --image "$pv"

"${PYTHON:-python3}" - <<PY || fail "the JSON"
import json, subprocess
run = subprocess.run(["$program", "check", "--format=json", "--kernel",
                      "$guests/netbsd-like"], capture_output=True)
assert run.returncode == 1
domain, = json.loads(run.stdout)["domains"]
assert domain["resumable"] == "no" and domain["source"] == "image"
assert domain["suspendable"] == "unknown" and domain["reason"]
assert domain["evidence"][0]["says"] == "no"
assert domain["target"] == "$guests/netbsd-like"
PY

if [ ! -e /proc/xen/capabilities ]; then
    status_of "a domain, where there is no Xen" 2 --all
    grep -q 'no Xen here' err || fail "it says that there is no Xen"
    got=0
    "$program" doctor >out 2>err || got=$?
    [ $got = 1 ] || fail "doctor: $got, not 1"
    grep -q '^xen .*BAD' out || fail "doctor says what is wrong"
    echo "an earlier image" >target
    got=0
    XR_PRELOAD=$top_builddir/plugin/hook/.libs/xen-resumable-preload.so \
        "$program" exec -- xl save -c web target >out 2>err || got=$?
    [ $got = 2 ] || fail "exec: $got, not 2"
    grep -q 'no Xen here' err || fail "exec says that there is no Xen: $(cat err)"
    [ "$(cat target)" = "an earlier image" ] || fail "the target was touched"
fi

# exec is transparent for what is no checkpoint.  A sanitized stub would want
# its run-time library before everything else.
export XR_PRELOAD=$top_builddir/plugin/hook/.libs/xen-resumable-preload.so
if [ -z "${SANITIZE_FLAGS:-}" ]; then
    expect "exec passes an exit status on" 7 "" -- exec -- sh -c 'exit 7'
    expect "exec puts the stub in front" 0 "$XR_PRELOAD" -- \
        exec -- sh -c 'echo "$LD_PRELOAD"'
    LD_PRELOAD=/nonexistent/other.so expect "what was preloaded stays" 0 \
        "$XR_PRELOAD:/nonexistent/other.so" -- \
        exec -- sh -c 'echo "$LD_PRELOAD"' 2>/dev/null
fi
expect "exec of nothing" 2 "" -- exec
expect "exec of what is not there" 2 "" -- exec -- /nonexistent/xl
expect "a policy that exec cannot carry out" 2 "" -- \
    exec --on-not-resumable=restore -- true
XR_PRELOAD=/nonexistent expect "no stub" 2 "" -- exec -- true
expect "no such verb" 2 "" -- explode
expect "no verb" 2 "" --
expect "--version" 0 "xen-resumable 0.2.0" -- --version
finish
