# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest that writes to its disk is restored over a disk that its memory belongs
# to: with the hooks that ship, memory and disk agree, to the last number
# (dom0/sequence.c says what that means).
#
# Every run shows that with a file.  Before a release: with the former image of --keep,
# a qcow2 and LVM, too; that a checkpoint which comes to nothing leaves no copy
# (tests/cli/hooks.sh); that memory and disk do not agree without hooks, whether the
# disk is copied before the checkpoint or after it; and that no checkpoint is written
# over that disk (disks-in-use has a guest that does not write).
#
# boot: disk
# needs: disks firmware
# memory: 3584
# dom0: 1792
# takes: 60

d=/etc/xen/xen-resumable.d
hooks=$(dirname "$(find / -xdev -name copy-disks | head -n 1)")
conf=/etc/xen/xen-resumable.conf
hook_timeout() { echo "hook_timeout = $1" >$conf; }
hook_timeout 60 # LVM's programs take their time here
mkdir -p "$d" /tmp/d
mount -t tmpfs -o size=900m disks /tmp/d # three images, and disks
for module in loop dm-mod dm-bufio dm-snapshot xen-gntdev; do
    insmod "/lib/modules/$module.ko" 2>/dev/null
done

# The highest number on a disk: in a qcow2, or past the cache in a volume.
number() {
    raw=$1
    case $(head -c 3 "$1") in QFI)
        raw=/tmp/raw
        qemu-img convert -U -f qcow2 -O raw "$1" $raw ;;
    esac
    { dd if="$raw" bs=8192 count=1 iflag=direct 2>/dev/null ||
        head -c 8192 "$raw"; } | tr -d '\000' | sort -n | tail -n 1 |
        grep . || echo 0
}

# "in memory 812, on the disk 812, 0 of 16 differ": what the guest saw first when it
# woke.  It takes a machine that is busy for a sleep, too, and its console's ring
# may hold that still: the pause that counts is at least as old as the image.
woke() {
    console writer | awk -v least="$least" '
        /^disk: woke after/ && $4 >= least {
            sub(/^disk: woke after [0-9]* s: /, "")
            print
            exit
        }'
}
woke_with() { woke | sed 's/in memory \([0-9]*\),.*/\1/'; }
differ() { woke | sed 's/.*, \([0-9]*\) of .*/\1/'; }

begin() { # DISK [lazy]
    config_linux writer pvh
    sed -i "s/quiet/& disk ${2:-}/" /tmp/writer.cfg
    echo "disk = [ '$1' ]" >>/tmp/writer.cfg
    run out plugin create writer
    claim "$disk: it writes" agrees_to 20
}
agrees_to() { reaches writer "$1" && agrees; }
agrees() { ! console writer | grep 'disk: disagrees'; }
writes_on() { # from where it was: the counter grows, and the disk with it
    counts writer 2 && agrees
}

# checkpoint IMAGE: while it writes, and it goes on writing.
checkpoint() {
    run out xen-resumable checkpoint --watch=0 writer "$1"
    claim "$disk: exit status 0" equal "$status" 0
    claim "$disk: it writes on, over the same disk" writes_on
}
end() {
    # A write that has begun is not torn by the guest's end.
    xl pause writer
    sleep 1
    destroy writer
}

# Restores an image; the disk has been put in its place.
back() { # IMAGE TEXT
    least=$(($(date +%s) - $(stat -c %Y "$1") - 1))
    run out xen-resumable restore "$1"
    claim "$2: it is restored" equal "$status" 0
    within 20 woke_up
    console writer | head -n 6
}
woke_up() { [ -n "$(woke)" ]; }

# agree TEXT COPIED: not one slot differs.  A write that was under way may have
# reached the copy, and its number is in the guest's memory only when it is done.
agree() {
    claim "$1: they agree: $(woke); $2 in the copy" not_one_differs "$2"
    claim "$1: it writes on" writes_on
}
not_one_differs() {
    console writer | head -n 6
    [ "$(differ)" = 0 ] && [ "$1" -gt 0 ] && [ "$(woke_with)" -ge "$1" ] &&
        [ "$(woke_with)" -le $(($1 + 1)) ]
}
disagree() { # TEXT
    claim "$1: they do not agree: $(woke)" test "$(differ)" -ge 15
}

