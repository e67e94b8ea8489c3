# SPDX-License-Identifier: LGPL-2.1-or-later
# A flat image shares blocks with the one before it, and yet depends on it: once
# that one is gone, or changed, stock xl restores a guest whose memory is wrong, or
# none.  On XFS, which can share blocks, with a guest that knows what stands in its
# memory.
#
# boot: flat
# needs: disks python
# dom0: 1600
# memory: 3584
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
run out plugin create web
claim "it counts" reaches web 2
claim "it knows its memory" knows_its_memory web

number() { sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" out; }
for round in 1 2 3; do
    run out xen-resumable checkpoint --keep=9 --watch=0 --format=json \
        web /tmp/xfs/web.img
    claim "checkpoint $round: exit status 0" equal "$status" 0
    claim "checkpoint $round: flat, and sealed" \
        grep -q '"layout": "flat"' out
    claim "checkpoint $round: a sound image" \
        xen-resumable verify /tmp/xfs/web.img
    remark "checkpoint $round: $(grep -e bytes -e pages_changed -e _us -e _ms \
        out | tr -d '\n')"
    eval "shared_$round=$(number bytes_shared) written_$round=$(number bytes_written)"
    claim "checkpoint $round: the guest knows its memory" knows_its_memory web
done
claim "the first has no parent" equal "$shared_1" 0
claim "the second shares most with it" \
    test "$shared_2" -gt $((written_2 * 2))
claim "the third, too" test "$shared_3" -gt $((written_3 * 2))
claim "three take less room than two" \
    test "$(du -k /tmp/xfs | cut -f 1)" -lt $((written_1 / 1024 * 2))
run out xen-resumable diff /tmp/xfs/web.img.2 /tmp/xfs/web.img
remark "$(grep -i page out | tr '\n' ' ')"
if [ "$(cat /lab/suite)" = 4.17 ]; then
    run out peer /tmp/xfs/web.img
    remark "verify-stream-v2: $status $(tail -n 3 out | tr '\n' ' ')"
fi
destroy web

# --- each of them alone, by stock xl

restores() { # IMAGE WHAT
    run out stock xl restore "$1"
    claim "$2: stock xl restores it" equal "$status" 0
    claim "$2: it counts on" counts web
    claim "$2: not from the start" test "$(first_tick web)" -gt 1
    claim "$2: it knows its memory" knows_its_memory web
    destroy web
}
rm /tmp/xfs/web.img.1
restores /tmp/xfs/web.img.2 "the oldest"
rm /tmp/xfs/web.img.2
restores /tmp/xfs/web.img "the newest, without the others"

umount /tmp/xfs
losetup -d /dev/loop6
