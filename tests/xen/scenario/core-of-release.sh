# SPDX-License-Identifier: LGPL-2.1-or-later
# One installation serves several Xen releases: with the cores of all of them
# beside each other, a toolstack loads its own, and no other.
#
# boot: matrix
# needs: cores
# suites: all
# takes: 12

folder=${stub%/*}
suite=$(cat /lab/suite)
releases=$(cd "$folder" && echo [0-9]*/ | sed "s#/ #, #g; s#/##")

cores_in() { # FILE
    sed -n "s#.*\($folder/[^ ]*/xen-resumable-core.so\).*#\1#p" "$1" | sort -u
}

claim "several cores are installed" \
    test "$(find "$folder" -name xen-resumable-core.so | wc -l)" -ge 3
config_own guest linux-like
run out plugin xl create -q /tmp/guest.cfg
claim "the guest starts under the plugin" reaches guest 2
# The xl that watches the domain has built it, and lives on.
cat /proc/"$(pidof xl | tr ' ' '\n' | head -n 1)"/maps >maps
claim "xl has loaded the core for $suite, and no other" \
    equal "$(cores_in maps)" "$core"
claim "by which the guest's notes are known" \
    equal "$(image_node guest suspend-cancel)" 1
traced=''
! before_release || traced="strace -f -e trace=open,openat -o trace"
# shellcheck disable=SC2086
run out plugin $traced xl save -c guest guest.save
claim "xl save -c succeeds" equal "$status" 0
[ -z "$traced" ] || claim "so have xl and libxl-save-helper now" \
    equal "$(cores_in trace)" "$core"
claim "by which the image has its record" \
    record_has guest.save image.SUSPEND_CANCEL=0x1
claim "the guest counts on" counts guest
run out xen-resumable doctor
claim "doctor is content" equal "$status" 0
claim "doctor names the core that xl loads" \
    contains out "$core, for xl of Xen $suite"
claim "and knows the others" contains out "for Xen $releases"
