# SPDX-License-Identifier: LGPL-2.1-or-later
# A flat image shares blocks with the one before it, and does not depend on it:
# stock xl restores it when that one is gone or changed, and the guest's memory is
# right.  On XFS, which can share blocks, with a guest that knows what is in its
# memory.
#
# release: 4.14 4.20
# boot: flat
# needs: disks python
# dom0: 1600
# memory: 2560
# takes: 120

for module in loop crc32c_generic libcrc32c xfs; do
    insmod "/lib/modules/$module.ko" 2>/dev/null
done
mkdir -p /tmp/xfs
truncate -s 320M /tmp/xfs.raw
claim "there is an XFS" mkfs.xfs -q /tmp/xfs.raw
losetup /dev/loop6 /tmp/xfs.raw
claim "it is mounted" mount -t xfs /dev/loop6 /tmp/xfs

config_pvh web pattern=1
sed -i 's/^memory = .*/memory = 48/' /tmp/web.cfg
as_people_have web
run out plugin create web
claim "it counts" reaches web 2
claim "it knows its memory" knows_its_memory web

number() { sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" out; }
for round in 1 2 3; do
    run out xen-resumable checkpoint --keep=9 --watch=0 --format=json \
        web /tmp/xfs/web.img
    claim "checkpoint $round: exit status 0" equal "$status" 0
    claim "checkpoint $round: flat" contains out '"layout": "flat"'
    changed=$(number pages_changed)
    shared=$(number bytes_shared)
    remark "checkpoint $round: $(grep -e bytes -e pages_changed -e _us -e _ms \
        out | tr -d '\n')"
    claim "checkpoint $round: a sound image" \
        xen-resumable verify /tmp/xfs/web.img
    claim "checkpoint $round: the guest counts on" counts web
    if [ "$round" = 1 ]; then
        claim "the first one shares nothing" equal "$shared" 0
        continue
    fi
    claim "checkpoint $round: its keys are documented" \
        json_keys_are_documented out checkpoint layout parent pages_changed \
        bytes_written bytes_shared
    claim "checkpoint $round: it has a parent" contains out \
        '"parent": "/tmp/xfs/web.img"'
    run out xen-resumable diff --format=json /tmp/xfs/web.img.1 /tmp/xfs/web.img
    differ=$(number changed)
    remark "checkpoint $round: $differ pages differ, $changed were written"
    claim "checkpoint $round: what is written is what differs" \
        test "$changed" -le $((differ * 11 / 10 + 61))
done

# --- the disk is full in the middle of one

run out dd if=/dev/zero of=/tmp/xfs/fill bs=64k
truncate -s -128K /tmp/xfs/fill
before=$(digest /tmp/xfs/web.img)
run out xen-resumable checkpoint --keep=9 --watch=0 web /tmp/xfs/web.img
claim "full disk: exit status 1" equal "$status" 1
claim "full disk: it says why" contains out "No space left on device"
claim "full disk: the guest counts on" counts web
claim "full disk: the former image is as it was" \
    equal "$(digest /tmp/xfs/web.img)" "$before"
claim "full disk: nothing is left behind" \
    equal "$(ls -A /tmp/xfs | tr '\n' ' ')" "fill web.img web.img.1 web.img.2 "
rm /tmp/xfs/fill
destroy web

# --- each of them alone, by stock xl

restores() { # NAME IMAGE WHAT
    run out stock xl restore "$2"
    claim "$3: stock xl restores it" equal "$status" 0
    claim "$3: it counts on" counts "$1"
    claim "$3: not from the start" test "$(first_tick "$1")" -gt 1
}
rm /tmp/xfs/web.img.1
restores web /tmp/xfs/web.img.2 "the oldest"
claim "the oldest: it knows its memory" knows_its_memory web
destroy web
rm /tmp/xfs/web.img.2
restores web /tmp/xfs/web.img "the newest, without the others"
claim "the newest: it knows its memory" knows_its_memory web
destroy web

# --- a PV guest, whose page tables are in its images

config_own pv linux-like
as_people_have pv
run out plugin create pv
claim "PV: it counts" reaches pv 2
for round in 1 2; do
    run out xen-resumable checkpoint --keep=1 --watch=0 --format=json \
        pv /tmp/xfs/pv.img
    claim "PV, checkpoint $round: exit status 0" equal "$status" 0
    claim "PV, checkpoint $round: a sound image" \
        xen-resumable verify /tmp/xfs/pv.img
    claim "PV, checkpoint $round: it counts on" counts pv
done
claim "PV: most of it is shared" test "$(number bytes_shared)" -gt \
    "$(number bytes_written)"
remark "PV: $(grep -e bytes -e pages_changed -e '"live"' out | tr -d '\n')"
destroy pv
rm /tmp/xfs/pv.img.1
restores pv /tmp/xfs/pv.img "PV"
destroy pv

umount /tmp/xfs
losetup -d /dev/loop6
