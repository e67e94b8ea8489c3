# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# One boot: QEMU with Xen and its dom0.  Results come by a serial port of their
# own (virtio), so that Xen's and the kernels' messages cannot cut them up.

# boot_start FOLDER MEMORY DOM0: starts QEMU over FOLDER/dom0.img; boot_pid.
# In MiB: of the machine, and what dom0 has of it.
#
# Each minus of the CPU has a reason: with smap the PV dom0 dies at its first
# stack access; with monitor Xen's idle loop takes a #GP; with rdtscp PVH guests
# die ("Insn len emulation failed").
#
# No mitigations: what they do at each way into Xen and into a kernel is a third
# of what xl takes here.  dom0 zeroes no page that nobody asks for, no security
# module looks at each file: a tenth of it, and a third of a boot.  Xen does scrub:
# what QEMU has loaded, our guests' kernels, would be in the memory of a guest.
boot_start() {
    local folder=$1 memory=$2 dom0=$3
    gzip -dc "$tools_root/boot/$suite_xen" >"$folder/xen" ||
        die "no $suite_xen in $tools_root/boot"
    : >"$folder/console"
    : >"$folder/results"
    local -a serial=(-serial "file:$folder/console")
    [ -z "${boot_interactive:-}" ] || serial=(-serial mon:stdio)
    # What a shell starts with & would otherwise read from nowhere.
    exec {boot_stdin}<&0
    qemu-system-x86_64 -machine pc -accel tcg,thread=multi \
        -cpu EPYC,-smap,-smep,-monitor,-rdtscp -smp 2 -m "$memory" \
        -display none -no-reboot "${serial[@]}" \
        -device virtio-serial-pci \
        -chardev "file,id=results,path=$folder/results" \
        -device virtserialport,chardev=results,name=results \
        -chardev "file,id=files,path=$folder/files.tar" \
        -device virtserialport,chardev=files,name=files \
        -kernel "$folder/xen" \
        -append "console=com1 com1=115200,8n1 loglvl=all guest_loglvl=all \
dom0_mem=${dom0}M,max:${dom0}M dom0_max_vcpus=1 noreboot cpuidle=0 \
spec-ctrl=no $suite_xen_arguments" \
        -initrd "$kernel_elf console=hvc0 rdinit=/init quiet panic=-1 \
mitigations=off init_on_alloc=0 apparmor=0 audit=0 ${boot_arguments:-},$folder/dom0.img" \
        <&"$boot_stdin" 2>"$folder/qemu.log" &
    boot_pid=$!
}

# A dom0 that has not said a word by then never will.
boot_silence=600

# boot_wait SECONDS RESULTS: until QEMU ends.  It is ended if RESULTS does not grow
# for so long, or is still empty after $boot_silence: how long a boot takes in all
# depends on the machine.
boot_wait() {
    local size=0 now since=$SECONDS limit=$boot_silence pause
    while kill -0 "$boot_pid" 2>/dev/null; do
        now=$(stat -c %s "$2")
        if [ "$now" != "$size" ]; then
            size=$now since=$SECONDS limit=$1
        elif [ $((SECONDS - since)) -gt "$limit" ]; then
            kill "$boot_pid" 2>/dev/null
            wait "$boot_pid" 2>/dev/null
            return 1
        fi
        sleep 5 &
        pause=$!
        wait -n "$boot_pid" "$pause" 2>/dev/null
        kill "$pause" 2>/dev/null
    done
    wait "$boot_pid" 2>/dev/null
}
