# SPDX-License-Identifier: LGPL-2.1-or-later
# A copy runs beside the original, on disks of its own: both count, both write, neither
# sees what the other one writes; the copy has its own uuid and MAC address, and image
# and copies of disks stay as they are.  While it is there, or a definition speaks of
# its disks, nothing removes them; when it is destroyed, prune leaves nothing of it.
#
# Every run shows that with a file on XFS, in scenario rollback, beside the guest and by
# the image that are there.  Here it is also a qcow2 that QEMU serves, LVM and thin LVM;
# a copy that reboots, or is saved, keeps its disks; and a restore that fails at any of
# its steps, or is killed there, leaves nothing behind.
#
# boot: rollback
# suites: none
# release: 4.17
# needs: disks firmware
# memory: 3584
# dom0: 1792
# takes: 600

. /lab/flat.sh
. /lab/disks.sh
disks_begin
xfs_begin 600M
. /lab/copies.sh

with_image() { # TEXT DISK
    kind=$1
    config_disks "$2"
    echo "$vif" >>/tmp/web.cfg
    sed -i '/^on_reboot/d' /tmp/web.cfg
    starts "$kind"
    before_it
    run out xen-resumable checkpoint --watch=0 --disks=require web $image
    claim "$kind: there is an image" equal "$status" 0
    after_files=$(number)
}

# --- a file

disk=$xfs/web.disk
make_disk $disk raw
with_image "a file" "$disk,raw,xvda,w,script=block"
runs_beside

# --- a copy that comes again

# xl makes a domain anew some seconds after the former one has gone.
beside "a copy that reboots"
former=$(domid copy)
xl reboot -F copy
made_anew() { now=$(domid copy 2>/dev/null) && [ "$now" != "$former" ]; }
n=0
until made_anew || [ $((n += 1)) -gt 60 ]; do
    prunes >/dev/null 2>&1
    claim "rebooting: its disk is there" test -n "$(made)"
done
claim "rebooted: it is there" made_anew
# Who destroys it while xl is still about to make it may be left with its loop device.
anew copy
claim "rebooted: it counts again" reaches copy 2 120
goes "rebooted"

beside "a copy that is saved"
run out plugin xl save copy /tmp/copy.save
claim "saved: exit status 0" equal "$status" 0
run out prunes
claim "saved: its disk stays" test -n "$(made)"
claim "saved: it is said how it goes" contains out "drop-copies=$uuid"
anew copy
run out plugin xl restore /tmp/copy.save
claim "saved: it is restored" equal "$status" 0
claim "saved: it writes on" copy_writes_on
claim "saved: it was not started" equal "$(starts_of copy)" 0
xl destroy copy
run out xen-resumable prune --drop-copies="$uuid"
claim "saved: it goes if somebody says so" equal "$status" 0
claim "saved: nothing is left of it" nothing_is_made
rm /tmp/copy.save
destroy web

# --- others

other_kind() { # TEXT DISK
    rm -f $xfs/*.img*
    xen-resumable prune --dir=/tmp/empty --keep-last=1
    with_image "$1" "$2"
    beside "$1"
    goes "$1"
    destroy web
}
rm -f $disk
make_disk $disk qcow2
other_kind "a qcow2, served by QEMU" "$disk,qcow2,xvda,w,backendtype=qdisk"

make_group /tmp/pv 256M
echo 'lvm_snapshot_size = "24M"' >>/etc/xen/xen-resumable.conf
run out lvcreate -qq -y -n web -L $disk_size vg0
make_ext4 /dev/vg0/web
other_kind LVM "phy:/dev/vg0/web,xvda,w"
remove_group /tmp/pv

make_group /tmp/pv 256M
run out lvcreate -qq -y --type thin-pool -L 128M -n pool vg0
run out lvcreate -qq -y -V $disk_size --thin -n web vg0/pool
make_ext4 /dev/vg0/web
other_kind "thin LVM" "phy:/dev/vg0/web,xvda,w"
remove_group /tmp/pv

# --- at any step

image=$xfs/own.img
config_own own linux-like
echo "the disk of own" >$xfs/own.disk
truncate -s 4M $xfs/own.disk
echo "disk = [ '$xfs/own.disk,raw,xvda,w,script=block' ]" >>/tmp/own.cfg
run out plugin create own
claim "own: it counts" reaches own 2
run out xen-resumable checkpoint --watch=0 --disks=require own $image
claim "own: there is an image" equal "$status" 0
nobody_stays() { ! pidof xen-resumable; }

# It fails, or is killed, before the Nth step: fails if there is no such step.
at_step() { # N [NAME=VALUE]
    n=$1
    shift
    anew copy
    env XR_FAULT="$n" "$@" xen-resumable restore --watch=0 --name=copy \
        --disks=copies $image >out 2>&1
    grep -q 'on purpose' out || return 1
    what=$(sed -n 's/.* on purpose[^:]*: \(.*\)/\1/p' out | head -n 1)
    what="$n ($what)${1:+, killed}"
    claim "step $what: nobody stays" within 60 nobody_stays
    within 30 eval '! pidof libxl-save-helper' >/dev/null
    claim "step $what: the original counts" counts own 1
    gone copy || remark "step $what: the copy was made"
    ! gone copy || claim "step $what: nobody has half of it" \
        within 20 eval 'prunes && nothing_is_made'
    gone copy || xl destroy copy
    prunes
    claim "step $what: nothing is left" nothing_is_made
}
n=0
while n=$((n + 1)); [ $n -lt 60 ]; do at_step $n || break; done
claim "there were steps to fail at" test $n -gt 5
claim "without a fault it counts" comes_back copy
xl destroy copy
prunes
n=0
while n=$((n + 1)); [ $n -lt 60 ]; do
    at_step $n XR_FAULT_KILL=restore || break
done
claim "there were steps to be killed at" test $n -gt 5
destroy copy
destroy own
xfs_end
