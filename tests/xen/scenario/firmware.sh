# SPDX-License-Identifier: LGPL-2.1-or-later
# What stands between Xen and the guest's kernel (GRUB, the PV shim) is not taken
# for that kernel, nor its notes for the kernel's.
#
# boot: disk
# needs: firmware
# memory: 3584
# takes: 15

# GRUB without a disk: its own shell.  Nobody knows what it will load.
for kind in "pv grub-x86_64-xen.bin" "pvh grub-i386-xen_pvh.bin"; do
    type=${kind% *}
    config "grub-$type" "$type" "/lab/firmware/${kind#* }" 128
    run out plugin xl create -q "/tmp/grub-$type.cfg"
    claim "grub-$type: it starts" equal "$status" 0
    claim "grub-$type: it is GRUB that runs" within 60 sh -c \
        "tr -d '\r' <$consoles/guest-grub-$type.log | grep -qi grub"
    run out xen-resumable check --evidence "grub-$type"
    claim "grub-$type: check says unknown" equal "$status" 3
    claim "grub-$type: for it is a loader" contains out \
        "not the guest's kernel"
    destroy "grub-$type"
done

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
