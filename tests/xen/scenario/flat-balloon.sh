# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest gives memory back, and takes some of it again, between one flat image and the
# next, which begins as a copy of the former: a restore by stock xl gives it pages that
# it has not, another page's contents, or more memory than it had.
#
# boot: flat-balloon
# suites: none
# release: 4.17
# needs: disks python
# dom0: 2048
# memory: 3584
# takes: 600

. /lab/flat.sh

memory_of() { xl list "$1" | awk 'NR == 2 { print $3 }'; }
has_at_most() { test "$(memory_of web)" -le "$1"; }
has_at_least() { test "$(memory_of web)" -ge "$1"; }

# By stock xl: returns WHAT IMAGE MIB
returns() {
    anew web
    run out stock xl restore "$2"
    claim "$1: stock xl restores it" equal "$status" 0
    claim "$1: it counts on" counts web
    claim "$1: not from the start" test "$(first_tick web)" -gt 1
    claim "$1: it knows its memory" knows_its_memory web
    remark "$1: it had $3 MiB, and has $(memory_of web)"
    claim "$1: it has no more than it had" has_at_most "$3"
    destroy web
}

config_working pvh 256 64 4
xfs_begin 1536M
run out plugin create web
claim "it knows its memory" within 240 works
take "whole"
run out xl mem-set web 160
claim "it gives memory back" within 60 has_at_most 162
claim "with less it still works" works
take "less"
less=$(memory_of web)
claim "less: it has a parent" contains /tmp/taken '"parent": "/'
claim "less: a sound image" xen-resumable verify "$image"
is_taken_by_peer "less"
remark "less: pages and those not zero: $(pages count "$image")"
run out xl mem-set web 224
claim "it takes memory again" within 60 has_at_least 220
claim "with more it still works" works
take "more"
more=$(memory_of web)
claim "more: it has a parent" contains /tmp/taken '"parent": "/'
claim "more: a sound image" xen-resumable verify "$image"
is_taken_by_peer "more"
run out xen-resumable diff "$image.1" "$image"
claim "they can be compared" equal "$status" 1
claim "it knows its memory still" knows_its_memory web
destroy web
rm "$image.2"
returns "less" "$image.1" "$less"
rm "$image.1"
returns "more" "$image" "$more"
xfs_end
