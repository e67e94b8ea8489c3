# SPDX-License-Identifier: LGPL-2.1-or-later
# A copy runs beside the original, on disks of its own: both count, both write, neither
# sees what the other one writes; the copy has its own uuid and MAC address, and image
# and copies of disks stay as they are.  While it is there, or a definition speaks of
# its disks, nothing removes them; when it is destroyed, prune leaves nothing of it.
#
# Every run shows that with a file on XFS.  Before a release it is also a qcow2 that
# QEMU serves, LVM and thin LVM; a copy that reboots, or is saved, keeps its disks; and
# a restore that fails at any of its steps, or is killed there, leaves nothing behind.
#
# boot: rollback
# needs: disks firmware
# memory: 3584
# dom0: 1792
# takes: 150

. /lab/flat.sh
. /lab/disks.sh
disks_begin
xfs_begin 600M
notes=/var/lib/xen-resumable/.copies
mkdir -m 700 /tmp/empty

# The net, as in scenario restore-changed.
for module in llc stp bridge xen-netback; do
    insmod "/lib/modules/$module.ko" 2>/dev/null
done
brctl addbr xenbr0
cat >/tmp/vif-bridge <<'SCRIPT'
#!/bin/sh
[ "$1" = online ] || exit 0
ip link set dev "$vif" up
brctl addif "$(xenstore-read "$XENBUS_PATH/bridge")" "$vif"
xenstore-write "$XENBUS_PATH/hotplug-status" connected
SCRIPT
chmod 755 /tmp/vif-bridge
vif="vif = [ 'bridge=xenbr0,mac=00:16:3e:00:00:01,script=/tmp/vif-bridge' ]"
mac_of() { xenstore-read "/local/domain/0/backend/vif/$(domid "$1")/0/mac"; }
uuid_of() { xl vm-list | awk -v name="$1" '$3 == name { print $1 }'; }

# --- what it does

copy_writes_on() {
    await_number copy "files: tick" +3 60 || return 1
    ! console copy | grep -aE 'disagrees|WRONG|EXT4-fs (error|warning)|I/O error'
}
# It goes on with the blocks that it had in memory when the image was written.
copy_woke() {
    console copy | awk -v from="$before_files" -v to="$after_files" '
        $1 == "files:" && $2 == "woke" && $8 + 0 >= from && $8 + 0 <= to {
            print
            found = 1
            exit
        }
        END { exit !found }' >/tmp/copy-woke
}
copy_agrees() {
    within 30 copy_woke && grep ', 0 of 16 differ$' /tmp/copy-woke && return
    echo "numbers $before_files to $after_files"
    console copy | head -n 12
    return 1
}

# What there is of disks that were made for copies, and of notes of them.
made() {
    find $xfs -name '*.xc-*'
    lvs --noheadings -o lv_name 2>/dev/null | grep _xc_
    find $notes -name '*.clones' -o -name '*.saved'
}
nothing_is_made() { [ -z "$(made)" ] || { made; return 1; }; }
prunes() { xen-resumable prune --dir=/tmp/empty --keep-last=1; }

# beside TEXT: the image is there; afterwards "copy" is.
beside() {
    was=$(digest "$(readable "$(copy_of $image)")")
    was_image=$(digest $image)
    anew copy
    run out xen-resumable restore --name=copy --disks=copies --format=json $image
    claim "$1: exit status 0" equal "$status" 0
    claim "$1: its keys are documented" json_keys_are_documented out restore \
        made made[].vdev made[].target made[].copy
    claim "$1: its memory and its disk agree" copy_agrees
    claim "$1: it writes on" copy_writes_on
    claim "$1: so does the original" writes_on
    claim "$1: it writes on beside it" copy_writes_on
    deny "$1: it has a uuid of its own" equal "$(uuid_of copy)" "$(uuid_of web)"
    claim "$1: the image is as it was" equal "$(digest $image)" "$was_image"
    claim "$1: and the copy of its disk" \
        equal "$(digest "$(readable "$(copy_of $image)")")" "$was"
    uuid=$(uuid_of copy)
}
goes() { # TEXT
    xl destroy copy
    run out prunes
    claim "$1: prune: exit status 0" equal "$status" 0
    claim "$1: nothing is left of it" nothing_is_made
    claim "$1: the copy of the disk is there" xen-resumable restore --dry-run \
        --name=copy --disks=copies $image
    claim "$1: the original writes on" writes_on
}

with_image() { # TEXT DISK
    kind=$1
    config_disks "$2"
    echo "$vif" >>/tmp/web.cfg
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
run out xen-resumable restore --dry-run --format=json --name=copy --disks=copies \
    $image
claim "dry run: exit status 0" equal "$status" 0
claim "dry run: its keys are documented" json_keys_are_documented out restore \
    dry_run made[].target changes[].to
claim "dry run: nothing is made" nothing_is_made
run out xen-resumable restore --disks=copies $image
claim "under its own name: exit status 1" equal "$status" 1
claim "under its own name: nothing is made" nothing_is_made

beside "a copy"
deny "a copy: it has a MAC address of its own" equal "$(mac_of copy)" \
    "$(mac_of web)"
claim "a copy: the original has the one that it had" \
    equal "$(mac_of web)" 00:16:3e:00:00:01
# When the guest reboots, there is no domain for some seconds.
toolstack_has_note() {
    for pid in $(pidof xl); do
        for fd in "/proc/$pid/fd/"*; do
            case $(readlink "$fd") in *"$uuid.clones") return ;; esac
        done
    done
    return 1
}
claim "while it is there: its toolstack has the note open" toolstack_has_note
run out prunes
claim "while it is there: prune removes nothing" test -n "$(made)"
run out xen-resumable prune --format=json --drop-copies="$uuid"
claim "while it is there: nor if it is told to" test -n "$(made)"
claim "while it is there: the reason" contains out '"disk-in-use"'
claim "while it is there: it writes on" copy_writes_on
run out xen-resumable doctor
deny "while it is there: doctor has nothing to say" contains out "$uuid"
xl destroy copy
echo "# $uuid" >/etc/xen/copy.cfg
run out prunes
claim "a definition speaks of it: nothing is removed" test -n "$(made)"
rm /etc/xen/copy.cfg
doctor_names_it() { xen-resumable doctor | grep "drop-copies=$uuid"; }
claim "destroyed: doctor names the disk" within 20 doctor_names_it
run out xen-resumable prune --dir=/tmp/empty --keep-last=1 --dry-run --format=json
claim "dry run: it would go" contains out '"disks_dropped": 1'
claim "dry run: it is there" test -n "$(made)"
goes "destroyed"

if ! before_release; then
    destroy web
    xfs_end
    return
fi

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
claim "without a fault it counts" counts copy
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
