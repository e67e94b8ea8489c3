# SPDX-License-Identifier: LGPL-2.1-or-later
# An HVM guest behind UEFI (Debian's OVMF) survives a checkpoint.  Only when it is named:
# QEMU 7.2, which emulates the machine, ends itself when OVMF has run for 21 s of CPU, with
# "tcg_handle_interrupt: assertion failed: (qemu_mutex_iothread_locked())".
#
# boot: ovmf
# suites: none
# needs: firmware ovmf
# memory: 2816
# takes: 120

. /lab/matrix.sh

cpu_time() { xl list "$1" | awk 'NR == 2 { print $6 }'; }
has_grown() { differs "$(cpu_time "$1")" "$grows_from"; } # one that is gone has no time
goes_on() {
    grows_from=$(cpu_time "$1")
    within 20 has_grown "$1"
}

config_hvm ovmf 160
cat >>/tmp/ovmf.cfg <<'CONFIG'
bios = "ovmf"
serial = "file:/tmp/ovmf.out"
CONFIG
run out plugin create ovmf
claim "ovmf: it starts" equal "$status" 0
claim "ovmf: UEFI is up" within 240 grep -qa UEFI /tmp/ovmf.out
remark "ovmf: up after $(cpu_time ovmf) s of CPU"
fill_at_once ovmf
read_cells ovmf
judge ovmf "HVM, UEFI, no PV drivers"
claim "ovmf: under the plugin it is alive" is_one_of "$plugin" alive
print_matrix
