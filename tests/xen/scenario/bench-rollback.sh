# SPDX-License-Identifier: LGPL-2.1-or-later
# What a rollback costs over what has to be done in any case: the domain is destroyed,
# and restored from the same image.  The rollback also verifies the image, looks at host
# and copies, and puts the disk back.  Only for "make bench-xen".
#
# suites: none
# boot: bench-rollback
# needs: disks firmware
# memory: 4096
# dom0: 2560
# takes: 600
# silence: 1200

. /lab/bench.sh
. /lab/flat.sh
. /lab/disks.sh
rounds=5
disks_begin
xfs_begin 1200M

disk=$xfs/web.disk
truncate -s $disk_size $disk
config_linux web pvh 512
echo "disk = [ '$disk,raw,xvda,w,script=block' ]" >>/tmp/web.cfg
run out plugin create web
claim "PVH, 512 MiB, with a disk: it counts" reaches web 2 120
run out xen-resumable checkpoint --watch=0 --disks=require web $image
claim "there is an image" equal "$status" 0

# Wall seconds of a command: taken FILE COMMAND...; what failed is no measurement.
taken() {
    taken_to=$1
    shift
    time -p "$@" >/tmp/taken.out 2>/tmp/taken || {
        cat /tmp/taken.out /tmp/taken >&2
        return
    }
    awk '$1 == "real" { print $2 }' /tmp/taken >>"$taken_to"
}
# A program, as time(1) takes one.
printf '#!/bin/sh\nxl destroy web && exec xl restore %s\n' "$image" >/tmp/by-hand
chmod 755 /tmp/by-hand
take_ours() {
    taken /tmp/ours xen-resumable rollback --no-safety --watch=0 web $image
}
take_stock() { taken /tmp/stock /tmp/by-hand; }
in_rounds /tmp/stock take_stock /tmp/ours take_ours
claim "it counts" counts web
claim "$rounds rounds of each were taken" equal "$rounds_done" "$rounds"
remark "rollback: $(in_a_line /tmp/ours) s; by hand: $(in_a_line /tmp/stock) s"
ours=$(median </tmp/ours)
stock=$(median </tmp/stock)
figure rollback "$(ratio "$ours" "$stock")" ratio \
    "xl destroy and xl restore, PVH 512 MiB with a disk: $stock s to $ours s" "<= 1.1"
destroy web
xfs_end
