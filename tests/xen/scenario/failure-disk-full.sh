# SPDX-License-Identifier: LGPL-2.1-or-later
# A disk that fills up in the middle of a save does not cost the guest its life,
# half an image is called one, and a held guest can be saved again.
#
# boot: checkpoint
# suites: 4.17
# release: 4.14 4.20
# needs at release: firmware
# takes: 23

mkdir /tmp/small
mount -t tmpfs -o size=8m tmpfs /tmp/small
half=/tmp/small/half.save

fails_and_goes_on() { # KIND COMMAND...
    kind=$1
    shift
    run out xen-resumable exec --watch=0 -- "$@" "$kind" "$half"
    claim "$kind: exec -- $*: exit status is not 0" has_failed
    claim "$kind: exec -- $*: half an image is said to be one" \
        contains out "$half is not a complete image"
    claim "$kind: exec -- $*: the guest counts on" counts "$kind"
    run out xen-resumable verify "$half"
    claim "$kind: exec -- $*: verify knows, too" equal "$status" 1
    rm "$half"
}

config_own linux-like linux-like
as_people_have linux-like
run out plugin create linux-like
claim "linux-like: counts" reaches linux-like 2
fails_and_goes_on linux-like xl save -c
claim "linux-like: it got a 1" equal "$(returned linux-like)" 1
! before_release || fails_and_goes_on linux-like xl save

# What stood there before is not taken for what was not written.
cp /lab/guest/mute "$half"
run out xen-resumable exec -- xl save -c no-such-guest "$half"
claim "no such guest: exit status 2" equal "$status" 2
claim "no such guest: the file is untouched" cmp "$half" /lab/guest/mute
rm "$half"

# Without exec, the hook itself says it.
without_exec() {
    run out plugin xl save -c linux-like "$half"
    claim "without exec: the hook says that it is no image" \
        contains out "not a complete image"
    claim "without exec: the guest counts on" counts linux-like
}
! before_release || without_exec
destroy linux-like
rm -f "$half"

config_own netbsd-like netbsd-like
as_people_have netbsd-like
run out plugin create netbsd-like
claim "netbsd-like: counts" reaches netbsd-like 2
at=$(ticks netbsd-like)
run out xen-resumable exec --on-not-resumable=hold -- \
    xl save -c netbsd-like "$half"
claim "netbsd-like: exit status is not 0" has_failed
claim "netbsd-like: it is held" is_suspended netbsd-like
claim "netbsd-like: nobody is sent to destroy it" \
    contains out "do not destroy it"
run out xen-resumable verify "$half"
claim "netbsd-like: verify finds half an image" equal "$status" 1
rm "$half"

run out xen-resumable exec -- xl save netbsd-like "$half"
claim "held: a second save into too little space fails, too" \
    has_failed
claim "held: it is still held" is_suspended netbsd-like
rm "$half"
run out xen-resumable exec -- xl save netbsd-like /tmp/whole.save
claim "held: with room for it, its image is written after all" equal \
    "$status" 0
claim "held: sound" xen-resumable verify /tmp/whole.save
anew netbsd-like
run out plugin xl restore /tmp/whole.save
claim "held: the guest counts again" counts netbsd-like
claim "held: from where it was" test "$(first_tick netbsd-like)" -ge "$at"
claim "held: it got a 0" equal "$(returned netbsd-like)" 0
destroy netbsd-like

# Its device model goes on, too.
hvm() {
    config_hvm linux-hvm 40 /lab/guest/linux-hvm
    run out plugin create linux-hvm
    claim "linux-hvm: counts" reaches linux-hvm 2
    fails_and_goes_on linux-hvm xl save -c
    fails_and_goes_on linux-hvm xl save
    claim "linux-hvm: its device model answers" \
        xl qemu-monitor-command linux-hvm "info version"
    destroy linux-hvm
}
! before_release || hvm

umount /tmp/small
