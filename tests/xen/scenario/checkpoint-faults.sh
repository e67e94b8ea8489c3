# SPDX-License-Identifier: LGPL-2.1-or-later
# A checkpoint that fails or is killed at any of its steps loses neither the guest
# nor the former image, and leaves no half image behind.  Before a release at each
# step; in every run at those where it would hurt.
#
# boot: faults
# suites: 4.17
# release: 4.14 4.20
# needs at release: firmware
# takes: 75

image=/tmp/c/image
mkdir -p /tmp/c /etc/xen/xen-resumable.d
printf '#!/bin/sh\nexit 0\n' >/etc/xen/xen-resumable.d/10-nothing
chmod 755 /etc/xen/xen-resumable.d/10-nothing

alone() { ls -A /tmp/c; [ "$(ls -A /tmp/c)" = "$1" ]; }
# Goes on by itself, stands still with all its memory, or is in its image; sets lives.
lives() { # NAME
    lives=suspended
    is_suspended "$1" && return
    lives=on
    counts "$1" 1 5 >/dev/null && return
    lives=image
    gone "$1" && xen-resumable verify "$image"
}
goes_on_from() { # NAME TICK
    comes_back "$1" && test "$(ticks "$1")" -gt "$2"
}

# fail_at NAME STEP OPTION...: at a step by its name or its number; fails if there is
# no such step.
fail_at() {
    name=$1
    step=$2
    shift 2
    status=0
    XR_FAULT=$step xen-resumable checkpoint --watch=0 "$@" "$name" "$image" \
        >out 2>&1 || status=$?
    cat out
    grep -q 'on purpose' out || return 1
    what=$(sed -n 's/.*fault \([0-9]*\) on purpose: \(.*\)/\1 (\2)/p' out |
        head -n 1)
    # An image without its record is an image all the same.
    [ "${what#*(}" = "the record)" ] ||
        claim "$name: fault $what: exit status is not 0" has_failed
    claim "$name: fault $what: the guest lives, or stands still" lives "$name"
    # One that cannot take a 1 stands still, with all that it did.
    before=$(ticks "$name")
    if [ $lives = suspended ]; then
        run out xen-resumable exec -- xl save "$name" /tmp/held
        claim "$name: fault $what: what stands still can be saved" \
            equal "$status" 0
        plugin xl restore /tmp/held >/dev/null 2>&1
        claim "$name: fault $what: and goes on from there" \
            goes_on_from "$name" "$before"
        rm -f /tmp/held
    elif [ $lives = image ]; then
        plugin xl restore "$image" >/dev/null 2>&1
        claim "$name: fault $what: it goes on from its image" \
            goes_on_from "$name" "$before"
    fi
    claim "$name: fault $what: no other file" alone image
    claim "$name: fault $what: the image is sound" xen-resumable verify "$image"
}
# walk NAME OPTION...: the Nth step fails, N from 1 on, until it succeeds.
walk() {
    walked=$1
    shift
    n=0
    while n=$((n + 1)); [ $n -lt 60 ]; do
        fail_at "$walked" $n "$@" || break
    done
    claim "$walked: without a fault it succeeds, after $n" equal "$status" 0
    claim "$walked: there were steps to fail" test $n -gt 8
}
# Where it hurts, which is enough in every run.
fail_where_it_hurts() { # NAME OPTION...
    walked=$1
    shift
    missing=''
    for at in "the layout" "the record" "the suspend" suspended "the resume" \
        "the rest of the layout" "the rename"; do
        fail_at "$walked" "$at" "$@" || missing="$missing $at"
    done
    claim "$walked: each of these steps is there" equal "$missing" ""
}

config_own linux-like linux-like
as_people_have linux-like
run out plugin create linux-like
claim "linux-like: it counts" reaches linux-like 2
run out xen-resumable checkpoint --watch=0 linux-like "$image"
claim "linux-like: there is a former image" xen-resumable verify "$image"
if before_release; then
    walk linux-like --keep=0
    walk linux-like --layout=stream --seal --keep=0
else
    fail_where_it_hurts linux-like --keep=0
fi

# Each of its processes is killed before its steps, which all of them count: the
# guest goes on, and nothing of the checkpoint stays behind.  A lock that is left
# would make the next one wait, and say so.
nobody_stays() { ps; ! pidof xen-resumable libxl-save-helper; }
kill_at() { # ROLE STEP: by its name or its number; fails if there is no such step
    XR_FAULT=$2 XR_FAULT_KILL=$1 xen-resumable checkpoint --watch=0 --seal \
        linux-like "$image" >out 2>&1 || cat out
    what=$(sed -n 's/.*on purpose, \(.*\)/\1/p' out)
    # What is not there yet, or any more, cannot be killed.
    case $what in
    '') return 1 ;;
    nobody*) return 0 ;;
    esac
    total=$((total + 1))
    claim "kill, $what: nobody stays" within 30 nobody_stays
    claim "kill, $what: the guest counts" counts linux-like 1
    claim "kill, $what: it did not wait for the one before" \
        not contains out "waiting for"
}
kill_all_along() { # ROLE
    n=0
    while n=$((n + 1)); [ $n -lt 30 ]; do
        kill_at "$1" $n || break
    done
}
free_to_be_saved() {
    cat /run/xen-resumable/* 2>/dev/null
    xen-resumable checkpoint --dry-run "$1" /tmp/other >/tmp/dry || return 1
    cat /tmp/dry
    ! grep -q 'Waiting for' /tmp/dry
}
total=0
if before_release; then
    instants=30
    for role in checkpoint helper guardian; do kill_all_along $role; done
else
    instants=5
    kill_at checkpoint "the end of the save"
    kill_at checkpoint "the rename"
    kill_at helper suspended
    kill_at guardian "the suspend"
    kill_at guardian "the resume"
fi
claim "kill: at $instants instants or more, of three processes" \
    test $total -ge $instants
claim "kill: no lock is left that blocks" free_to_be_saved linux-like
claim "kill: the image is sound" xen-resumable verify "$image"
claim "kill: no half image is left" alone image
run out xen-resumable checkpoint --watch=0 linux-like "$image"
claim "kill: the next checkpoint is done" equal "$status" 0
claim "kill: it did not have to wait" not contains out "waiting for"
destroy linux-like

# The same over one that goes on from its image in a new domain.
before_release || return 0

config_own netbsd-like netbsd-like
as_people_have netbsd-like
run out plugin create netbsd-like
claim "netbsd-like: it counts" reaches netbsd-like 2
walk netbsd-like --on-not-resumable=restore
destroy netbsd-like

# And with a device model, which stands still as well.
config_hvm linux-hvm 40 /lab/guest/linux-hvm
run out plugin create linux-hvm
claim "linux-hvm: it counts" reaches linux-hvm 2
walk linux-hvm --keep=0
