# SPDX-License-Identifier: LGPL-2.1-or-later
# A checkpoint that fails or is killed at any of its steps loses the guest, the
# former image, or leaves half an image behind.
#
# boot: faults
# takes: 900

image=/tmp/c/image
mkdir -p /tmp/c /etc/xen/xen-resumable.d
printf '#!/bin/sh\nexit 0\n' >/etc/xen/xen-resumable.d/10-nothing
chmod 755 /etc/xen/xen-resumable.d/10-nothing

alone() { ls -A /tmp/c; [ "$(ls -A /tmp/c)" = "$1" ]; }
# Goes on by itself, stands still with all its memory, or is in its image.
lives() { # NAME
    counts "$1" 1 5 >/dev/null || is_suspended "$1" ||
        { gone "$1" && xen-resumable verify "$image"; }
}
goes_on_from() { # NAME TICK
    counts "$1" && test "$(ticks "$1")" -gt "$2"
}

# walk NAME OPTION...: the Nth step fails, N from 1 on, until it succeeds.
walk() {
    name=$1
    shift
    n=0
    while n=$((n + 1)); [ $n -lt 60 ]; do
        status=0
        XR_FAULT=$n xen-resumable checkpoint --watch=0 "$@" "$name" "$image" \
            >out 2>&1 || status=$?
        cat out
        grep -q 'on purpose' out || break
        what=$(sed -n 's/.*on purpose: //p' out | head -n 1)
        # An image without its record is an image all the same.
        [ "$what" = "the record" ] ||
            claim "$name: fault $n ($what): exit status is not 0" \
                not equal "$status" 0
        claim "$name: fault $n ($what): the guest lives, or stands still" \
            lives "$name"
        # One that cannot take a 1 stands still, with all that it did.
        before=$(ticks "$name")
        if is_suspended "$name" >/dev/null; then
            run out xen-resumable exec -- xl save "$name" /tmp/held
            claim "$name: fault $n ($what): what stands still can be saved" \
                equal "$status" 0
            plugin xl restore /tmp/held >/dev/null 2>&1
            claim "$name: fault $n ($what): and goes on from there" \
                goes_on_from "$name" "$before"
            rm -f /tmp/held
        elif gone "$name"; then
            plugin xl restore "$image" >/dev/null 2>&1
            claim "$name: fault $n ($what): it goes on from its image" \
                goes_on_from "$name" "$before"
        fi
        claim "$name: fault $n ($what): no other file" alone image
        claim "$name: fault $n ($what): the image is sound" \
            xen-resumable verify "$image"
    done
    claim "$name: without a fault it succeeds, after $n" equal "$status" 0
    claim "$name: there were steps to fail" test $n -gt 8
}

config_own linux-like linux-like
run out plugin create linux-like
claim "linux-like: it counts" reaches linux-like 2
run out xen-resumable checkpoint linux-like "$image"
claim "linux-like: there is a former image" xen-resumable verify "$image"
walk linux-like --seal --keep=0

# Each of its processes is killed before each of its steps, which all of them count:
# the guest goes on, and nothing of the checkpoint stays behind.  A lock that is
# left would make the next one wait, and say so.
nobody_stays() { ps; ! pidof xen-resumable libxl-save-helper; }
kill_at_each_step() { # ROLE
    n=0
    killed=0
    while n=$((n + 1)); [ $n -lt 30 ]; do
        XR_FAULT=$n XR_FAULT_KILL=$1 xen-resumable checkpoint --watch=0 --seal \
            linux-like "$image" >out 2>&1 || cat out
        what=$(sed -n 's/.*on purpose, \(.*\)/\1/p' out)
        [ -n "$what" ] || break
        # What is not there yet, or any more, cannot be killed.
        case $what in nobody*) continue ;; esac
        killed=$((killed + 1))
        claim "kill $n ($what): nobody stays" within 30 nobody_stays
        claim "kill $n ($what): the guest counts" counts linux-like 1
        claim "kill $n ($what): it did not wait for the one before" \
            not contains out "waiting for"
    done
    claim "$1: no lock is left that blocks" free_to_be_saved linux-like
    total=$((total + killed))
    remark "$1: killed at $killed instants"
}
free_to_be_saved() {
    cat /run/xen-resumable/* 2>/dev/null
    xen-resumable checkpoint --dry-run "$1" /tmp/other >/tmp/dry || return 1
    cat /tmp/dry
    ! grep -q 'Waiting for' /tmp/dry
}
total=0
kill_at_each_step checkpoint
kill_at_each_step helper
kill_at_each_step guardian
claim "kill: at 30 instants or more, of three processes" test $total -ge 30
claim "kill: the image is sound" xen-resumable verify "$image"
claim "kill: no half image is left" alone image
run out xen-resumable checkpoint linux-like "$image"
claim "kill: the next checkpoint is done" equal "$status" 0
claim "kill: it did not have to wait" not contains out "waiting for"
destroy linux-like

# The same over one that goes on from its image in a new domain.
before_release || return 0

config_own netbsd-like netbsd-like
run out plugin create netbsd-like
claim "netbsd-like: it counts" reaches netbsd-like 2
walk netbsd-like --on-not-resumable=restore
