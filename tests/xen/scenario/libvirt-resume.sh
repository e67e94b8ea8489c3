# SPDX-License-Identifier: LGPL-2.1-or-later
# A failed virsh save leaves the guest suspended for good, as stock libvirt does;
# or a guest that libvirt suspended does not wake up, or dies of it.
#
# boot: libvirt
# needs: libvirt
# takes: 500

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
    virsh_domain "$1" "$2" 48 >"/tmp/$1.xml"
    run out virsh create "/tmp/$1.xml"
    claim "$1: it counts" reaches "$1" 2
}

# Stock: what there is to be mended.
start_libvirtd stock
start lost /lab/guest/linux-like
run out virsh save lost /tmp/small/lost.save
claim "stock: a full disk makes virsh save fail" not equal "$status" 0
claim "stock: the guest stays suspended" is_suspended lost
run out virsh list
remark "stock: virsh list says: $(grep -w lost out | tr -s ' ')"
run out virsh destroy lost
stop_libvirtd
rm -f /tmp/small/*

start_libvirtd plugin
start kept /lab/guest/linux-like
run out virsh save kept /tmp/small/kept.save
claim "plugin: virsh save fails, too" not equal "$status" 0
claim "plugin: the guest counts on" counts kept
claim "plugin: it got a 1" equal "$(returned kept)" 1
claim "plugin: libvirtd's log says that it was resumed" \
    contains /tmp/libvirtd.log "the save failed; it was resumed"
claim "plugin: and that there is half an image" \
    contains /tmp/libvirtd.log "no complete image"
rm -f /tmp/small/*

run out virsh save kept /tmp/kept.save
claim "plugin: the next save succeeds" equal "$status" 0
claim "plugin: its image is sound" xen-resumable verify /tmp/kept.save
anew kept
run out virsh restore /tmp/kept.save
claim "plugin: and is restored" counts kept

run out virsh dompmsuspend kept mem
claim "dompmsuspend succeeds" equal "$status" 0
claim "the guest is suspended" within 20 is_suspended kept
run out virsh dompmwakeup kept
claim "dompmwakeup succeeds" equal "$status" 0
claim "the guest counts on" counts kept
claim "with a 1" equal "$(returned kept)" 1
run out virsh destroy kept

start held /lab/guest/netbsd-like
run out virsh dompmsuspend held mem
claim "netbsd-like: it is suspended" within 20 is_suspended held
run out virsh dompmwakeup held
claim "netbsd-like: dompmwakeup says that it failed" not equal "$status" 0
claim "netbsd-like: it is held" is_suspended held
claim "netbsd-like: libvirtd's log says what to do" \
    contains /tmp/libvirtd.log "stays suspended, with all its memory"
run out xen-resumable exec -- xl save held /tmp/held.save
run out virsh destroy held
claim "netbsd-like: its image, written by xl, is sound" \
    xen-resumable verify /tmp/held.save
anew held
run out plugin xl restore /tmp/held.save
claim "netbsd-like: it goes on from there" counts held

stop_libvirtd
umount /tmp/small
