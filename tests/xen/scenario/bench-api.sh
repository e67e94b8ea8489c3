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
order="library command"
config_linux still pvh
run out plugin create still
claim "it counts" reaches still 2
# One of which either fails is no round.
both() {
    for by in $order; do
        /lab/api-time "$by" still >"/tmp/took.$by" || return
    done
    for by in $order; do cat "/tmp/took.$by" >>"/tmp/$by"; done
    if [ "$order" = "library command" ]; then
        order="command library"
    else
        order="library command"
    fi
}
in_rounds /tmp/library both /tmp/command true
claim "$rounds rounds were taken" equal "$rounds_done" "$rounds"
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
