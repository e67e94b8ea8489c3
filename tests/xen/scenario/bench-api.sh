# SPDX-License-Identifier: LGPL-2.1-or-later
# What a checkpoint by xr_checkpoint() costs over one by the command, in turn.
# Only for "make bench-xen".
#
# suites: none
# boot: bench-api
# takes: 600
# silence: 600

figure() { # KEY VALUE UNIT PEER TARGET
    remark "figure	$1	$2	$3	$4	$5	$rounds"
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

rounds=9
config_linux still pvh
run out plugin create still
claim "it counts" reaches still 2
: >/tmp/failed
for round in $(seq "$rounds"); do
    for by in library command; do
        /lab/api-time $by still >/tmp/took || echo "$by $round" >>/tmp/failed
        cat /tmp/took >>/tmp/$by
    done
done
claim "each was taken" equal "$(cat /tmp/failed)" ""
claim "it counts on" counts still
remark "library $(paste -s -d' ' /tmp/library) ms"
remark "command $(paste -s -d' ' /tmp/command) ms"
library=$(median </tmp/library)
command=$(median </tmp/command)
figure api-overhead "$(awk "BEGIN { print $library / $command }")" ratio \
    "the command itself: $command ms to $library ms" "<= 1.02"
destroy still
