# SPDX-License-Identifier: LGPL-2.1-or-later
# A rollback that fails at any of its steps, or is killed at any instant, loses nothing:
# the guest counts, or the command that the message says brings it back.  Images, copies
# and what was noted are as they should be then.
#
# boot: faults-rollback
# suites: none
# release: 4.17
# needs: disks firmware
# memory: 3584
# dom0: 1792
# takes: 900

. /lab/flat.sh
. /lab/disks.sh
disks_begin
xfs_begin 600M
state=/var/lib/xen-resumable
mkdir -m 700 /tmp/empty
image=$xfs/own.img
disk=$xfs/own.disk
safety=$image.before-rollback

# A guest of our own does not write; what stands on its disk is put there from here.
config_own own linux-like
echo "disk = [ '$disk,raw,xvda,w,script=block' ]" >>/tmp/own.cfg
echo "then" >$disk
truncate -s 4M $disk
run out plugin create own
claim "it counts" reaches own 2
run out xen-resumable checkpoint --watch=0 --disks=require own $image
claim "there is an image" equal "$status" 0
then=$(digest "$(copy_of $image)")
claim "its copy is of then" equal "$then" "$(digest $disk)"

copies() { find $xfs -name 'own.disk.xr-*' | wc -l; }
images() { find $xfs -name 'own.img*' -type f | wc -l; }
# No image or copy that is half, none without the other; no note, no lock.  What was
# killed, or could not be dropped, the next prune brings to its end.
nothing_is_left() {
    xen-resumable prune --dir=/tmp/empty --keep-last=1
    ls -A $xfs
    find $state -type f
    find $xfs -name 'own*' -type f | grep -v -e '/own\.img$' -e '/own\.disk$' \
        -e '/own\.img\.before-rollback\(\.1\)*$' -e '/own\.disk\.xr-[0-9a-f-]*$' && return 1
    [ "$(copies)" = "$(images)" ] || return 1
    [ -z "$(ls -A $state/.rollback 2>/dev/null)" ]
}
nobody_stays() { ps; ! pidof xen-resumable libxl-save-helper; }

# The last command of ours that FILE names, as a shell is to be given it.
command_in() {
    sed -n 's/.*\(xen-resumable rollback [^"]*\)$/\1/p' "$1" | tail -n 1
}

# The guest has gone on since, and its disk with it.
goes_on() {
    echo "since, $n" | dd of=$disk conv=notrunc 2>/dev/null
    since=$(digest $disk)
}

# It counts, or what was said brings it back; or the checkpoint of what was before has
# failed so that it stands still, with all that it had (checkpoint-faults): survives TEXT
survives() {
    if ! gone own && counts own 1 5 >/dev/null; then
        lives="it counts"
    elif is_suspended own; then
        lives="it stood still"
        run again xen-resumable exec -- xl save own /tmp/held
        claim "$1: what stands still can be saved" equal "$status" 0
        run again plugin xl restore /tmp/held
        rm -f /tmp/held
        claim "$1: and goes on from there" comes_back own 1
    else
        lives="it was brought back"
        again=$(command_in out)
        claim "$1: it is said how to go on" test -n "$again"
        run again sh -c "$again"
        claim "$1: that is done: $again" equal "$status" 0
        claim "$1: it counts" comes_back own 1
        claim "$1: its disk is that of then" equal "$(digest $disk)" "$then"
    fi
    remark "$1: exit status $failed, $lives"
    if [ "$(digest $disk)" != "$then" ]; then
        claim "$1: its disk is the one that it had" \
            equal "$(digest $disk)" "$since"
    fi
    claim "$1: the image is sound" xen-resumable verify $image
    claim "$1: its copy is as it was" \
        equal "$(digest "$(copy_of $image)")" "$then"
    claim "$1: nothing is left behind" nothing_is_left
}

fail_at() { # STEP: fails if there is no such step
    goes_on
    failed=0
    XR_FAULT=$1 xen-resumable rollback own $image >out 2>&1 || failed=$?
    cat out
    grep -q 'on purpose' out || return 1
    what=$(sed -n 's/.*fault \([0-9]*\) on purpose: \(.*\)/\1 (\2)/p' out |
        head -n 1)
    survives "fault $what"
}
n=0
while n=$((n + 1)); [ $n -lt 120 ]; do
    fail_at $n || break
done
claim "without a fault it succeeds, after $n" equal "$failed" 0
claim "it goes on from its image" comes_back own 1
claim "there were steps to fail" test $n -gt 20
claim "its disk is that of then" equal "$(digest $disk)" "$then"
claim "the safety checkpoint is there" xen-resumable verify $safety
claim "with the disk of before" equal "$(digest "$(copy_of $safety)")" "$since"
claim "nothing is left behind" nothing_is_left

# Killed before each of its steps; the guest's own processes go on without it.
kill_at() { # STEP: fails if there is no such step
    goes_on
    failed=0
    XR_FAULT=$1 XR_FAULT_KILL=rollback xen-resumable rollback own $image \
        >out 2>&1 || failed=$?
    cat out
    what=$(sed -n 's/.*kill \([0-9]*\) on purpose, .*: \(.*\)/\1 (\2)/p' out |
        head -n 1)
    [ -n "$what" ] || return 1
    claim "killed before $what: nobody stays" within 60 nobody_stays
    survives "killed before $what"
}
n=0
while n=$((n + 1)); [ $n -lt 120 ]; do
    kill_at $n || break
done
claim "there were instants to be killed at" test $n -gt 20

# And whenever: in dom0's own time, and not at a step.
run_time() { # in tenths of a second
    read -r a _ </proc/uptime
    xen-resumable rollback own $image >out 2>&1 || cat out
    read -r b _ </proc/uptime
    echo "$a $b" | awk '{ printf "%d\n", ($2 - $1) * 10 }'
}
goes_on
tenths=$(run_time | tail -n 1)
remark "a rollback takes $tenths tenths of a second"
rounds=10
n=0
while n=$((n + 1)); [ $n -le $rounds ]; do
    goes_on
    at=$(awk -v n="$n" -v of="$rounds" -v t="$tenths" \
        'BEGIN { printf "%.2f\n", t / 10 * n / of }')
    xen-resumable rollback own $image >out 2>&1 &
    pid=$!
    sleep "$at"
    kill -9 $pid 2>/dev/null
    failed=0
    wait $pid || failed=$?
    cat out
    claim "killed after $at s: nobody stays" within 60 nobody_stays
    survives "killed after $at s"
done
destroy own
xfs_end
