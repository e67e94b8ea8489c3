# SPDX-License-Identifier: LGPL-2.1-or-later
# On every Xen release another half of the guests dies of stock xl save -c.
# Under the plugin none does, and none is held that stock keeps alive: guests as people
# have them, with four vCPUs, one of them off, and with less memory than they may have;
# before a release Linux, too, with two disks and a network card.  (firmware-hvm and
# firmware have what Xen does not load itself.)
#
# boot: matrix
# suites: 4.14 4.20
# release: 4.17
# needs at release: disks
# takes: 30

. /lab/matrix.sh

# A guest that obeys nothing lets xl wait for a minute: three at a time, while
# the others are tried.
start_mutes() {
    for how in stock plugin exec; do
        config_own "mute-$how" mute
        plugin create "mute-$how"
        claim "mute-$how: it starts" reaches "mute-$how" 2
    done
    verdict=$(verdict mute-plugin)
    mute_verdict=$verdict
    stock xl save -c mute-stock /tmp/mute.1 >/dev/null 2>&1 &
    mute_stock=$!
    plugin xl save -c mute-plugin /tmp/mute.2 >/dev/null 2>&1 &
    mute_plugin=$!
    xen-resumable exec -- xl save -c mute-exec /tmp/mute.3 >/dev/null 2>&1 &
    mute_exec=$!
}

await_mutes() {
    wait "$mute_stock" "$mute_plugin" "$mute_exec"
    verdict=$mute_verdict
    stock=$(became mute-stock)
    plugin=$(became mute-plugin)
    exec=$(became mute-exec)
}

# Whom stock xl kills.  Up to 4.14 it resumes with a 0 by mistake, which Linux
# cannot take in a domain that it has been in before.
doomed() {
    case $(cat /lab/suite) in
    4.14) echo " linux-like linux-pvh$(at_release " linux-6.1-pv linux-6.1-pvh")" ;;
    *)    echo " netbsd-like$(at_release " illumos-like")" ;;
    esac
}

# A resume by a 0, which these live with, resets all vCPUs but the first: a guest would
# have to have taken them off before, which ours do not.
is_reset() { # KIND
    [ "$(cat /lab/suite)" = 4.14 ] && is_one_of "$1" netbsd-like illumos-like >/dev/null
}

at_release() { ! before_release || printf '%s' "$1"; }

# In every run what each Xen does differently; before a release every guest.
! before_release || start_mutes
# shellcheck disable=SC2046
for kind in linux-like linux-pvh $(at_release freebsd-like) netbsd-like \
    $(at_release illumos-like); do
    case $kind in
    linux-pvh) config_pvh "$kind" ;;
    *)         config_own "$kind" "$kind" ;;
    esac
    what=
    is_reset "$kind" || {
        as_people_have "$kind"
        what="4 vCPUs, ballooned"
    }
    fill "$kind"
    judge "$kind" "$what"
    case $kind in
    freebsd-like)
        claim "$kind: it lives, though its note says 0" \
            is_one_of "$plugin" alive
        claim "$kind: by the quirk" equal "$verdict" "yes, quirk" ;;
    esac
done

# In every run linux-like stands for Linux: it dies of what makes Linux panic.
linux_rows() {
    . /lab/matrix-linux.sh
    looks_whole() { linux_works "$1" "checkpointed, "; }
    linux_begin
    for type in pv pvh; do
        linux_row $type
    done
    looks_whole() { :; }
}
! before_release || linux_rows # by config_linux
if before_release; then
    await_mutes
    judge mute
fi
claim "stock xl kills:$(doomed)" equal "$killed" "$(doomed)"
print_matrix
