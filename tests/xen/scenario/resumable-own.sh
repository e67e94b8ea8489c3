# SPDX-License-Identifier: LGPL-2.1-or-later
# Guests that can take a 1 are not held: linux-like by its note, freebsd-like by
# the quirk, one of which nothing is known as the toolstack asks.  Before a release
# also one that never suspends.
#
# boot: own
# takes: 22

goes_on() { # KIND COMMAND... (what starts it)
    goes_on_kind=$1
    shift
    config "$goes_on_kind" pv "${kernel:-/lab/guest/$goes_on_kind}" 24
    run out "$@" xl create -q "/tmp/$goes_on_kind.cfg"
    rm -f /tmp/kernel
    claim "$goes_on_kind: it counts" reaches "$goes_on_kind" 2
    run out xen-resumable exec --watch=0 -- xl save -c "$goes_on_kind" /tmp/image.save
    claim "$goes_on_kind: exec -- xl save -c exits 0" equal "$status" 0
    claim "$goes_on_kind: it goes on" counts "$goes_on_kind"
    claim "$goes_on_kind: with a 1" equal "$(returned "$goes_on_kind")" 1
}

says() { # KIND STATUS SOURCE
    run out xen-resumable check "$1"
    claim "$1: check exits with $2" equal "$status" "$2"
    claim "$1: by $3" contains out "$3"
    destroy "$1"
}

goes_on linux-like plugin
says linux-like 0 image
goes_on freebsd-like plugin
claim "freebsd-like: its note is 0 all the same" \
    equal "$(image_node freebsd-like suspend-cancel)" 0
says freebsd-like 0 quirk
# By its file: that is in started-before.
cp /lab/guest/linux-like /tmp/kernel
kernel=/tmp/kernel goes_on linux-like stock
says linux-like 3 none

# It takes a minute until libxl gives up: in every run that is in checkpoint-own.
before_release || return 0

config_own mute mute
run out plugin xl create -q /tmp/mute.cfg
claim "mute: it counts" reaches mute 2
run out xen-resumable exec -- xl save -c mute /tmp/image.save
claim "mute: a guest that never suspends is no success" has_failed
claim "mute: it counts on" counts mute
