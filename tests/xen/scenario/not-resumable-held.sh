# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest that dies of a 1: stock xl save -c kills it and exits 0; under the
# plugin it is held with its complete image, and a restore brings it back.  The second
# kind of such guests is for before a release.
#
# boot: own
# takes: 21

kills_under_stock() { # KIND
    config_own "$1" "$1"
    stock create "$1"
    claim "$1: it counts" reaches "$1" 2
    run out stock xl save -c "$1" /tmp/stock.save
    claim "$1: stock xl save -c exits 0" equal "$status" 0
    claim "$1: and the guest is dead" crashes "$1"
    claim "$1: of a 1" equal "$(returned "$1")" 1
    destroy "$1"
    rm -f /tmp/stock.save
}

is_held_under_plugin() { # KIND
    run out plugin xl create -q "/tmp/$1.cfg"
    claim "$1: it counts, started under the plugin" reaches "$1" 2
    run out plugin xl save -c "$1" /tmp/held.save
    claim "$1: under the plugin the guest is held, suspended" is_suspended "$1"
    claim "$1: the plugin says one line" equal "$(said out)" 1
    claim "$1: which says what to do" contains out \
        "xen-resumable verify IMAGE && xl destroy $(domid "$1") && xl restore"
    claim "$1: its image is complete and sound: verify says so" \
        xen-resumable verify /tmp/held.save
    claim "$1: and carries the verdict" \
        record_has /tmp/held.save suspend.resumable=no
    before=$(ticks "$1")
    destroy "$1"
    run out plugin xl restore /tmp/held.save
    claim "$1: the image is restored" equal "$status" 0
    claim "$1: the guest counts again" counts "$1"
    claim "$1: from where it was" test "$(first_tick "$1")" -ge "$before"
    claim "$1: it got a 0" equal "$(returned "$1")" 0
    destroy "$1"
    rm -f /tmp/held.save
}

kinds=netbsd-like
! before_release || kinds="netbsd-like illumos-like"
for kind in $kinds; do
    kills_under_stock "$kind"
    is_held_under_plugin "$kind"
done
