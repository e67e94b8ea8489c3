# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest goes back to an earlier checkpoint, and its memory and its disk agree to the
# last number: to each of three, in any order, twice.  What it had done since is kept
# first.  Copies of disks come and go with their images; a disk that has changed since
# is not restored over; a disk that nobody keeps is named.  And a copy runs beside the
# guest, by one of its images, on a disk of its own, as scenario copy-beside says it.
#
# Every run shows that with a file on XFS, which dom0 serves, and two checkpoints, of
# which the second is gone back to by restore.  Before a release it is twice to each of
# three, by rollback, and also with what QEMU serves (a file, a qcow2, each beside a disk
# without a file system), with LVM and with thin LVM.
#
# boot: rollback
# needs: disks firmware
# memory: 3584
# dom0: 1792
# takes: 230

. /lab/flat.sh
. /lab/disks.sh
disks_begin
xfs_begin 1400M
. /lab/copies.sh

# --- images, and back

# How many there are, to which rollback goes back, and to which restore does.
count=2 order=1 last=2
! before_release || { count=3; order="2 1 3 3 1 2"; last=1; }

# image_of N: the last one is web.img.
image_of() {
    age=$((count - $1))
    [ $age = 0 ] || age=.$age
    echo "$image${age#0}"
}

# Hooks are told of the way back, in their own stages.
hooks=/etc/xen/xen-resumable.d
mkdir -p $hooks
tell_hooks() {
    cat >$hooks/tell <<'HOOK'
#!/bin/sh
case $XR_STAGE in
pre-restore | put-back | restore*)
    echo "$XR_STAGE${XR_GUEST_STATE:+ $XR_GUEST_STATE} $XR_RESTORE_DISKS" \
        "$(echo "$XR_DISKS" | head -n 1)" >>/tmp/told ;;
esac
HOOK
    chmod 755 $hooks/tell
}
were_told() { # DISK
    equal "$(tr '\n' ';' </tmp/told)" "pre-restore back xvda w - $1;put-back \
back xvda w - $1;restored restored back xvda w - $1;"
}

checkpoints() {
    n=0
    while [ $n -lt $count ]; do
        n=$((n + 1))
        before_it
        run out xen-resumable checkpoint --watch=0 --keep=$((count - 1)) \
            --disks=require web $image
        claim "$kind: checkpoint $n: exit status 0" equal "$status" 0
        claim "$kind: checkpoint $n: it was live" contains out "yes, in"
        after_it $n
        copy_of $image >/tmp/copy.$n
        claim "$kind: checkpoint $n: its record names the copy" test -s /tmp/copy.$n
    done
}

# Once more to the Nth, by rollback: the number before, memory, disk, and after.
roll_back() { # N
    title="$kind: back to $1"
    former=$(number)
    rm -f /tmp/told
    go_back "$1" xen-resumable rollback --format=json web "$(image_of "$1")"
    claim "$title: exit status 0" equal "$status" 0
    claim "$title: its keys are documented" json_keys_are_documented out rollback \
        domain domid image safety goes_on put_back put_back[].vdev \
        put_back[].target put_back[].copy guest next seal resumable down_ms \
        put_back_ms total_ms
    claim "$title: hooks were told" were_told "$(said_of "$(image_of "$1")" xvda target)"
    claim "$title: memory and disk agree" agrees
    remark "$title from $former: $(tr '\n' ';' </tmp/woke)"
    claim "$title: it writes on" writes_on
    safety=$(image_of "$1").before-rollback
    claim "$title: what it had done since is kept" xen-resumable verify \
        "$safety"
}
back_and_forth() {
    for n in $order; do
        roll_back "$n"
        clean_copy
    done
}
# Of the disk as it was when the guest was last suspended, which was after the rollback
# before that.
clean_copy() {
    claim "$title: the file system in the copy is clean" copy_is_clean "$safety"
}

copy_is_clean() { # IMAGE
    copy=$(copy_of "$1")
    is_clean "$(readable "$copy")" "$(said_of "$1" xvda format)"
}

# The guest unmounts what is on it now.
ends_clean() { # TARGET FORMAT
    claim "$kind: it shuts down" shuts_down
    claim "$kind: the file system is clean" is_clean_as_it_is "$1" "$2"
}

there_and_back() { # TEXT DISK [DISK]
    kind=$1
    shift
    config_disks "$@"
    echo "$vif" >>/tmp/web.cfg
    starts "$kind"
    tell_hooks
    checkpoints
    back_and_forth
}

# --- a file on XFS

disk=$xfs/web.disk
make_disk $disk raw
there_and_back "a file, served by dom0" "$disk,raw,xvda,w,script=block"

run out xen-resumable checkpoint --dry-run --format=json web $image
claim "what would be kept: its keys are documented" json_keys_are_documented out \
    checkpoint disks disks[].vdev disks[].target disks[].kept disks[].driver \
    disks[].copy disks[].why
