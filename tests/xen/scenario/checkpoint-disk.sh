# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest that writes to its disk is restored over a disk that its memory does
# not belong to.  With the hooks that ship, memory and disk agree; without, the
# disk has gone on.
#
# boot: disk
# needs: disks
# timeout: 600

d=/etc/xen/xen-resumable.d
hooks=$(dirname "$(find / -xdev -name copy-disks | head -n 1)")
mkdir -p "$d" /tmp/d
for module in loop dm-mod dm-bufio dm-snapshot; do
    insmod "/lib/modules/$module.ko"
done

# What the guest says of its disk: the last number on which both agreed, and
# how often they did not.
agreed() { console writer | sed -n 's/.*disk: tick \([0-9]*\) agrees.*/\1/p' |
    tail -n 1; }
disagreed() { console writer | grep -c 'disk: disagrees'; }
writes_on() { # from where it was: the counter grows, and the disk with it
    counts writer && [ "$(disagreed)" = 0 ] && console writer | tail -n 3
}
# The highest number on a disk; past the cache, if it is a volume.
number() {
    { dd if="$1" bs=8192 count=1 iflag=direct 2>/dev/null ||
        head -c 8192 "$1"; } | tr -d '\000' | sort -n | tail -n 1
}

begin() { # DISK
    config_linux writer pvh
    sed -i 's/quiet/& disk/' /tmp/writer.cfg
    echo "disk = [ '$1' ]" >>/tmp/writer.cfg
    run out plugin create writer
    claim "$disk: it writes" reaches writer 20
}

# checkpoint IMAGE: while it writes, and it goes on writing.
checkpoint() {
    run out xen-resumable checkpoint writer "$1"
    claim "$disk: exit status 0" equal "$status" 0
    claim "$disk: it writes on, over the same disk" writes_on
}

# back IMAGE TEXT: the disk was put in place; memory and disk meet.
back() {
    run out xen-resumable restore "$1"
    claim "$2: it is restored" equal "$status" 0
    within 20 console_speaks
    console writer | head -n 6
}
console_speaks() { console writer | grep 'disk: '; }
end() {
    # A write that has begun is not torn by the guest's end.
    xl pause writer
    sleep 1
    destroy writer
}

# --- a file, and copy-disks

disk="file"
: >/tmp/d/disk
truncate -s 4M /tmp/d/disk
begin "/tmp/d/disk,raw,xvda,w,script=block"

# What is done without hooks: the disk is copied after the checkpoint.
checkpoint /tmp/d/without.img
cp /tmp/d/disk /tmp/d/without.disk

cp "$hooks/copy-disks" "$d/50-copy"
checkpoint /tmp/d/with.img
claim "copy-disks: a copy stands beside the image" \
    test -s /tmp/d/with.img.xvda
claim "copy-disks: the disk has gone on since" test \
    "$(number /tmp/d/disk)" -gt "$(number /tmp/d/with.img.xvda)"
run out xen-resumable checkpoint --keep=1 writer /tmp/d/with.img
copy=$(digest /tmp/d/with.img.1.xvda)
claim "copy-disks: --keep keeps the former copy, too" test -s \
    /tmp/d/with.img.1.xvda
claim "copy-disks: and that is the older one" test \
    "$(number /tmp/d/with.img.1.xvda)" -lt "$(number /tmp/d/with.img.xvda)"

# A checkpoint that comes to nothing: neither copy is touched, none is left.
printf '#!/bin/sh\n[ $XR_STAGE != suspended ]\n' >"$d/60-no"
chmod 755 "$d/60-no"
run out xen-resumable checkpoint writer /tmp/d/with.img
claim "copy-disks: a later script says no: exit status 1" equal "$status" 1
claim "copy-disks: it writes on" writes_on
claim "copy-disks: nothing of the copy is left" \
    equal "$(echo /tmp/d/*.new)" "/tmp/d/*.new"
claim "copy-disks: the former copy is as it was" \
    equal "$(digest /tmp/d/with.img.1.xvda)" "$copy"
rm "$d/60-no"
run out sh -c 'xen-resumable checkpoint writer - >/tmp/d/piped'
claim "copy-disks: nothing is named after standard output" equal "$status" 1
rm -f /tmp/d/piped
end

for image in with.img with.img.1; do
    cp "/tmp/d/$image.xvda" /tmp/d/disk
    copied=$(number /tmp/d/disk)
    back "/tmp/d/$image" "copy-disks, $image"
    claim "copy-disks, $image: memory and disk agree" writes_on
    claim "copy-disks, $image: from the number on the disk" test \
        "$(agreed)" -gt "$copied"
    remark "copy-disks, $image: $copied on the disk, goes on:" \
        "$(console writer | grep -m 1 'disk: ')"
    end
done

cp /tmp/d/without.disk /tmp/d/disk
back /tmp/d/without.img "without a hook"
claim "without a hook: memory and disk do not agree" contains \
    /var/log/xen/console/guest-writer.log "disk: disagrees"
remark "without a hook: $(console writer | grep -m 1 'disk: disagrees')"
end
rm -f /tmp/d/* "$d"/*

# --- a logical volume, and lvm-snapshot

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
claim "lvm-snapshot: the volume has gone on since" test \
    "$(number /dev/vg0/web)" -gt "$(number /dev/vg0/web-with.img)"
checkpoint /tmp/d/with.img
claim "lvm-snapshot: one for the image, none is left over" \
    equal "$(lvs --noheadings -o lv_name vg0 | tr -d ' ' | tr '\n' ' ')" \
    "web web-with.img "
run out xen-resumable checkpoint --keep=1 writer /tmp/d/with.img
claim "lvm-snapshot: --keep keeps the former one, too" \
    equal "$(lvs --noheadings -o lv_name vg0 | tr -d ' ' | tr '\n' ' ')" \
    "web web-with.img web-with.img.1 "
printf '#!/bin/sh\n[ $XR_STAGE != suspended ]\n' >"$d/60-no"
chmod 755 "$d/60-no"
run out xen-resumable checkpoint writer /tmp/d/with.img
claim "lvm-snapshot: a later script says no: exit status 1" equal "$status" 1
claim "lvm-snapshot: it writes on" writes_on
claim "lvm-snapshot: nothing of the snapshot is left" \
    equal "$(lvs --noheadings -o lv_name vg0 | tr -d ' ' | tr '\n' ' ')" \
    "web web-with.img web-with.img.1 "
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
        back /tmp/d/$image "LVM without a hook"
        claim "LVM without a hook: memory and disk do not agree" contains \
            /var/log/xen/console/guest-writer.log "disk: disagrees" ;;
    *)
        back /tmp/d/$image "lvm-snapshot, $image"
        claim "lvm-snapshot, $image: memory and disk agree" writes_on ;;
    esac
    remark "LVM, $image: $copied on the disk, goes on:" \
        "$(console writer | grep -m 1 'disk: disagrees' ||
            console writer | grep -m 1 'disk: ')"
    end
done
lvremove -qq -y vg0
losetup -d /dev/loop7
rm -rf /tmp/d "${d:?}"/*
