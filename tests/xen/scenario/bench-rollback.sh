# SPDX-License-Identifier: LGPL-2.1-or-later
# What a rollback costs over what has to be done in any case: the domain is destroyed,
# and restored from the same image.  The rollback also verifies the image, looks at host
# and copies, and puts the disk back, which takes the same time whatever the guest's size
# is: there is a larger one, too.  Only for "make bench-xen".
#
# suites: none
# boot: bench-rollback
# needs: disks firmware
# memory: 5632
# dom0: 2560
# takes: 900
# silence: 1200

. /lab/bench.sh
. /lab/flat.sh
. /lab/disks.sh
rounds=5
disks_begin
xfs_begin 4G

disk=$xfs/web.disk

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

measure() { # KEY MIB
    truncate -s $disk_size $disk
    config_linux web pvh "$2"
    echo "disk = [ '$disk,raw,xvda,w,script=block' ]" >>/tmp/web.cfg
    run out plugin create web
    claim "PVH, $2 MiB, with a disk: it counts" reaches web 2 120
    run out xen-resumable checkpoint --watch=0 --disks=require web $image
    claim "$2 MiB: there is an image" equal "$status" 0
    in_rounds /tmp/stock take_stock /tmp/ours take_ours
    claim "$2 MiB: it counts" counts web
    claim "$2 MiB: $rounds rounds of each were taken" equal "$rounds_done" "$rounds"
    remark "$1: $(in_a_line /tmp/ours) s; by hand: $(in_a_line /tmp/stock) s"
    ours=$(median </tmp/ours)
    stock=$(median </tmp/stock)
    figure "$1" "$(ratio "$ours" "$stock")" ratio \
        "xl destroy and xl restore, PVH $2 MiB with a disk: $stock s to $ours s" \
        "$3"
    destroy web
    rm -f $image $disk $disk.xr-*
    anew web
}
measure rollback 512 "<= 1.1"
measure rollback-2g 2048 ""
xfs_end
