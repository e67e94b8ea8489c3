# SPDX-License-Identifier: LGPL-2.1-or-later
# libvirtd hears of a guest's reboot, shutdown and death also after suspends that
# the guest survived: a virsh save that failed, a checkpoint by another program, a
# dompmsuspend with its dompmwakeup; after two of them, and if libvirtd was started
# in between. Before a release: both ends after each of them, and ends that the guest
# chooses by itself; and that under stock libvirt a guest that reboots after such a
# suspend stays down.
#
# boot: libvirt
# needs: libvirt
# suites: 4.17
# release: 4.20
# takes: 80

mkdir -p /run/libvirt /etc/libvirt /tmp/small
mount -t tmpfs -o size=8m tmpfs /tmp/small
export LIBVIRT_DEFAULT_URI=xen:///system
# "lost" is built without the plugin, so nothing is recorded of it.
printf '%s\n' 'verbose = 1' 'resumable = [ "lost=yes" ]' \
    >/etc/xen/xen-resumable.conf

start_libvirtd() { # HOW: stock or plugin
    "$1" libvirtd >>/tmp/libvirtd.log 2>&1 &
    claim "$1: libvirtd answers" within 60 timeout 10 virsh list
}
stop_libvirtd() {
    kill "$(cat /run/libvirtd.pid)"
    wait
}

start() { # NAME KIND [WORDS]: a guest that libvirt goes on to list when it ends
    virsh_domain "$1" "/lab/guest/$2" 16 "<cmdline>$3</cmdline>" \
        >"/tmp/$1.xml"
    virsh define "/tmp/$1.xml"
    run out virsh start "$1"
    [ "$status" -eq 0 ] || tail -n 40 /var/log/libvirt/libxl/*.log
    claim "$1: it counts" reaches "$1" 2
}

# --- what libvirt says, and what the guest does

libvirt_says() { # NAME STATE
    equal "$(virsh domstate "$1" | head -n 1)" "$2"
}
starts() { console "$1" | grep -c ': started'; }
starts_are() { equal "$(starts "$1")" "$2"; }
has_ended() { xl list; test "$(state "$1")" = "$2"; } # NAME LETTERS

# is_new NAME FORMER: it runs as a new domain, and has counted from its start.
is_new() {
    echo "was domain $2, is $(domid "$1")"
    console "$1" | tail -n 12
    [ "$(domid "$1")" -gt "$2" ] && console "$1" |
        awk '/: started/ { n = 0 } /: tick / { n++ } END { exit n < 2 }'
}
starts_anew() { # TEXT NAME FORMER STARTS
    claim "$1: it is started again" within 60 starts_are "$2" "$4"
    claim "$1: as a new domain, and counts" within 60 is_new "$2" "$3"
    claim "$1: libvirt says that it runs" \
        within 20 libvirt_says "$2" running
}
is_off() { # TEXT NAME
    claim "$1: libvirt says that it is off" \
        within 60 libvirt_says "$2" "shut off"
    claim "$1: the domain is gone" within 20 gone "$2"
}

# --- suspends that a guest survives

suspended_by_save() {
    run out virsh save "$1" /tmp/small/image
    claim "$1: virsh save fails" has_failed
    rm -f /tmp/small/image
}
suspended_by_checkpoint() {
    run out xen-resumable checkpoint --watch=0 "$1" /tmp/image
    claim "$1: the checkpoint is done" equal "$status" 0
    rm -f /tmp/image
}
suspended_by_wakeup() {
    run out virsh dompmsuspend "$1" mem
    claim "$1: dompmsuspend succeeds" equal "$status" 0
    claim "$1: it is suspended" within 20 is_suspended "$1"
    run out virsh dompmwakeup "$1"
    claim "$1: dompmwakeup succeeds" equal "$status" 0
}
survives() { # NAME WAY
    "suspended_by_$2" "$1"
    claim "$1: it counts on" counts "$1"
}

# --- stock libvirt loses it

stock_loses_it() {
    start_libvirtd stock
    start lost linux-like reboot-after=2
    start witness linux-like
    was=$(domid lost)
    suspended_by_checkpoint lost
    claim "stock: the guest asks for its reboot" within 60 has_ended lost sr
    # Whose end comes later, and whose word makes libxl look at all domains.
    run out virsh shutdown witness
    is_off "stock: another guest" witness
    claim "stock: it was not started again" has_ended lost sr
    claim "stock: libvirt says that it runs" libvirt_says lost running
    claim "stock: it is the domain that it was" equal "$(domid lost)" "$was"
    run out virsh destroy lost
    stop_libvirtd
    : >/tmp/libvirtd.log
}
! before_release || stock_loses_it

# --- under the plugin: a reboot and a shutdown after each kind of suspend

start_again() { # NAME: that is off
    anew "$1"
    run out virsh start "$1"
    claim "$1: it is started again" reaches "$1" 2
    starts=1
}
reboots_after() { # NAME WAY...
    name=$1
    shift
    for way in "$@"; do
        survives "$name" "$way"
    done
    was=$(domid "$name")
    starts=$((starts + 1))
    run out virsh reboot "$name"
    starts_anew "reboot after $*" "$name" "$was" $starts
}
ends_after() { # NAME WAY
    survives "$1" "$2"
    run out virsh shutdown "$1"
    is_off "shutdown after $2" "$1"
}

start_libvirtd plugin
start web linux-like
starts=1
reboots_after web save
ends_after web checkpoint
start_again web

walk() {
    ends_after web save
    start_again web
    reboots_after web checkpoint
    reboots_after web wakeup
    for way in save checkpoint wakeup; do
        reboots_after web $way $way
        reboots_after web $way $way
        ends_after web $way
        start_again web
    done

    # What a guest does by itself, after a suspend, and after each.
    start inside linux-like reboot-after=4
    for n in 2 3; do
        was=$(domid inside)
        suspended_by_checkpoint inside
        starts_anew "from inside, $n" inside "$was" $n
    done
    run out virsh destroy inside
    for way in save checkpoint; do
        start off-$way linux-like poweroff-after=4
        suspended_by_$way off-$way
        is_off "from inside, $way" off-$way
    done

    survives web wakeup
    survives web checkpoint
}
! before_release || walk

# --- a libvirtd that was started later

survives web save
stop_libvirtd
start_libvirtd plugin
reboots_after web wakeup
claim "libvirtd's log says that it will hear of the end" \
    contains /tmp/libvirtd.log "has suspended; libvirtd will hear of its end"
! before_release || reboots_after web checkpoint save
survives web checkpoint

# --- one that stays suspended, while others end

# Is it less than a tenth of the time on the CPU?  Ticks are 10 ms.
cpu_ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
rests() { # PID
    rests_from=$(cpu_ticks "$1")
    sleep 4
    echo "$(($(cpu_ticks "$1") - rests_from)) ticks of 400"
    [ $(($(cpu_ticks "$1") - rests_from)) -lt 40 ]
}

start held netbsd-like
run out virsh dompmsuspend held mem
claim "held: it is suspended" within 20 is_suspended held
run out virsh dompmwakeup held
claim "held: it is held" is_suspended held
run out virsh shutdown web
is_off "held: the other guest, after all of that" web
claim "held: libvirtd rests" within 60 rests "$(cat /run/libvirtd.pid)"
claim "held: it stays suspended" is_suspended held
run out xl destroy held
is_off "held: destroyed by another program" held

claim "no warning of the plugin's in libvirtd's log" \
    equal "$(warnings /tmp/libvirtd.log)" 0
stop_libvirtd
umount /tmp/small