# refused TEXT WORDS: a checkpoint comes to nothing, and the guest does not mind.
refused() {
    run out xen-resumable checkpoint writer /tmp/d/with.img
    claim "$1: exit status 1" equal "$status" 1
    claim "$1: it is named" contains out "$d/60-no$2"
    claim "$1: it writes on" writes_on
}
script() { # NAME BODY
    printf '#!/bin/sh\n[ $XR_STAGE != suspended ] || %s\n' "$2" >"$d/$1"
    chmod 755 "$d/$1"
}

# --- a file, and copy-disks

disk="file"
: >/tmp/d/disk
truncate -s 4M /tmp/d/disk
begin "/tmp/d/disk,raw,xvda,w,script=block"

is_refused() { # COMMAND...: for its own disk
    run out xen-resumable "$@" writer /tmp/d/disk
    claim "$1 over its disk: exit status 1" equal "$status" 1
    claim "$1 over its disk: whose it is" contains out "xvda of writer (domain "
}
over_its_disk() {
    is_refused checkpoint --force
    is_refused exec --force -- xl save -c
    claim "over its disk: it writes on, and all that it wrote is there" writes_on
}
! before_release || over_its_disk

cp /tmp/d/disk /tmp/d/before.disk
cp "$hooks/copy-disks" "$d/50-copy"
checkpoint /tmp/d/with.img
claim "copy-disks: the checkpoint was live" contains out "yes, in"
cp /tmp/d/disk /tmp/d/after.disk
copied=$(number /tmp/d/with.img.xvda)
gone_on=$(number /tmp/d/after.disk)
claim "copy-disks: the disk goes on, from $copied to $gone_on" \
    test "$gone_on" -gt "$copied"
images="with.img"
keeps_the_former() {
    run out xen-resumable checkpoint --keep=1 writer /tmp/d/with.img
    claim "copy-disks: --keep keeps the former copy, too" equal \
        "$(number /tmp/d/with.img.1.xvda)" "$copied"
    claim "copy-disks: and that is the older one" test \
        "$copied" -lt "$(number /tmp/d/with.img.xvda)"
    images="with.img with.img.1"
}
! before_release || keeps_the_former

# Checkpoints that come to nothing: the copy is not touched, no other is left.
come_to_nothing() {
    copy=$(digest /tmp/d/with.img.xvda)
    script 60-no "exit 1"
    refused "a script that says no" ": exit status 1"
    script 60-no "sleep 1000"
    hook_timeout 20 # of which the other script needs one, or some
    refused "a script that is slow" " has not ended within 20 s"
    hook_timeout 60
    rm "$d/60-no"
    claim "copy-disks: nothing of these copies is left" \
        equal "$(echo /tmp/d/*.new)" "/tmp/d/*.new"
    claim "copy-disks: the former copy is as it was" \
        equal "$(digest /tmp/d/with.img.xvda)" "$copy"
    run out sh -c 'xen-resumable checkpoint writer - >/tmp/d/piped'
    claim "copy-disks: nothing is named after standard output" \
        equal "$status" 1
    rm -f /tmp/d/piped
}
! before_release || come_to_nothing
end

for image in $images; do
    cp "/tmp/d/$image.xvda" /tmp/d/disk
    copied=$(number /tmp/d/disk)
    back "/tmp/d/$image" "copy-disks, $image"
    agree "copy-disks, $image" "$copied"
    end
done

