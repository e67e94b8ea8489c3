# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# What scenarios of checkpoints with disks are written with, beside lib.sh: a Linux
# guest "web" with an ext4, in which dom0/blocks.c keeps numbered blocks, and, if it is
# to, with a second disk, which dom0/sequence.c has for itself; three images of it, and
# what it saw when it woke.
# shellcheck disable=SC2154

# Xen's own script for disks takes its time on a busy machine, and libxl has not much:
# the same in a tenth of the processes.  Of a file it makes a loop device.
quick_block() {
    cat >/etc/xen/scripts/block <<'SCRIPT'
#!/bin/sh
at=$XENBUS_PATH
export PATH=/bin:/sbin:/usr/bin
case $1 in
add)
    device=$(xenstore-read "$at/params")
    if [ ! -b "$device" ]; then
        file=$device
        device=$(losetup -f)
        losetup "$device" "$file" && xenstore-write "$at/node" "$device"
    fi
    xenstore-write "$at/physical-device" "$(stat -L -c %t:%T "$device")" \
        "$at/physical-device-path" "$device" "$at/hotplug-status" connected ;;
remove)
    device=$(xenstore-read "$at/node") && losetup -d "$device" ;;
esac
exit 0
SCRIPT
}

disks_begin() {
    for module in loop dm-mod dm-bufio dm-snapshot dm-bio-prison \
        crc32c_generic libcrc32c dm-persistent-data dm-thin-pool xen-gntdev; do
        insmod "/lib/modules/$module.ko" 2>/dev/null
    done
    quick_block
    # LVM's programs take their time here, and so does a copy.
    echo "hook_timeout = 3600" >/etc/xen/xen-resumable.conf
}

# --- what "web" is made of

disk_size=16M

make_ext4() { # TARGET: a file or a device
    claim "$1: an ext4" mkfs.ext4 -q -F "$1"
}

# A file with it, raw or qcow2: make_disk FILE FORMAT
make_disk() {
    truncate -s $disk_size "$1"
    make_ext4 "$1"
    [ "$2" = qcow2 ] || return
    qemu-img convert -f raw -O qcow2 "$1" "$1.new"
    mv "$1.new" "$1"
}

# A volume group in a file, on /dev/loop7: make_group FILE SIZE
make_group() {
    truncate -s "$2" "$1"
    losetup /dev/loop7 "$1"
    claim "there is a volume group" vgcreate -qq vg0 /dev/loop7
}
remove_group() { # FILE
    lvremove -qq -y vg0
    losetup -d /dev/loop7
    rm "$1"
}

# config_disks DISK [DISK]: the second is without a file system.
config_disks() {
    config_linux web pvh
    sed -i "s/quiet/& files${2:+ ring}/" /tmp/web.cfg
    echo "disk = [ '$1'${2:+, '$2'} ]" >>/tmp/web.cfg
    has_ring=${2:+1}
}

# --- what it does

number() { console_number web "files: tick"; }
ring_number() { console_number web "disk: tick"; }

# It goes on, its files with it, and nothing is wrong.
writes_on() {
    await_number web "files: tick" +3 60 || return 1
    [ -z "$has_ring" ] || await_number web "disk: tick" +5 60 || return 1
    nothing_is_wrong
}
nothing_is_wrong() {
    ! console web | grep -aE 'disagrees|WRONG|EXT4-fs (error|warning)|I/O error'
}
starts() { # TEXT
    run out plugin create web
    claim "$1: it writes" writes_on
}

# It unmounts its disk, and so leaves a file system that needs no journal.
shuts_down() {
    run out xl shutdown -w web
    console web | tail -n 3
    console web | grep -q 'files: unmounted'
}

# A file system as a host finds it whose guest has been cut off: what is in the journal
# is done, by the rules of a mount, and then nothing at all is to be found.
is_clean() { # RAW [FORMAT]
    qemu-img convert -U -f "${2:-raw}" -O raw "$1" /tmp/fsck.raw || return 1
    e2fsck -p /tmp/fsck.raw || test $? -eq 1 || return 1
    e2fsck -fn /tmp/fsck.raw
}
# One that was unmounted, as it is.
is_clean_as_it_is() { # RAW [FORMAT]
    qemu-img convert -U -f "${2:-raw}" -O raw "$1" /tmp/fsck.raw &&
        e2fsck -fn /tmp/fsck.raw
}

# --- its images

# What an image's record says of a disk: said_of IMAGE DISK KEY
said_of() {
    xen-resumable show --format=json "$1" |
        sed -n "/\"vdev\": \"$2\"/,/}/s/.*\"$3\": \"\(.*\)\".*/\1/p" | head -n 1
}
copy_of() { said_of "$1" "${2:-xvda}" copy; } # IMAGE [DISK]

# Where a copy can be read: a thin one is to be activated first.
readable() { # COPY
    case $1 in
    /*) echo "$1" ;;
    *)  lvchange -qq -ay -K "$1"
        echo "/dev/$1" ;;
    esac
}

# taken N IMAGE: what has just been taken as the Nth, between two numbers that it had.
before_it() {
    before_files=$(number)
    before_ring=$(ring_number)
}
after_it() { # N
    claim "checkpoint $1: it writes on, over the same disk" writes_on
    echo "$(date +%s) $before_files $(number) $before_ring $(ring_number)" \
        >"/tmp/taken.$1"
}

# go_back N COMMAND...: to the Nth; then "woke" is what it saw first.
go_back() {
    read -r taken_at files_from files_to ring_from ring_to <"/tmp/taken.$1"
    shift
    anew web
    # It takes a machine that is busy for a sleep, too, and what it said of that may
    # be in its console's ring still: it has been away for longer now.
    least=$(($(date +%s) - taken_at - 1))
    run out "$@"
}
woke() { # WORD FROM TO
    console web | awk -v least="$least" -v word="$1:" -v from="$2" -v to="$3" '
        $1 == word && $2 == "woke" && $4 >= least && $8 + 0 >= from &&
        $8 + 0 <= to {
            sub(/^[a-z]*: woke after [0-9]* s: /, "")
            print
            found = 1
            exit
        }
        END { exit !found }'
}
# Not a block of the files, and not one of the ring, differs from what it had in memory
# then, and it goes on from there.
agrees() {
    within 30 woke files "$files_from" "$files_to" >/dev/null
    woke files "$files_from" "$files_to" >/tmp/woke || {
        echo "away for $least s, numbers $files_from to $files_to"
        console web | head -n 12
        return 1
    }
    if [ -n "$has_ring" ]; then
        within 30 woke disk "$ring_from" "$ring_to" >/dev/null
        woke disk "$ring_from" "$ring_to" >>/tmp/woke || return 1
    fi
    cat /tmp/woke
    ! grep -v ', 0 of 16 differ$' /tmp/woke
}
