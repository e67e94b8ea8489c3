# SPDX-License-Identifier: LGPL-2.1-or-later
# What stands between Xen and the guest's kernel (GRUB, the PV shim) is not taken
# for that kernel, nor its notes for the kernel's; and the kernel survives its
# checkpoint.
#
# boot: disk
# suites: 4.17
# release: 4.14 4.20
# needs: firmware disks
# memory: 3584
# takes: 20

. /lab/matrix.sh
. /lab/disks.sh
disks_begin

is_a_loader() { # NAME
    run out xen-resumable check --evidence "$1"
    claim "$1: check says unknown" equal "$status" 3
    claim "$1: for it is a loader" contains out "not the guest's kernel"
}

# GRUB without a disk: its own shell.  Nobody knows what it will load.
config grub-pvh pvh /lab/firmware/grub-i386-xen_pvh.bin 128
run out plugin xl create -q /tmp/grub-pvh.cfg
claim "grub-pvh: it starts" equal "$status" 0
claim "grub-pvh: it is GRUB that runs" within 60 sh -c \
    "tr -d '\r' <$consoles/guest-grub-pvh.log | grep -qi grub"
is_a_loader grub-pvh
destroy grub-pvh

# GRUB with a disk on which there is a kernel, which it loads.  A tar archive is a file
# system for it: loads NAME TYPE LOADER MIB; the archive is of /tmp/boot.
loads() {
    mkdir -p /tmp/boot/grub
    (cd /tmp && tar -c -f "/tmp/$1.disk" boot)
    losetup /dev/loop5 "/tmp/$1.disk"
    config "$1" "$2" "/lab/firmware/$3" "$4" "disk = [ 'phy:/dev/loop5,xvda,r' ]"
    fill "$1"
    losetup -d /dev/loop5
    rm -rf /tmp/boot "/tmp/$1.disk"
}

mkdir -p /tmp/boot/grub
cp /lab/guest/linux-like /tmp/boot/kernel
printf 'linux /boot/kernel\nboot\n' >/tmp/boot/grub/grub.cfg
looks_whole() { is_a_loader "$1"; }
loads grub pv grub-x86_64-xen.bin 32
judge grub "PV, GRUB loaded linux-like"
claim "grub: under the plugin it is alive" is_one_of "$plugin" alive

# GRUB for PVH, and Linux as Debian installs it.
grub_pvh_linux() {
    . /lab/matrix-linux.sh
    linux_for_grub /tmp/boot
    loads grub-linux pvh grub-i386-xen_pvh.bin 256
    judge grub-linux "PVH, GRUB loaded Linux"
    claim "grub-linux: under the plugin it is alive" is_one_of "$plugin" alive
}
! before_release || grub_pvh_linux # as config_linux

# A 32-bit PV guest: in the shim, where the hypervisor itself runs none, as Debian's.
pv32() {
    config_own linux-pv32 linux-pv32 32
    pv32_in="by Xen"
    if ! xl info | grep -q 'xen-[0-9.]*-x86_32p'; then
        sed -i 's/^type.*/type = "pvh"\npvshim = 1/
            s/^memory.*/memory = 128/' /tmp/linux-pv32.cfg
        pv32_in="in the shim"
    fi
    looks_whole() { :; }
    fill linux-pv32
    judge linux-pv32 "32-bit PV, $pv32_in"
    claim "linux-pv32: under the plugin it is alive" is_one_of "$plugin" alive
}
! before_release || pv32
print_matrix

# A PV guest inside the shim, whose notes say nothing of it: Xen within Xen.
before_release || return 0

config_linux shim pvh 448
sed -i 's/^type.*/type = "pvh"\npvshim = 1/' /tmp/shim.cfg
run out plugin xl create -q /tmp/shim.cfg
claim "shim: it starts" equal "$status" 0
claim "shim: the guest inside counts" reaches shim 1 240
run out xen-resumable check --evidence shim
claim "shim: check says unknown" equal "$status" 3
claim "shim: for it is the shim" contains out "not the guest's kernel"
run out plugin xl save -c shim /tmp/shim.save
claim "shim: unknown proceeds: it is checkpointed" equal "$status" 0
claim "shim: and goes on: the shim passes the 1 on" counts shim 2 60
destroy shim
