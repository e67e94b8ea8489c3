#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xen-resumable.conf as a user meets it, where no Xen is needed. If this fails,
# a line of it is obeyed by one verb and not by another, or a slip in it is not
# named, or stops a toolstack.
set -eu
. "$top_srcdir/tests/cli/functions.sh"

pv=$top_srcdir/tests/data/saves/xl-pv-4.17.img
guests=$top_builddir/tests/guest
export XR_CONFIG=$scratch/conf
export XR_PRELOAD=$top_builddir/plugin/hook/.libs/xen-resumable-preload.so

check_of() { # WHAT STATUS LINE ARGUMENTS...
    local what=$1 status=$2 line=$3 got=0
    shift 3
    "$program" check "$@" >out 2>err || got=$?
    [ $got = "$status" ] || { fail "$what: $got, not $status"; cat out err; }
    [ -z "$line" ] || grep -qF "$line" out ||
        { fail "$what: not by $line"; cat out; }
    [ ! -s err ] || { fail "$what: it complains"; cat err; }
}

uuid=$("$program" show --format=json "$pv" |
    "${PYTHON:-python3}" -c 'import json, sys
print(json.load(sys.stdin)["metadata"]["keys"]["domain.uuid"])')

check_of "no file" 1 "" --kernel "$guests/netbsd-like"
cat >conf <<CONF
resumable = [
    "os:netbsd=yes", # we run a patched one
    "uuid:$uuid=no"
]
CONF
check_of "by os:" 0 "$XR_CONFIG:2: os:netbsd=yes" \
    --kernel "$guests/netbsd-like"
check_of "another os" 1 "" --kernel "$guests/illumos-like"
check_of "by uuid:" 1 "uuid:$uuid=no" --image "$pv"
"$program" check -e --image "$pv" >out || true
grep -q 'override *no .*conf:3: ' out || fail "the evidence names the line"
grep -q 'image *yes' out || fail "and what speaks against it"
echo 'resumable = [ "*=no" ]' >conf
check_of "by name, which an image has" 1 "conf:1: *=no" --image "$pv"
check_of "and a kernel has not" 0 "" --kernel "$guests/linux-like"

# What exec passes on: the option, else the file, else the default.
policies() { # WHAT EXPECTED OPTIONS...
    local what=$1 expected="$2 "
    shift 2
    # shellcheck disable=SC2016
    expect "$what" 0 "$expected" -- exec "$@" -- \
        sh -c 'IFS=,; for pair in $XR_REQUEST; do
            case $pair in on-*) printf "%s " "${pair#*=}" ;; esac
        done'
}
case " $SANITIZE_FLAGS " in
*-fsanitize*) skip "exec: a sanitized stub does not go into other programs" ;;
*)
    rm conf
    policies "the defaults" "refuse proceed"
    printf 'on_not_resumable = "force"\non_unknown = "hold"\n' >conf
    policies "the file" "force hold"
    policies "an option" "hold hold" --on-not-resumable=hold
    XR_ON_UNKNOWN=refuse policies "the environment" "force refuse"
    XR_ON_UNKNOWN=refuse policies "an option before it" "force proceed" \
        --on-unknown=proceed
    XR_ON_UNKNOWN="wait" policies "no policy" "force hold"
    said 'warning: XR_ON_UNKNOWN: "wait" is not a policy: "proceed", "refuse", "restore", "hold" or "force" is expected; "hold" applies'
    XR_ON_NOT_RESUMABLE=proceed policies "not that one" "force hold"
    said 'warning: XR_ON_NOT_RESUMABLE: "proceed" is not a policy: "refuse", "restore", "hold" or "force" is expected; "force" applies'
    echo 'on_unknown = "hold' >conf
    policies "a bad line" "refuse proceed"
    said "warning: $XR_CONFIG:1: on_unknown: \"proceed\", \"refuse\", \"restore\", \"hold\" or \"force\" is expected"
    printf 'on_\033[2J = 1\nrecord = 2\non_unknown="hold"\n' >conf
    policies "good lines among bad ones" "refuse hold"
    [ "$(wc -l <.stderr)" = 2 ] || fail "a line for each bad line"
    ! grep -q "$(printf '\033')" .stderr || fail "escapes reach the terminal"
    rm conf; mkdir conf
    policies "a folder" "refuse proceed"
    said "warning: $XR_CONFIG: not a regular file; the defaults apply"
    rmdir conf ;;
esac

echo 'verbos = 1' >conf
"$program" doctor >out 2>err || true
grep -q 'configuration *BAD .*conf:1: unknown setting verbos; the settings are ' out ||
    { fail "doctor names the bad line"; cat out; }
cp "$top_srcdir/plugin/xen/xen-resumable.conf.example" conf
"$program" doctor >out 2>err || true
grep -q 'configuration *ok' out || fail "the example is in order"
keys=$(sed -n 's/^    { "\([a-z_]*\)", set_.*/\1/p' \
    "$top_srcdir/plugin/xen/configuration_keys.c")
[ "$(wc -w <<<"$keys")" -ge 12 ] || fail "which settings are there? $keys"
for key in $keys; do
    grep -q "^#$key = " conf || fail "the example has no $key"
    grep -q "B<$key>" "$top_srcdir/plugin/xen/xen-resumable.conf.pod" ||
        fail "the man page has no $key"
done
sed 's/^#\([a-z_]* =\|    "\|]\)/\1/' conf >uncommented
mv uncommented conf
"$program" doctor >out 2>err || true
grep -q 'configuration *ok' out || { fail "nor uncommented"; cat out; }
finish
