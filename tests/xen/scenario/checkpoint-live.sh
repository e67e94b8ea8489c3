# SPDX-License-Identifier: LGPL-2.1-or-later
# xen-resumable checkpoint does not kill the guest, freezes it for moments only,
# and writes what stock xl restores.  Before a release: with more options, and of a
# PV guest (checkpoint-own has one in every run).
#
# boot: matrix
# takes: 35

config_pvh web dirty=1
run out plugin create web
claim "PVH: it counts" reaches web 2
was=$(domid web)

run out xen-resumable checkpoint --dry-run web /tmp/web.img
claim "dry run: exit status 0" equal "$status" 0
claim "dry run: it is said that it would be live" contains out "Live"
deny "dry run: nothing is written" test -e /tmp/web.img

run out xen-resumable checkpoint --label=why=test web /tmp/web.img
claim "checkpoint: exit status 0" equal "$status" 0
claim "checkpoint: the freeze is told" contains out "Frozen"
remark "$(grep -e Frozen -e Live -e Time out | tr '\n' ' ')"
claim "checkpoint: the guest counts on" counts web
claim "checkpoint: in the same domain" equal "$(domid web)" "$was"
claim "checkpoint: the image is sound" xen-resumable verify /tmp/web.img
claim "checkpoint: it is nobody else's to read" \
    equal "$(stat -c %a /tmp/web.img)" 600
claim "checkpoint: its record says what it is for" \
    record_has /tmp/web.img saved.intent=checkpoint
claim "checkpoint: and has the label" record_has /tmp/web.img user.why=test
claim "checkpoint: no other file is left" \
    equal "$(ls /tmp/web.img* | wc -l)" 1

# --- options, with a guest that writes a lot

rounds() { sed -n 's/.*yes, in \([0-9]*\) round.*/\1/p' out; }
option() { # TEXT OPTIONS...
    option_text=$1
    shift
    run out xen-resumable checkpoint --watch=0 "$@" web /tmp/other.img
    claim "$option_text: exit status 0" equal "$status" 0
    claim "$option_text: it counts on" counts web
    claim "$option_text: a sound image" xen-resumable verify /tmp/other.img
}
mkdir /tmp/hooks
echo 'hook_timeout = 300' >/etc/xen/xen-resumable.conf
printf '#!/bin/sh\necho $XR_STAGE >>/tmp/hooked\n' >/tmp/hooks/here
chmod 755 /tmp/hooks/here
option "--max-freeze=1" --max-freeze=1 --hook=/tmp/hooks --progress
claim "--max-freeze=1: it tries more than once" test "$(rounds)" -gt 1
claim "--max-freeze=1: it says what was reached" contains out \
    "1 ms were wanted"
remark "--max-freeze=1: $(grep -e Frozen -e Live out | tr '\n' ' ')"
claim "--hook: its scripts ran" equal "$(tr '\n' ' ' </tmp/hooked)" \
    "pre-suspend suspended resumed "
claim "--progress: a bar" contains out "MiB/s"
one_round_is_enough() {
    option "--live=yes --max-freeze=60000" --live=yes --max-freeze=60000
    claim "--live=yes: it was" contains out "yes, in"
    claim "--max-freeze=60000: one round is enough" equal "$(rounds)" 1
    deny "--max-freeze=60000: it was reached" contains out "were wanted"
    remark "--max-freeze=60000: $(grep -e Frozen -e Live out | tr '\n' ' ')"
}
not_live() {
    option "--live=no" --live=no --on-unknown=refuse
    claim "--live=no: it was not" grep -q 'Live *no' out
}
if before_release; then
    one_round_is_enough
    not_live
fi

# --- the image, under stock xl

destroy web
run out stock xl restore /tmp/web.img
claim "stock xl restores it" equal "$status" 0
claim "the guest counts on from there" counts web
claim "not from the start" test "$(first_tick web)" -gt 1
destroy web

# PV guests have nothing to log their writes with, on this Xen.
before_release || return 0

config_own linux-like linux-like
run out plugin create linux-like
claim "PV: it counts" reaches linux-like 2
run out xen-resumable checkpoint --live=yes linux-like /tmp/pv.img
pv_live=$status
run out xen-resumable checkpoint --dry-run linux-like /tmp/pv.img
claim "PV: --live=auto would write an image all the same" equal "$status" 0
if [ "$pv_live" = 0 ]; then
    claim "PV: live, for this Xen can" grep -q 'Live *yes' out
else
    claim "PV: not live, for this Xen cannot" grep -q 'Live *no' out
fi
destroy linux-like
