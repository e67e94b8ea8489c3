# SPDX-License-Identifier: LGPL-2.1-or-later
# After a failed virsh save the guest goes on; stock libvirt leaves it suspended
# for good, which is shown before a release.  A guest that libvirt suspended, and
# that cannot take a 1, does not die of being woken up.  Before a release, too: one
# that can does wake up, and a later save and restore have the record (installed-
# packages shows that, and libvirt-hears-ends that one wakes up).
#
# boot: libvirt
# needs: libvirt
# takes: 30

mkdir -p /run/libvirt /etc/libvirt /tmp/small
mount -t tmpfs -o size=8m tmpfs /tmp/small
export LIBVIRT_DEFAULT_URI=xen:///system

start_libvirtd() { # HOW: stock or plugin
    "$1" libvirtd >/tmp/libvirtd.log 2>&1 &
    claim "$1: libvirtd answers" within 60 timeout 10 virsh list
}
stop_libvirtd() {
    kill "$(cat /run/libvirtd.pid)"
    wait
}

start() { # NAME KERNEL
    virsh_domain "$1" "$2" 16 >"/tmp/$1.xml"
    run out virsh create "/tmp/$1.xml"
    claim "$1: it counts" reaches "$1" 2
}

# Stock: what there is to be mended.
stock_loses_it() {
    start_libvirtd stock
    start lost /lab/guest/linux-like
    run out virsh save lost /tmp/small/lost.save
    claim "stock: a full disk makes virsh save fail" has_failed
    claim "stock: the guest stays suspended" is_suspended lost
    run out virsh list
    remark "stock: virsh list says: $(grep -w lost out | tr -s ' ')"
    run out virsh destroy lost
    stop_libvirtd
    rm -f /tmp/small/*
}
! before_release || stock_loses_it

start_libvirtd plugin
start kept /lab/guest/linux-like
claim "plugin: image/suspend-cancel is 1 in xenstore" \
    equal "$(image_node kept suspend-cancel)" 1
run out virsh save kept /tmp/small/kept.save
claim "plugin: virsh save fails, too" has_failed
claim "plugin: the guest counts on" counts kept
claim "plugin: it got a 1" equal "$(returned kept)" 1
claim "plugin: libvirtd's log says that it was resumed" \
    contains /tmp/libvirtd.log "the save failed; it was resumed"
claim "plugin: and that there is half an image" \
    contains /tmp/libvirtd.log "not a complete image"
rm -f /tmp/small/*

is_saved_later() {
    run out virsh save kept /tmp/kept.save
    claim "plugin: the next save succeeds" equal "$status" 0
    claim "plugin: the domain is gone" gone kept
    claim "plugin: its image carries the record" \
        record_has /tmp/kept.save image.SUSPEND_CANCEL=0x1
    claim "plugin: and is sound" xen-resumable verify /tmp/kept.save
    anew kept
    run out virsh restore /tmp/kept.save
    claim "plugin: virsh restore succeeds" equal "$status" 0
    claim "plugin: and it counts on" comes_back kept
    claim "plugin: its knowledge is back" \
        equal "$(image_node kept suspend-cancel)" 1
}
! before_release || is_saved_later
claim "plugin: none of that is a warning in libvirtd's log" \
    equal "$(warnings /tmp/libvirtd.log)" 0

wakes_up() {
    run out virsh dompmsuspend kept mem
    claim "dompmsuspend succeeds" equal "$status" 0
    claim "the guest is suspended" within 20 is_suspended kept
    run out virsh dompmwakeup kept
    claim "dompmwakeup succeeds" equal "$status" 0
    claim "the guest counts on" counts kept
    claim "with a 1" equal "$(returned kept)" 1
}
! before_release || wakes_up
run out virsh destroy kept

start held /lab/guest/netbsd-like
run out virsh dompmsuspend held mem
claim "netbsd-like: it is suspended" within 20 is_suspended held
run out virsh dompmwakeup held
claim "netbsd-like: dompmwakeup says that it failed" has_failed
claim "netbsd-like: it is held" is_suspended held
claim "netbsd-like: libvirtd's log says what to do" \
    contains /tmp/libvirtd.log "stays suspended, with all its memory"
run out xen-resumable exec -- xl save held /tmp/held.save
run out virsh destroy held
anew held
run out plugin xl restore /tmp/held.save
claim "netbsd-like: it goes on from its image, written by xl" comes_back held

stop_libvirtd
umount /tmp/small
