# SPDX-License-Identifier: LGPL-2.1-or-later
# What a checkpoint by xr_checkpoint() costs over one by the command, in turn.
# Only for "make bench-xen".
#
# suites: none
# boot: bench-api
# takes: 600
# silence: 2400

. /lab/bench.sh

# Each round compares the two, which take turns at being the first: an emulated
# machine is now faster and now slower, for longer than a round.
rounds=15
config_linux still pvh
run out plugin create still
claim "it counts" reaches still 2
: >/tmp/failed
for round in $(seq "$rounds"); do
    order="library command"
    [ $((round % 2)) = 1 ] || order="command library"
    for by in $order; do
        /lab/api-time $by still >/tmp/took || echo "$by $round" >>/tmp/failed
        cat /tmp/took >>/tmp/$by
    done
done
claim "each was taken" equal "$(cat /tmp/failed)" ""
claim "it counts on" counts still
column() { cut -f "$2" "/tmp/$1"; }
remark "library $(column library 1 | paste -s -d' ') ms"
remark "command $(column command 1 | paste -s -d' ') ms"
remark "of which the calling program had the CPU:" \
    "library $(column library 2 | paste -s -d' ') ms;" \
    "command $(column command 2 | paste -s -d' ') ms"
library=$(column library 1 | median)
command=$(column command 1 | median)
ratio=$(paste /tmp/library /tmp/command | awk '{ print $1 / $3 }' | median)
figure api-overhead "$ratio" ratio \
    "the command itself: medians $command ms to $library ms" "<= 1.02"
destroy still
