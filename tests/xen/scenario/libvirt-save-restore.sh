# SPDX-License-Identifier: LGPL-2.1-or-later
# virsh save and restore work in a libvirtd that runs under the plugin, and the
# image carries the record.
#
# boot: libvirt
# needs: libvirt
# takes: 300

virsh_create() { # NAME
    virsh_domain "$1" /boot/vmlinux 104 "<initrd>/boot/guest.img</initrd>
    <cmdline>console=hvc0 rdinit=/init quiet</cmdline>" >"/tmp/$1.xml"
    virsh create "/tmp/$1.xml"
}

mkdir -p /run/libvirt /etc/libvirt
export LIBVIRT_DEFAULT_URI=xen:///system
plugin libvirtd >/tmp/libvirtd.log 2>&1 &
libvirtd_pid=$!
claim "libvirtd answers" within 60 timeout 10 virsh list

run out virsh_create shop
claim "virsh create succeeds" equal "$status" 0
claim "the guest counts" reaches shop 2
claim "image/suspend-cancel is 1 in xenstore" \
    equal "$(image_node shop suspend-cancel)" 1

run out virsh save shop /tmp/shop.save
claim "virsh save succeeds" equal "$status" 0
claim "the domain is gone" gone shop
claim "the image carries the record" \
    record_has /tmp/shop.save image.SUSPEND_CANCEL=0x1
claim "and is sound for verify" xen-resumable verify /tmp/shop.save

run out virsh restore /tmp/shop.save
claim "virsh restore succeeds" equal "$status" 0
claim "the guest counts on" counts shop
claim "its knowledge is back" equal "$(image_node shop suspend-cancel)" 1
run out virsh destroy shop

kill "$libvirtd_pid"
run out cat /tmp/libvirtd.log
claim "no warning of the plugin's in libvirtd's log" equal "$(warnings out)" 0