run out xen-resumable check --format=json web
claim "check: its keys are documented" json_keys_are_documented out check \
    domains[].disks domains[].disks[].vdev domains[].disks[].target \
    domains[].disks[].kept domains[].disks[].driver domains[].disks[].copy \
    domains[].disks[].why

# A disk that has gone on is not one to restore over, and it is said what helps.
destroy web
before=$(digest $disk)
run out xen-resumable restore --format=json "$(image_of $last)"
claim "changed: exit status 1" equal "$status" 1
claim "changed: the reason" contains out '"disk-changed"'
claim "changed: which disk" contains out "xvda"
claim "changed: its copy can be put back" contains out "--disks=back"
claim "changed: or it is left as it is" contains out "--disks=as-they-are"
claim "changed: no domain" gone web
claim "changed: the disk is as it was" equal "$(digest $disk)" "$before"
# If these agreed, nothing here would be worth anything.
over_it_all_the_same() {
    go_back $last xen-resumable restore --disks=as-they-are "$(image_of $last)"
    claim "--disks=as-they-are: exit status 0" equal "$status" 0
    deny "--disks=as-they-are: they do not agree" agrees
    claim "--disks=as-they-are: which it sees" contains /tmp/woke "differ"
    destroy web
}
! before_release || over_it_all_the_same
rm -f /tmp/told
# Another file in its place is not written over.
mv $disk $disk.away
truncate -s $disk_size $disk
before=$(digest $disk)
run out xen-resumable restore --disks=back --format=json "$(image_of $last)"
claim "another file: exit status 1" equal "$status" 1
claim "another file: the reason" contains out '"disk-changed"'
claim "another file: it is as it was" equal "$(digest $disk)" "$before"
claim "another file: no hook was told" test ! -e /tmp/told
mv $disk.away $disk
go_back $last xen-resumable restore --disks=back --format=json "$(image_of $last)"
claim "--disks=back: exit status 0" equal "$status" 0
claim "--disks=back: its keys are documented" json_keys_are_documented out restore \
    put_back put_back[].vdev put_back[].target put_back[].copy
claim "--disks=back: hooks were told" were_told $disk
rm $hooks/tell
claim "--disks=back: memory and disk agree" agrees
claim "--disks=back: it writes on" writes_on

# What has one of its disks beside it is found before it is destroyed.
losetup /dev/loop5 $disk
run out xen-resumable rollback --dry-run web "$(image_of $last)"
claim "rollback, a disk in use: exit status 1" equal "$status" 1
claim "rollback, a disk in use: by what" contains out /dev/loop5
claim "rollback, a disk in use: nothing was put back" contains out "To put back"
losetup -d /dev/loop5
run out xen-resumable rollback --dry-run --format=json web "$(image_of $last)"
claim "rollback, dry run: exit status 0" equal "$status" 0
claim "rollback, dry run: its keys are documented" json_keys_are_documented out \
    rollback dry_run restorable checks checks[].what checks[].says \
    checks[].reason checks[].detail

# A copy of it runs beside it.
beside_it() {
    read -r _ before_files after_files _ </tmp/taken.$count
    runs_beside
}
before_release || beside_it

# Copies go with their images, which --keep and prune remove.
copies() { find $xfs -name 'web.disk.xr-*' | wc -l; }
images() { find $xfs -name 'web.img*' | wc -l; }
claim "there are as many copies as images" equal "$(copies)" "$(images)"
one_more() {
    run out xen-resumable checkpoint --watch=0 --keep=2 web $image
    claim "--keep: exit status 0" equal "$status" 0
    claim "--keep: the copy of the image that went has gone" \
        test ! -e "$(cat /tmp/copy.1)"
    claim "--keep: those of the others are there" equal "$(copies)" "$(images)"
}
! before_release || one_more

ends_clean $disk raw

# --- a disk that no driver takes, and a driver of the site's own

truncate -s 4M /tmp/other.raw
losetup /dev/loop5 /tmp/other.raw
config_own other linux-like
echo "disk = [ 'phy:/dev/loop5,xvda,w' ]" >>/tmp/other.cfg
run out plugin create other
claim "other: it counts" reaches other 2
other=$xfs/other.img

names_it() { # COMMAND...
    run out "$@"
    claim "$1 $2: it names the disk that is not kept" contains out /dev/loop5
}
names_it xen-resumable checkpoint --dry-run other $other
names_it xen-resumable check other
names_it xen-resumable doctor
run out xen-resumable checkpoint --format=json --disks=require other $other
claim "--disks=require: exit status 1" equal "$status" 1
claim "--disks=require: the reason" contains out '"disk-not-kept"'
claim "--disks=require: it names the disk" contains out /dev/loop5
claim "--disks=require: the guest was not asked" \
    equal "$(console other | grep -c suspending)" 0
claim "--disks=require: there is no image" test ! -e $other
names_it xen-resumable checkpoint --watch=0 other $other
claim "--disks=auto: exit status 0" equal "$status" 0
run out xen-resumable rollback other $other
claim "rollback over it: exit status 1" equal "$status" 1
claim "rollback over it: other counts on" counts other

