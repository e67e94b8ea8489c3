# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# The matrix' rows of Linux as people have it: four vCPUs, one of them off, less memory
# than it may have, a disk with an ext4, a second one without, a network card, and all of
# them at work.  Beside matrix.sh; the boot has disks.
# shellcheck disable=SC2154

. /lab/disks.sh

linux_vif=/tmp/vif
linux_begin() {
    disks_begin
    for module in llc stp bridge xen-netback; do
        insmod "/lib/modules/$module.ko" 2>/dev/null
    done
    cat >$linux_vif <<'SCRIPT'
#!/bin/sh
[ "$1" = online ] || exit 0
ip link set dev "$vif" up
brctl addif "$(xenstore-read "$XENBUS_PATH/bridge")" "$vif"
xenstore-write "$XENBUS_PATH/hotplug-status" connected
SCRIPT
    chmod 755 $linux_vif
    brctl addbr xenbr0
    ip addr add 10.0.0.1/24 dev xenbr0
    ip link set xenbr0 up
}

linux_config() { # NAME TYPE
    make_disk /tmp/a.disk raw
    truncate -s 16M /tmp/b.disk
    losetup /dev/loop4 /tmp/a.disk
    losetup /dev/loop5 /tmp/b.disk
    config_linux "$1" "$2" 120
    sed -i 's/^vcpus = 1$/vcpus = 3\nmaxvcpus = 4/
        s/^memory = 120$/&\nmaxmem = 168/
        s/quiet/& net files ring/' "/tmp/$1.cfg"
    cat >>"/tmp/$1.cfg" <<CONFIG
disk = [ 'phy:/dev/loop4,xvda,w', 'phy:/dev/loop5,xvdb,w' ]
vif = [ 'bridge=xenbr0,mac=00:16:3e:00:00:01,script=$linux_vif' ]
CONFIG
}

# A folder of it, as GRUB finds it on a disk.
linux_for_grub() { # FOLDER
    mkdir -p "$1/grub"
    cp /boot/vmlinuz /boot/guest.img "$1/"
    cat >"$1/grub/grub.cfg" <<CFG
linux /boot/vmlinuz console=hvc0 rdinit=/init quiet $linux_is_quick
initrd /boot/guest.img
boot
CFG
}

linux_received() { cat /sys/class/net/xenbr0/statistics/rx_packets; }
linux_sends_on() { test "$(linux_received)" -gt "$received_before"; }
linux_is_right() {
    ! console "$1" | grep -aE 'disagrees|WRONG|EXT4-fs (error|warning)|I/O error'
}

# Of all that people have nothing stands still.
linux_works() { # NAME TEXT
    received_before=$(linux_received)
    claim "$1: $2its files go on" await_number "$1" "files: tick" +3 60
    claim "$1: $2its second disk goes on" await_number "$1" "disk: tick" +3 60
    claim "$1: $2its network card goes on" within 30 linux_sends_on
    claim "$1: $2nothing is wrong" linux_is_right "$1"
    claim "$1: $2three vCPUs of four run" equal "$(linux_vcpus "$1")" "3 of 4"
}
linux_vcpus() { # NAME
    xl vcpu-list "$1" | awk 'NR > 1 { n++; on += $5 !~ /p/ }
        END { print on + 0, "of", n }'
}

linux_row() { # TYPE
    name=linux-6.1-$1
    linux_config "$name" "$1"
    fill "$name"
    judge "$name" "4 vCPUs, disks, net"
    claim "$name: under the plugin it is alive" is_one_of "$plugin" alive
    case $(cat /lab/suite) in
    4.14) claim "$name: stock xl makes it panic" is_one_of "$stock" panics ;;
    esac
    losetup -d /dev/loop4
    losetup -d /dev/loop5
    rm -f /tmp/a.disk /tmp/b.disk
}
