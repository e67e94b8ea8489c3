# SPDX-License-Identifier: LGPL-2.1-or-later
# virsh save and restore work in a libvirtd that runs under the plugin, and the
# image carries the record.
#
# boot: libvirt
# needs: libvirt
# timeout: 300

answers() { # SECONDS COMMAND...: until it succeeds
    until=$(($(uptime_seconds) + $1))
    shift
    until "$@" >/tmp/answer 2>&1; do
        if [ "$(uptime_seconds)" -ge "$until" ]; then
            cat /tmp/answer /tmp/libvirtd.log
            return 1
        fi
        sleep 0.2
    done
}

virsh_create() { # NAME
    cat >"/tmp/$1.xml" <<XML
<domain type='xen'>
  <name>$1</name>
  <memory unit='MiB'>192</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='xenpv'>linux</type>
    <kernel>/boot/vmlinuz</kernel>
    <initrd>/boot/guest.img</initrd>
    <cmdline>console=hvc0 rdinit=/init quiet</cmdline>
  </os>
  <devices><console type='pty'><target type='xen'/></console></devices>
</domain>
XML
    virsh create "/tmp/$1.xml"
}

mkdir -p /run/libvirt /etc/libvirt
export LIBVIRT_DEFAULT_URI=xen:///system
plugin libvirtd >/tmp/libvirtd.log 2>&1 &
libvirtd_pid=$!
claim "libvirtd answers" answers 60 timeout 10 virsh list

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