# It copies what is in /dev/loop5 to /tmp/copies, or does half of it and fails.
drivers=$(dirname "$(find / -xdev -path '*/xen-resumable/disks/file')")
mkdir /tmp/copies
cat >"$drivers/10-loop" <<'DRIVER'
#!/bin/sh
copy=/tmp/copies/$XR_CHECKPOINT
case $1 in
probe)    [ "$2" = /dev/loop5 ] || exit 3
          echo "copy $copy" ;;
take)     head -c 1000 "$2" >"$4"
          [ ! -e /tmp/fails ] || { echo "the array is on fire" >&2; exit 1; }
          cat "$2" >"$4" ;;
drop)     rm -f "$2" ;;
*)        exit 1 ;;
esac
DRIVER
chmod 755 "$drivers/10-loop"
site_copies() { find /tmp/copies -type f | wc -l; }
take_other() { # TEXT STATUS COPIES [NAME=VALUE...]
    text=$1 wanted=$2 there=$3
    shift 3
    run out env "$@" xen-resumable checkpoint --watch=0 --format=json \
        --disks=require other $other
    claim "$text: exit status $wanted" equal "$status" "$wanted"
    claim "$text: other counts on" counts other
    claim "$text: so many copies are there: $there" \
        equal "$(site_copies)" "$there"
    claim "$text: the image is sound" xen-resumable verify $other
}
take_other "a driver of the site's" 0 1
first=$(copy_of $other)
claim "a driver of the site's: its copy is the record's" test -f "$first"
touch /tmp/fails
take_other "a driver that fails" 1 1
claim "a driver that fails: the reason" contains out '"disk-not-kept"'
claim "a driver that fails: its own words" contains out "the array is on fire"
claim "a driver that fails: the former copy is there" test -f "$first"
rm /tmp/fails
take_other "a checkpoint that fails later" 1 1 "XR_FAULT=the rename"
claim "a checkpoint that fails later: the former copy is there" test -f "$first"

# One that is killed leaves nothing that the next one does not find.
instants="checkpoint:the_rename helper:suspended"
! before_release ||
    instants="$instants checkpoint:the_end_of_the_save guardian:the_resume"
for at in $instants; do
    at=$(echo "$at" | tr _ ' ')
    run out env XR_FAULT="${at#*:}" XR_FAULT_KILL="${at%%:*}" \
        xen-resumable checkpoint --watch=0 --disks=require other $other
    claim "killed, $at: other counts on" counts other
    claim "killed, $at: the image is sound" xen-resumable verify $other
    claim "killed, $at: its copy is there" test -f "$(copy_of $other)"
    take_other "killed, $at: the next one" 0 1
done

# --keep: of three it leaves two, with their copies.  (prune is in scenario series.)
oldest=$(copy_of $other)
for n in 2 3; do
    run out xen-resumable checkpoint --watch=0 --keep=1 other $other
    claim "--keep: image $n" equal "$status" 0
    claim "--keep: two copies are there" equal "$(site_copies)" 2
done
claim "--keep: the copy of the image that went has gone" test ! -e "$oldest"
claim "--keep: that of the former one is there" test -f "$(copy_of $other.1)"
claim "--keep: and that of the latest" test -f "$(copy_of $other)"
destroy other
losetup -d /dev/loop5
rm "$drivers/10-loop"

if ! before_release; then
    xfs_end
    return
fi

# --- a file and a qcow2 that QEMU serves

# Of what a guest does not ask to have flushed, QEMU keeps a part to itself.
by_qemu() { # FORMAT
    rm -f $xfs/*.img* "$xfs"/*.disk* "$xfs"/*.ring*
    make_disk $disk "$1"
    qemu-img create -q -f "$1" $xfs/web.ring 4M
    there_and_back "$1, served by QEMU" \
        "$disk,$1,xvda,w,backendtype=qdisk" \
        "$xfs/web.ring,$1,xvdb,w,backendtype=qdisk"
    ends_clean $disk "$1"
    [ "$1" = raw ] || claim "$kind: the disk is whole" qemu-img check $disk
}
by_qemu raw
by_qemu qcow2

# --- LVM, and thin LVM

volumes() { lvs --noheadings -o lv_name vg0 | tr -d ' ' | sort | tr '\n' ' '; }
by_lvm() { # TEXT
    rm -f $xfs/*.img*
    make_ext4 /dev/vg0/web
    there_and_back "$1" "phy:/dev/vg0/web,xvda,w"
    ends_clean /dev/vg0/web raw
    remark "$1: $(volumes)"
}

make_group /tmp/pv 256M
echo 'lvm_snapshot_size = "24M"' >>/etc/xen/xen-resumable.conf
run out lvcreate -qq -y -n web -L $disk_size vg0
by_lvm LVM
remove_group /tmp/pv

make_group /tmp/pv 256M
run out lvcreate -qq -y --type thin-pool -L 128M -n pool vg0
run out lvcreate -qq -y -V $disk_size --thin -n web vg0/pool
by_lvm "thin LVM"
remove_group /tmp/pv
xfs_end