# What is done without hooks: the disk is copied before the checkpoint, or after.
# The former image is that between the two copies.
without_hooks() {
    for copy in before after; do
        cp /tmp/d/$copy.disk /tmp/d/disk
        back /tmp/d/with.img.1 "copied $copy it"
        disagree "copied $copy it"
        end
    done
}
! before_release || without_hooks
rm -f /tmp/d/* "$d"/*

if ! before_release; then
    umount /tmp/d
    rm -f $conf
    return
fi

# --- a qcow2, of which QEMU keeps a part to itself until it is to flush it

disk="qcow2"
qemu-img create -q -f qcow2 /tmp/d/disk 4M
begin "/tmp/d/disk,qcow2,xvda,w" lazy
checkpoint /tmp/d/without.img
cp /tmp/d/disk /tmp/d/after.disk
cp "$hooks/copy-disks" "$d/50-copy"
checkpoint /tmp/d/with.img
checkpoint /tmp/d/with.img
copied=$(number /tmp/d/with.img.xvda)
end
claim "qcow2: the copy is whole" qemu-img check /tmp/d/with.img.xvda
cp /tmp/d/with.img.xvda /tmp/d/disk
back /tmp/d/with.img "qcow2, copy-disks"
agree "qcow2, copy-disks" "$copied"
end
cp /tmp/d/after.disk /tmp/d/disk
back /tmp/d/without.img "qcow2, no hook"
disagree "qcow2, no hook"
end
rm -f /tmp/d/* "$d"/*

# --- a logical volume, and lvm-snapshot

volumes() { lvs --noheadings -o lv_name vg0 | tr -d ' ' | tr '\n' ' '; }

disk="LVM"
truncate -s 64M /tmp/d/pv
losetup /dev/loop7 /tmp/d/pv
run out vgcreate -qq vg0 /dev/loop7
run out lvcreate -qq -y -n web -L 8M vg0
claim "LVM: there is a volume" lvs vg0/web
begin "phy:/dev/vg0/web,xvda,w"
checkpoint /tmp/d/without.img
dd if=/dev/vg0/web of=/tmp/d/without.img.disk bs=1M iflag=direct 2>/dev/null

cp "$hooks/lvm-snapshot" "$d/50-snapshot"
checkpoint /tmp/d/with.img
claim "lvm-snapshot: there is a snapshot" lvs vg0/web-with.img
copied=$(number /dev/vg0/web-with.img)
gone_on=$(number /dev/vg0/web)
claim "lvm-snapshot: the volume goes on, from $copied to $gone_on" \
    test "$gone_on" -gt "$copied"
checkpoint /tmp/d/with.img
claim "lvm-snapshot: one for the image, none is left over" \
    equal "$(volumes)" "web web-with.img "
run out xen-resumable checkpoint --keep=1 writer /tmp/d/with.img
claim "lvm-snapshot: --keep keeps the former one, too" \
    equal "$(volumes)" "web web-with.img web-with.img.1 "
script 60-no "exit 1"
refused "lvm-snapshot: a later script says no" ": exit status 1"
claim "lvm-snapshot: nothing of the snapshot is left" \
    equal "$(volumes)" "web web-with.img web-with.img.1 "
rm "$d/60-no"
end

for image in with.img with.img.1; do
    dd if=/dev/vg0/web-$image of=/tmp/d/$image.disk bs=1M iflag=direct \
        2>/dev/null
done
for image in with.img with.img.1 without.img; do
    dd if=/tmp/d/$image.disk of=/dev/vg0/web bs=1M oflag=direct 2>/dev/null
    copied=$(number /dev/vg0/web)
    case $image in
    without*)
        back /tmp/d/$image "LVM, no hook"
        disagree "LVM, no hook" ;;
    *)
        back /tmp/d/$image "lvm-snapshot, $image"
        agree "lvm-snapshot, $image" "$copied" ;;
    esac
    end
done

# The same volume, served by QEMU.
disk="LVM by QEMU"
lvremove -qq -y vg0
lvcreate -qq -y -n web -L 8M vg0
dd if=/dev/zero of=/dev/vg0/web bs=1M oflag=direct 2>/dev/null # of the former
begin "/dev/vg0/web,raw,xvda,w,backendtype=qdisk" lazy
checkpoint /tmp/d/with.img
end
dd if=/dev/vg0/web-with.img of=/dev/vg0/web bs=1M iflag=direct oflag=direct \
    2>/dev/null
copied=$(number /dev/vg0/web)
back /tmp/d/with.img "LVM by QEMU"
agree "LVM by QEMU" "$copied"
end
lvremove -qq -y vg0
losetup -d /dev/loop7
umount /tmp/d
rm -rf "${d:?}"/* $conf
