# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# What scenarios of libvirt's guests are written with, beside lib.sh: a libvirtd, a
# guest with a definition, and that libvirt has it afterwards as if nothing had happened.
# shellcheck disable=SC2154

mkdir -p /run/libvirt /etc/libvirt
export LIBVIRT_DEFAULT_URI=xen:///system

start_libvirtd() { # HOW: stock or plugin
    "$1" libvirtd >>/tmp/libvirtd.log 2>&1 &
    claim "$1: libvirtd answers" within 60 timeout 10 virsh list
}
stop_libvirtd() {
    kill "$(cat /run/libvirtd.pid)"
    claim "libvirtd ends" within 20 test ! -e /run/libvirtd.pid
    wait
}

libvirt_says() { equal "$(virsh domstate "$1" | head -n 1)" "$2"; } # NAME STATE
live_xml() { virsh dumpxml "$1" | sed "s/ id='[0-9]*'//"; }

# define NAME: by NAME.xml; it is started with the host.
define() {
    virsh define "/tmp/$1.xml"
    virsh autostart "$1"
    run out virsh start "$1"
    claim "$1: it counts" reaches "$1" 2
    live=$(live_xml "$1")
    kept=$(virsh dumpxml --inactive "$1")
}

# as_it_is NAME: what a guest from an image is told apart by.
as_it_is() {
    was=$(domid "$1")
    starts=$(starts_of "$1")
}

# is_back TEXT NAME: in a new domain, from the image, and libvirt has it.
is_back() {
    claim "$1: exit status 0" equal "$status" 0
    claim "$1: it counts" counts "$2"
    claim "$1: it was not started" equal "$(starts_of "$2")" "$starts"
    claim "$1: in a new domain" test "$(domid "$2")" -gt "$was"
    claim "$1: libvirt says that it runs" libvirt_says "$2" running
    run out virsh list
    claim "$1: under its number" grep -q "^ *$(domid "$2") *$2 " out
    claim "$1: nothing is left of the rollback" \
        equal "$(ls /var/lib/xen-resumable/rollback 2>/dev/null)" ""
}
# has_definition TEXT NAME: as before it.
has_definition() {
    run out virsh dominfo "$2"
    claim "$1: it is kept" grep -qx "Persistent: *yes" out
    claim "$1: and starts with the host" grep -qx "Autostart: *enable" out
    claim "$1: its XML is as it was" equal "$(live_xml "$2")" "$live"
    claim "$1: so is its definition" equal "$(virsh dumpxml --inactive "$2")" "$kept"
}
# libvirt_hears TEXT NAME: of its reboot, and of its end.
libvirt_hears() {
    was=$(domid "$2")
    run out virsh reboot "$2"
    claim "$1: it reboots" within 60 is_new "$2"
    ends "$1" "$2"
}
is_new() { test "$(domid "$1")" -gt "$was" && counts "$1"; }
ends() { # TEXT NAME
    run out virsh shutdown "$2"
    claim "$1: it shuts down" within 60 gone "$2"
}
is_off() { # TEXT NAME
    claim "$1: libvirt says that it is off" within 60 libvirt_says "$2" "shut off"
    claim "$1: its definition is as it was" \
        equal "$(virsh dumpxml --inactive "$2")" "$kept"
}
