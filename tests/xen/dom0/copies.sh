# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# What scenarios are written with in which a copy runs beside the original, beside lib.sh,
# flat.sh and disks.sh: "web" has an image, $image, between the numbers $before_files and
# $after_files, and a network card by $vif.
# shellcheck disable=SC2154

mkdir -m 700 /tmp/empty
notes=/var/lib/xen-resumable/.copies

net_begin
brctl addbr xenbr0
vif="vif = [ 'bridge=xenbr0,mac=00:16:3e:00:00:01,script=/tmp/vif-bridge' ]"
mac_of() { xenstore-read "/local/domain/0/backend/vif/$(domid "$1")/0/mac"; }
uuid_of() { xl vm-list | awk -v name="$1" '$3 == name { print $1 }'; }

# --- what it does

copy_writes_on() {
    await_number copy "files: tick" +2 60 || return 1
    ! console copy | grep -aE 'disagrees|WRONG|EXT4-fs (error|warning)|I/O error'
}
# It goes on with the blocks that it had in memory when the image was written.
copy_woke() {
    console copy | awk -v from="$before_files" -v to="$after_files" '
        $1 == "files:" && $2 == "woke" && $8 + 0 >= from && $8 + 0 <= to {
            print
            found = 1
            exit
        }
        END { exit !found }' >/tmp/copy-woke
}
copy_agrees() {
    within 30 copy_woke && grep ', 0 of 16 differ$' /tmp/copy-woke && return
    echo "numbers $before_files to $after_files"
    console copy | head -n 12
    return 1
}

# What there is of disks that were made for copies, and of notes of them.
made() {
    find $xfs -name '*.xc-*'
    lvs --noheadings -o lv_name 2>/dev/null | grep _xc_
    find $notes -name '*.clones' -o -name '*.saved'
}
nothing_is_made() { [ -z "$(made)" ] || { made; return 1; }; }
prunes() { xen-resumable prune --dir=/tmp/empty --keep-last=1; }

# Whoever writes to a file changes that: an emulated CPU takes long for a digest.
last_change() { /usr/bin/stat -c '%i %s %y %z' "$1"; }

# beside TEXT: the image is there; afterwards "copy" is.
beside() {
    was=$(digest "$(readable "$(copy_of $image)")")
    was_image=$(last_change $image)
    anew copy
    run out xen-resumable restore --name=copy --disks=copies --format=json $image
    claim "$1: exit status 0" equal "$status" 0
    claim "$1: its keys are documented" json_keys_are_documented out restore \
        made made[].vdev made[].target made[].copy
    claim "$1: its memory and its disk agree" copy_agrees
    claim "$1: it writes on" copy_writes_on
    claim "$1: so does the original" writes_on
    claim "$1: it writes on beside it" copy_writes_on
    claim "$1: it has a uuid of its own" differs "$(uuid_of copy)" "$(uuid_of web)"
    claim "$1: the image is as it was" equal "$(last_change $image)" "$was_image"
    claim "$1: and the copy of its disk" \
        equal "$(digest "$(readable "$(copy_of $image)")")" "$was"
    uuid=$(uuid_of copy)
}
goes() { # TEXT
    xl destroy copy
    run out prunes
    claim "$1: prune: exit status 0" equal "$status" 0
    claim "$1: nothing is left of it" nothing_is_made
    claim "$1: the copy of the disk is there" xen-resumable restore --dry-run \
        --name=copy --disks=copies $image
    claim "$1: the original writes on" writes_on
}

# When the guest reboots, there is no domain for some seconds.
toolstack_has_note() {
    for pid in $(pidof xl); do
        for fd in "/proc/$pid/fd/"*; do
            case $(readlink "$fd") in *"$uuid.clones") return ;; esac
        done
    done
    return 1
}
doctor_is_silent() {
    run out xen-resumable doctor
    deny "while it is there: doctor has nothing to say" contains out "$uuid"
}
doctor_names_it() { xen-resumable doctor | grep "drop-copies=$uuid"; }

# What every kind of disk has in common.
runs_beside() {
    run out xen-resumable restore --dry-run --format=json --name=copy --disks=copies \
        $image
    claim "dry run: exit status 0" equal "$status" 0
    claim "dry run: its keys are documented" json_keys_are_documented out restore \
        dry_run made[].target changes[].to
    claim "dry run: nothing is made" nothing_is_made
    run out xen-resumable restore --disks=copies $image
    claim "under its own name: exit status 1" equal "$status" 1
    claim "under its own name: nothing is made" nothing_is_made

    beside "a copy"
    claim "a copy: it has a MAC address of its own" differs "$(mac_of copy)" \
        "$(mac_of web)"
    claim "a copy: the original has the one that it had" \
        equal "$(mac_of web)" 00:16:3e:00:00:01
    claim "while it is there: its toolstack has the note open" toolstack_has_note
    run out prunes
    claim "while it is there: prune removes nothing" test -n "$(made)"
    run out xen-resumable prune --format=json --drop-copies="$uuid"
    claim "while it is there: nor if it is told to" test -n "$(made)"
    claim "while it is there: the reason" contains out '"disk-in-use"'
    claim "while it is there: it writes on" copy_writes_on
    ! before_release || doctor_is_silent
    xl destroy copy
    echo "# $uuid" >/etc/xen/copy.cfg
    run out prunes
    claim "a definition speaks of it: nothing is removed" test -n "$(made)"
    rm /etc/xen/copy.cfg
    claim "destroyed: doctor names the disk" within 20 doctor_names_it
    run out xen-resumable prune --dir=/tmp/empty --keep-last=1 --dry-run --format=json
    claim "dry run: it would go" contains out '"disks_dropped": 1'
    claim "dry run: it is there" test -n "$(made)"
    goes "destroyed"
}
