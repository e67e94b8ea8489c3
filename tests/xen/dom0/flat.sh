# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# What scenarios of flat images are written with, beside lib.sh: an XFS, which can
# share blocks, in a file, and a Linux guest "web" that works on some of its memory and
# knows what stands in it.
# shellcheck disable=SC2154

xfs=/tmp/xfs
image=$xfs/web.img

xfs_begin() { # SIZE, as truncate has it
    for module in loop crc32c_generic libcrc32c xfs; do
        insmod "/lib/modules/$module.ko" 2>/dev/null
    done
    mount -o remount,size=90% /tmp
    mkdir -p "$xfs"
    truncate -s "$1" /tmp/xfs.raw
    claim "there is an XFS" mkfs.xfs -q /tmp/xfs.raw
    losetup /dev/loop6 /tmp/xfs.raw
    claim "it is mounted" mount -t xfs /dev/loop6 "$xfs"
}

xfs_end() {
    umount "$xfs"
    losetup -d /dev/loop6
}

# Blocks that are not free, in bytes.
xfs_used() {
    sync
    stat -f -c '%S %b %f' "$xfs" | awk '{ printf "%.0f\n", $1 * ($2 - $3) }'
}

json_number() { sed -n "s/.*\"$2\": \([0-9]*\).*/\1/p" "$1"; }

pages() { python3 -S /lab/image-pages.py "$@"; }

# config_working TYPE MIB SET CHANGING: "web", of whose MIB of memory SET are worked
# on, and of these the first CHANGING written anew all the time.
config_working() {
    working_kernel=/boot/vmlinux
    [ "$1" != hvm ] || working_kernel=/boot/vmlinuz
    config_linux web "$1" "$2" "$working_kernel"
    sed -i "s/rdinit=/set=$3,$4 rdinit=/" /tmp/web.cfg
    [ "$1" != hvm ] || cat >>/tmp/web.cfg <<'CONFIG'
vga = "none"
vnc = 0
nographic = 1
usb = 0
CONFIG
}

# The set has been written anew since.
works() { await_number web sweep +2 120; }

# take WHAT [OPTION...]: an image more; its JSON is in /tmp/taken.
take() {
    take_text=$1
    shift
    run /tmp/taken xen-resumable checkpoint --keep=20 --watch=0 --format=json \
        "$@" web "$image"
    claim "$take_text: exit status 0" equal "$status" 0
    claim "$take_text: flat" contains /tmp/taken '"layout": "flat"'
    remark "$take_text: $(grep -e '"bytes' -e pages_changed -e '_us"' -e '"live"' \
        /tmp/taken | tr -d '\n ')"
}

# Xen's own checker knows no optional record and no seal: it takes what is left.
is_taken_by_peer() { # WHAT
    pages strip "$image" /tmp/stripped
    claim "$1: without optional records verify-stream-v2 takes it" \
        peer /tmp/stripped
    rm -f /tmp/stripped
}

# By stock xl, to a guest that goes on and knows its memory: restores WHAT IMAGE
restores() {
    anew web
    run /tmp/restored stock xl restore "$2"
    claim "$1: stock xl restores it" equal "$status" 0
    claim "$1: it counts on" counts web
    claim "$1: not from the start" test "$(first_tick web)" -gt 1
    claim "$1: it knows its memory" knows_its_memory web
    destroy web
}

# One of the images, when all others are gone, of a copy of the whole file system:
# alone NAME
alone() {
    qemu-img convert -f raw -O raw /tmp/xfs.raw /tmp/alone.raw
    losetup /dev/loop7 /tmp/alone.raw
    mkdir -p /tmp/alone
    claim "$1: the copy is mounted" mount -t xfs -o nouuid /dev/loop7 /tmp/alone
    find /tmp/alone -type f ! -name "$1" -exec rm {} +
    umount /tmp/alone
    mount -t xfs -o nouuid /dev/loop7 /tmp/alone
    claim "$1: it is alone" equal "$(ls -A /tmp/alone)" "$1"
    claim "$1: it is sound" xen-resumable verify "/tmp/alone/$1"
    restores "$1" "/tmp/alone/$1"
    umount /tmp/alone
    losetup -d /dev/loop7
    rm /tmp/alone.raw
}

# Ten images of "web", and then each of them alone.
ten() {
    xfs_begin 3G
    run out plugin create web
    claim "it knows its memory" within 240 works
    for round in 1 2 3 4 5 6 7 8 9 10; do
        claim "checkpoint $round: the guest works" works
        before=$(xfs_used)
        take "checkpoint $round"
        occupied=$(($(xfs_used) - before))
        claim "checkpoint $round: the guest counts on" counts web
        claim "checkpoint $round: a sound image" xen-resumable verify "$image"
        case $round in 1|2|10) is_taken_by_peer "checkpoint $round" ;; esac
        if [ "$round" = 1 ]; then
            remark "checkpoint 1: $occupied bytes are occupied, pages and those" \
                "not zero: $(pages count "$image")"
            continue
        fi
        differ=$(pages differ "$image.1" "$image")
        remark "checkpoint $round: $occupied bytes more are occupied, $differ" \
            "pages differ"
        claim "checkpoint $round: the working set changed, at least" \
            test "$differ" -ge 2048
        claim "checkpoint $round: it occupies what differs" \
            test "$occupied" -le $((differ * 4096 * 11 / 10 + 512 * 5243))
    done
    claim "the guest knows its memory" knows_its_memory web
    destroy web
    xfs_end
    for name in web.img web.img.1 web.img.2 web.img.3 web.img.4 web.img.5 \
        web.img.6 web.img.7 web.img.8 web.img.9; do
        alone "$name"
    done
}
