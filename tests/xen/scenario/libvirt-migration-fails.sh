# SPDX-License-Identifier: LGPL-2.1-or-later
# After a virsh migrate whose receiver dies in the middle, the guest goes on; stock
# libvirt leaves it suspended for good, which is shown before a release.  A guest
# that would die of a resume is held.
#
# boot: libvirt
# needs: libvirt
# takes: 50

mkdir -p /run/libvirt /etc/libvirt /tmp/there
export LIBVIRT_DEFAULT_URI=xen:///system
there="xen+unix:///system?socket=/tmp/there/libvirt-sock"

# Another libvirtd in another host's place, with files of its own.
cat >/tmp/there.conf <<'CONF'
unix_sock_dir = "/tmp/there"
host_uuid = "11111111-2222-3333-4444-555555555555"
CONF
ifconfig lo 127.0.0.1 up
unshare -m sh -c 'mount -t tmpfs tmpfs /run/libvirt
    mount -t tmpfs tmpfs /var/lib/libvirt
    mount -t tmpfs tmpfs /etc/libvirt
    exec libvirtd -f /tmp/there.conf -p /tmp/there/pid' >/tmp/there.log 2>&1 &
claim "another libvirtd answers" within 60 timeout 10 virsh -c "$there" list

start() { # NAME KERNEL: so large that no socket holds all of it
    virsh_domain "$1" "/lab/guest/$2" 48 >"/tmp/$1.xml"
    run out virsh create "/tmp/$1.xml"
    claim "$1: it counts" reaches "$1" 2
}

receiving() { # its process id
    grep -la -e 'save-helpe[r].*--restore-domain' /proc/[0-9]*/cmdline 2>/dev/null |
        cut -d / -f 3 | grep .
}

# What receives stops as soon as it is there, so that the sender waits with its
# guest suspended, and is then killed.
kill_receiver() { # NAME
    within 60 receiving
    receiver=$(receiving)
    kill -STOP "$receiver"
    within 60 is_suspended "$1"
    echo "$?" >/tmp/waited
    kill -KILL "$receiver"
}

migration_fails() { # NAME
    kill_receiver "$1" &
    killer=$!
    run out timeout 600 virsh migrate "$1" "$there" \
        --dname "$1-there" --migrateuri tcp://127.0.0.1
    claim "$1: virsh migrate says that it failed" has_failed
    wait "$killer"
    claim "$1: it was suspended when its receiver died" \
        equal "$(cat /tmp/waited)" 0
    claim "$1: nothing is left of it there" within 20 gone "$1-there"
}

libvirtd_here() { # HOW: stock or plugin
    "$1" libvirtd >/tmp/libvirtd.log 2>&1 &
    claim "$1: libvirtd answers" within 60 timeout 10 virsh list
}
end_libvirtd_here() {
    kill "$(cat /run/libvirtd.pid)"
    within 20 test ! -e /run/libvirtd.pid
}

stock_loses_it() {
    libvirtd_here stock
    start lost linux-like
    migration_fails lost
    claim "stock: linux-like stays suspended" is_suspended lost
    run out virsh list
    remark "stock: virsh list says: $(grep -w lost out | tr -s ' ')"
    run out virsh destroy lost
    end_libvirtd_here
}
! before_release || stock_loses_it

libvirtd_here plugin
start kept linux-like
migration_fails kept
claim "plugin: linux-like counts on" counts kept
claim "plugin: with a 1" equal "$(returned kept)" 1
run out virsh shutdown kept
claim "plugin: libvirt hears of its later end" \
    within 60 not virsh domstate kept
claim "plugin: and cleans up after it" gone kept
start held netbsd-like
migration_fails held
claim "plugin: netbsd-like is held" is_suspended held
claim "plugin: libvirtd's log says what to do" \
    contains /tmp/libvirtd.log "stays suspended, with all its memory"

# As libvirt-resume does with one that another way has left suspended.
held_is_saved() {
    run out plugin xl save held /tmp/held.save
    claim "plugin: xl saves it" equal "$status" 0
    run out virsh destroy held
    anew held
    run out plugin xl restore /tmp/held.save
    claim "plugin: netbsd-like goes on from there" comes_back held
    claim "plugin: with a 0" equal "$(returned held)" 0
    destroy held
}
! before_release || held_is_saved
end_libvirtd_here
kill "$(cat /tmp/there/pid)"
wait
