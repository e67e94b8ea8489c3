# SPDX-License-Identifier: LGPL-2.1-or-later
# A checkpoint that fails or is killed at any of its steps loses the guest, the
# former image, or leaves half an image behind.
#
# boot: faults
# timeout: 900

image=/tmp/c/image
mkdir -p /tmp/c /etc/xen/xen-resumable.d
printf '#!/bin/sh\nexit 0\n' >/etc/xen/xen-resumable.d/10-nothing
chmod 755 /etc/xen/xen-resumable.d/10-nothing

alone() { ls -A /tmp/c; [ "$(cd /tmp/c && echo *)" = "$1" ]; }
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

# Killed at random instants: its guardian sees to the guest.
killed=0
for round in $(seq 50); do
    xen-resumable checkpoint --watch=0 linux-like "$image" >/dev/null 2>&1 &
    pid=$!
    # Spread over the time that it takes.
    sleep "0.$(printf %02d $((round * 2 % 90)))"
    ! kill -9 $pid 2>/dev/null || killed=$((killed + 1))
    wait $pid 2>/dev/null
    if ! counts linux-like 1 15 >/tmp/why; then
        claim "killed, round $round: the guest counts on" not cat /tmp/why
        break
    fi
    xen-resumable verify "$image" >/tmp/why ||
        claim "killed, round $round: the image is sound" not cat /tmp/why
done
claim "killed $killed times of 50: the guest counts on" counts linux-like
claim "killed: more than once it hit" test "$killed" -gt 10
claim "killed: no half image is left" within 15 alone image
destroy linux-like

config_own netbsd-like netbsd-like
run out plugin create netbsd-like
claim "netbsd-like: it counts" reaches netbsd-like 2
walk netbsd-like --on-not-resumable=restore
