# SPDX-License-Identifier: LGPL-2.1-or-later
# An image that verify cannot judge is kept, and no domain is given up for it.
#
# boot: faults
# takes: 20

image=/tmp/u/image
mkdir -p /tmp/u

# At that step the image cannot be judged: 95 is ENOTSUP.
unjudged() { # STEP OPTION...
    step=$1
    shift
    run out env "XR_FAULT=$step" XR_FAULT_CODE=95 \
        xen-resumable checkpoint --watch=0 "$@"
    claim "there is a step $step" contains out "on purpose: $step"
}

config_own linux-like linux-like
run out plugin create linux-like
claim "linux-like: it counts" reaches linux-like 2
unjudged "the seal" --layout=stream --seal linux-like "$image"
claim "linux-like: the checkpoint is done" equal "$status" 0
claim "linux-like: it is said that the image is kept" contains out \
    "$image is kept all the same, without a seal"
claim "linux-like: the image is there, and sound" \
    xen-resumable verify "$image"
claim "linux-like: the guest counts" counts linux-like 1
destroy linux-like

config_own netbsd-like netbsd-like
run out plugin create netbsd-like
claim "netbsd-like: it counts" reaches netbsd-like 2
rm "$image"
unjudged "the verification" --on-not-resumable=restore netbsd-like "$image"
claim "netbsd-like: the checkpoint is not done" equal "$status" 1
claim "netbsd-like: it is said why" contains out \
    "the domain is not destroyed, because its image cannot be judged"
claim "netbsd-like: it stands still with all its memory" \
    is_suspended netbsd-like
claim "netbsd-like: the image is there, and sound" \
    xen-resumable verify "$image"
goes_on() {
    before=$(ticks netbsd-like)
    xl destroy netbsd-like
    run out plugin xl restore "$image"
    claim "netbsd-like: it goes on from its image" equal "$status" 0
    claim "netbsd-like: and counts" comes_back netbsd-like
    claim "netbsd-like: from where it stood" test "$(ticks netbsd-like)" -gt "$before"
}
! before_release || goes_on
destroy netbsd-like
