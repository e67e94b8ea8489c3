# SPDX-License-Identifier: LGPL-2.1-or-later
# An HVM guest is judged by the rules for HVM guests, not by the notes of its
# firmware: without PV drivers it survives a checkpoint.  Before a release, and on every
# Xen: with them, too; three are saved at once; and one is saved while it is paused, since
# Xen suspends it.  (firmware-ovmf has UEFI.)
#
# boot: disk
# suites: 4.17
# release: 4.14 4.20
# needs: firmware
# memory: 3584
# takes: 35

. /lab/matrix.sh

# Does its time of CPU grow?  SeaBIOS without a disk tries again for ever.
grows() { # NAME
    grows_from=$(cpu_time "$1")
    within 20 has_grown "$1"
}
cpu_time() { xl list "$1" | awk 'NR == 2 { print $6 }'; }
has_grown() { differs "$(cpu_time "$1")" "$grows_from"; } # one that is gone has no time
goes_on() { grows "$1"; }

# --- behind SeaBIOS, with nothing to boot

config_hvm firmware 64
echo 'serial = "pty"' >>/tmp/firmware.cfg
run out plugin xl create -q -p /tmp/firmware.cfg
claim "hvm: it starts" equal "$status" 0
run out xen-resumable check --format=json firmware
deny "hvm, paused: there is no obstacle" contains out '"first"'
claim "hvm, paused: libxl's own QMP goes on" \
    xl qemu-monitor-command firmware "info version"
paused_is_saved() {
    run out xen-resumable exec -- xl save -c firmware /tmp/firmware.save
    claim "hvm, paused: it is checkpointed all the same" equal "$status" 0
    claim "hvm, paused: its image is sound" xen-resumable verify /tmp/firmware.save
    claim "hvm, paused: it is paused as before" equal "$(state firmware)" p
}
! before_release || paused_is_saved
run out xen-resumable check --evidence firmware
claim "hvm: yes without PV drivers" equal "$status" 0
claim "hvm: for there is nothing to change" contains out \
    "no return value to change"
tail -n 20 /var/log/xen/qemu-dm-firmware.log
xl unpause firmware

# --- before a release more of them, with two vCPUs of four: emulation does not bear that
# in every run

more=
! before_release || more="firmware-2 firmware-3"
for name in $more; do
    config_hvm "$name" 64
    sed -i 's/^vcpus = 1$/vcpus = 2\nmaxvcpus = 4/' "/tmp/$name.cfg"
    run out plugin create "$name"
    claim "$name: it starts" equal "$status" 0
done

# --- all of them at once

for name in firmware $more; do
    claim "$name: it runs" within 30 grows "$name"
done
# shellcheck disable=SC2086
fill_at_once firmware $more
read_cells firmware
judge firmware "HVM, no PV drivers"
claim "firmware: under the plugin it is alive" is_one_of "$plugin" alive
for name in $more; do
    read_cells "$name"
    judge "$name" "HVM, 2 vCPUs of 4"
    claim "$name: under the plugin it is alive" is_one_of "$plugin" alive
done
print_matrix

# It takes an emulated CPU four minutes to emulate one.
before_release || return 0

# A Linux kernel that QEMU boots: PV drivers, and no notes but hvmloader's.
# QEMU's own loader takes of Linux bzImages only.
config_linux hvm hvm 160 /boot/vmlinuz
cat >>/tmp/hvm.cfg <<'CONFIG'
vga = "none"
vnc = 0
nographic = 1
usb = 0
CONFIG
run out plugin xl create -q /tmp/hvm.cfg
claim "hvm-linux: it starts" equal "$status" 0
claim "hvm-linux: it counts" reaches hvm 1 120
tail -n 5 /var/log/xen/qemu-dm-hvm.log
run out xen-resumable check --evidence hvm
claim "hvm-linux: yes with PV drivers" equal "$status" 0
claim "hvm-linux: by rule" contains out "only a rule"
run out xen-resumable check --evidence --scan-memory hvm
claim "hvm-linux: its memory has a better answer" contains out \
    "only a hint: in the guest's memory"
run out plugin xl save -c hvm /tmp/hvm.save
claim "hvm-linux: it is checkpointed" equal "$status" 0
claim "hvm-linux: and goes on" counts hvm 2 60
claim "hvm-linux: its image, with QEMU's state, is sound" \
    xen-resumable verify /tmp/hvm.save
destroy hvm
