# SPDX-License-Identifier: LGPL-2.1-or-later
# A save that cannot succeed is refused before the guest notices anything: by
# every verb alike, with the reason last, and the former file is untouched.  Every run
# has one reason of each source: Xen, the guest, the device model; before a release
# there are more of them, and more ways to ask (tests/unit/test-obstacles.c has all
# reasons).
#
# boot: disk
# needs: firmware
# memory: 3584
# takes: 25

answers() { # FILE CODE: check's JSON has that obstacle
    contains "$1" "\"reason\": \"$2\""
}

every="checkpoint,exec -- xl save,exec -- timeout 60 xl save -c"
! before_release || every="$every,checkpoint --dry-run,exec -- xl save -c,\
exec -- xl save -p"
some="checkpoint"
! before_release || some="checkpoint,exec -- xl save -c"

# Whatever is asked to save NAME (WAYS) says TEXT at the end, exits 1, and does
# nothing.  xl would truncate the file first of all.
is_refused() { # TITLE NAME CODE TEXT [WAYS]
    echo "the former image" >/tmp/former
    run out xen-resumable check --format=json "$2"
    claim "$1: check exits 1" equal "$status" 1
    claim "$1: its code is $3" answers out "$3"
    cp out asked.json
    claim "$1: and says why" contains out "$4"
    old_ifs=$IFS
    IFS=,
    for way in ${5:-$some}; do
        IFS=$old_ifs
        # shellcheck disable=SC2086
        run out xen-resumable $way "$2" /tmp/former
        claim "$1: $way exits 1" equal "$status" 1
        tail -n 1 out >last
        claim "$1: $way says why, last" contains last "$4"
    done
    IFS=$old_ifs
    claim "$1: the former file is untouched" \
        equal "$(cat /tmp/former)" "the former image"
    claim "$1: nothing is left beside it" \
        equal "$(echo /tmp/former* /tmp/.former*)" "/tmp/former /tmp/.former*"
}

# --- PV

config_own pv linux-like
run out plugin xl create -q /tmp/pv.cfg
claim "pv: it counts" reaches pv 2
pv=/local/domain/$(domid pv)
xl pause pv
is_refused "pv, paused" pv paused "must run to be suspended" "$every"
claim "pv, paused: the next step is said" contains last "First: xl unpause pv"
claim "pv, paused: check's keys are documented" \
    json_keys_are_documented asked.json check \
    domains[].domid domains[].suspendable domains[].obstacles \
    domains[].obstacles[].says domains[].obstacles[].reason \
    domains[].obstacles[].source domains[].obstacles[].detail \
    domains[].obstacles[].first
xl unpause pv
claim "pv: it counts again" counts pv

xenstore-write "$pv/data/cant_suspend_reason" "the backup has not ended"
is_refused "pv, its tools" pv not-suspendable "the backup has not ended"
xenstore-rm "$pv/data/cant_suspend_reason"

what_libxl_writes() {
    # What libxl writes for a device that is passed through.
    pci=/local/domain/0/backend/pci/$(domid pv)/0
    xenstore-write "$pci/num_devs" 1 "$pci/dev-0" 0000:00:1f.2
    is_refused "pv, a PCI device" pv has-pci-devices "0000:00:1f.2"
    xenstore-rm "/local/domain/0/backend/pci/$(domid pv)"

    xenstore-write "/libxl/$(domid pv)/device/vtpm/0" ""
    is_refused "pv, a virtual TPM" pv not-suspendable "virtual TPM"
    xenstore-rm "/libxl/$(domid pv)/device/vtpm"
}
! before_release || what_libxl_writes

claim "pv: it was never asked to suspend" \
    equal "$(console pv | grep -c suspending)" 0
run out xen-resumable check --format=json pv
deny "pv: then there is no obstacle" contains out '"first"'
rm /tmp/former
run out xen-resumable exec -- xl save -c pv /tmp/former
claim "pv: and it is checkpointed" equal "$status" 0
claim "pv: its image is sound" xen-resumable verify /tmp/former
claim "pv: it counts on" counts pv
destroy pv

is_refused "Domain-0" Domain-0 is-domain-0 "it is Domain-0"

# --- PVH, which has not run yet

never_ran() {
    config_pvh pvh
    run out plugin xl create -q -p /tmp/pvh.cfg
    is_refused "pvh, paused" pvh paused "must run to be suspended"
    destroy pvh
}
! before_release || never_ran

# --- HVM, whose device model is asked (firmware-hvm saves one that is paused)

truncate -s 1M /tmp/nvme.img
config nvme hvm /nowhere 64
sed -i '/^kernel/d' /tmp/nvme.cfg
cat >>/tmp/nvme.cfg <<'CONFIG'
vga = "none"
vnc = 0
nographic = 1
usb = 0
device_model_args_hvm = [ "-drive",
    "if=none,id=drive,format=raw,file=/tmp/nvme.img",
    "-device", "nvme,serial=lab,drive=drive" ]
CONFIG
run out plugin xl create -q -p /tmp/nvme.cfg
claim "nvme: it starts" equal "$status" 0
tail -n 5 /var/log/xen/qemu-dm-nvme.log
is_refused "nvme" nvme not-suspendable "device model cannot save its devices"
claim "nvme: its device model is there still" \
    xl qemu-monitor-command nvme "info version"

# A device model that answers nobody: unknown, said, and not refused.
mv "/var/run/xen/qmp-libxenstat-$(domid nvme)" /tmp/qmp
run out xen-resumable checkpoint --dry-run --format=json nvme /tmp/mute.save
claim "mute: it would be checkpointed" equal "$status" 0
claim "mute: what is unknown is said" contains out "cannot ask its device model"
claim "mute: in JSON, too" json_keys_are_documented out checkpoint \
    obstacles[].says obstacles[].reason obstacles[].source obstacles[].detail \
    obstacles[].first
destroy nvme
