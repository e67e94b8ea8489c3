# SPDX-License-Identifier: LGPL-2.1-or-later
# Debian's own Linux, as PVH, survives a live checkpoint and a live migration, and
# says so by its notes.  In every run rollback takes a live checkpoint of such a
# guest.
#
# boot: matrix
# suites: none
# release: 4.17
# takes: 40

config_linux web pvh
run out plugin create web
claim "it counts" reaches web 2
was=$(domid web)
run out xen-resumable checkpoint --live=yes web /tmp/web.img
claim "checkpoint: exit status 0" equal "$status" 0
claim "checkpoint: it was live" contains out "yes, in"
remark "$(grep -e Frozen -e Live -e Time out | tr '\n' ' ')"
claim "checkpoint: it counts on" counts web
claim "checkpoint: in the same domain" equal "$(domid web)" "$was"
claim "checkpoint: the image is sound" xen-resumable verify /tmp/web.img
claim "checkpoint: it has what the kernel said" \
    record_has /tmp/web.img image.SUSPEND_CANCEL=0x1

cat >/tmp/ssh <<SSH
#!/bin/sh
shift
LD_PRELOAD=$stub exec "\$@"
SSH
chmod +x /tmp/ssh
run out plugin xl migrate -s /tmp/ssh web localhost
claim "migration: exit status 0" equal "$status" 0
claim "migration: it is another domain now" differs "$(domid web)" "$was"
claim "migration: it counts on" counts web
claim "migration: it was not started" equal "$(starts_of web)" 1
claim "migration: what the new domain knows" \
    equal "$(image_node web suspend-cancel)" 1
destroy web

run out stock xl restore /tmp/web.img
claim "stock xl restores the image" equal "$status" 0
claim "it counts on from there" counts web
claim "not from the start" test "$(first_tick web)" -gt 1
destroy web
