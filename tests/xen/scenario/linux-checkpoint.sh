# SPDX-License-Identifier: LGPL-2.1-or-later
# A Linux guest is checkpointed under the plugin and goes on; stock xl restores the
# image.  Before a release the plugin does, too, and the knowledge survives without the
# kernel file (migration-chain and plain-save show both with a guest of ours).
#
# boot: matrix
# suites: 4.17
# release: 4.14 4.20
# takes: 25

restored_by_the_plugin() { # NAME TYPE
    rm /tmp/kernel
    run out plugin xl restore /tmp/first.save
    claim "$2: the plugin restores it" equal "$status" 0
    claim "$2: image/suspend-cancel is 1 in the new domain" \
        equal "$(image_node "$1" suspend-cancel)" 1
    claim "$2: and it says that it came by a restore" \
        equal "$(image_node "$1" xen-resumable)" "restore 1.0"
    claim "$2: the restored guest counts" counts "$1"
    claim "$2: and was not started" equal "$(starts_of "$1")" 0

    run out xen-resumable exec -- xl save -c "$1" /tmp/second.save
    claim "$2: the second save -c, without the kernel file, succeeds" \
        equal "$status" 0
    claim "$2: the guest's counter goes on again" counts "$1"
    claim "$2: the second image still knows" \
        record_has /tmp/second.save image.SUSPEND_CANCEL=0x1
    claim "$2: and that it is a checkpoint" \
        record_has /tmp/second.save saved.intent=checkpoint
    destroy "$1"
}

checkpoint_linux() { # NAME TYPE
    cp /boot/vmlinux /tmp/kernel
    config_linux "$1" "$2" "" /tmp/kernel
    run out plugin xl create -q "/tmp/$1.cfg"
    claim "$2: the guest starts under the plugin" reaches "$1" 2
    claim "$2: image/suspend-cancel is 1 in xenstore" \
        equal "$(image_node "$1" suspend-cancel)" 1
    run out xen-resumable check "$1"
    claim "$2: check says yes, exit status 0" equal "$status" 0

    saved_at=$(ticks "$1")
    run out plugin xl save -c "$1" /tmp/first.save
    claim "$2: xl save -c succeeds" equal "$status" 0
    claim "$2: the guest's counter goes on" counts "$1"
    at=$(ticks "$1")
    claim "$2: the image carries the record" \
        record_has /tmp/first.save image.SUSPEND_CANCEL=0x1
    claim "$2: and is sound for verify" \
        xen-resumable verify /tmp/first.save
    destroy "$1"

    run out stock xl restore /tmp/first.save
    claim "$2: stock xl restores that image" equal "$status" 0
    claim "$2: the counter continues" counts "$1"
    claim "$2: from where it was saved, not from the start" \
        test "$(first_tick "$1")" -ge "$saved_at"
    remark "$2: saved before tick $at, after the stock restore at $(ticks "$1")"
    destroy "$1"

    ! before_release || restored_by_the_plugin "$@"
    rm -f /tmp/first.save /tmp/second.save
}

checkpoint_linux web pv
# As PVH it is in linux-live.
! before_release || checkpoint_linux mail pvh
