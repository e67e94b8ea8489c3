# SPDX-License-Identifier: LGPL-2.1-or-later
# exec refuses to checkpoint a guest that a resume would kill: exit status 1,
# the guest never stops counting, an earlier image at the target is untouched.  What
# another policy makes of it is for before a release.
#
# boot: own
# takes: 11

held_or_paused() { # KIND
    run out xen-resumable exec -- xl save -p "$1" /tmp/target.save
    claim "$1: exec -- xl save -p exits 1, too" equal "$status" 1

    rm /tmp/target.save
    run out xen-resumable exec --on-not-resumable=hold -- \
        xl save -c "$1" /tmp/target.save
    claim "$1: with hold the exit status is true: 1" equal "$status" 1
    claim "$1: the guest is held" is_suspended "$1"
    destroy "$1"
    run out xen-resumable exec -- xl restore /tmp/target.save
    claim "$1: it goes on after a restore" comes_back "$1"
    claim "$1: and the restored domain is known, too" \
        equal "$(xen-resumable check "$1" >/dev/null; echo $?)" 1
}
kinds=netbsd-like
! before_release || kinds="netbsd-like illumos-like"
for kind in $kinds; do
    config_own "$kind" "$kind"
    run out xen-resumable exec -- xl create -q "/tmp/$kind.cfg"
    claim "$kind: it counts" reaches "$kind" 2
    run out xen-resumable check "$kind"
    claim "$kind: check says no, exit status 1" equal "$status" 1
    echo "an earlier image" >/tmp/target.save
    before=$(digest /tmp/target.save)
    run out xen-resumable exec -- xl save -c "$kind" /tmp/target.save
    claim "$kind: exec -- xl save -c exits 1" equal "$status" 1
    claim "$kind: it says why in one line" equal "$(wc -l <out)" 1
    claim "$kind: the earlier image is untouched" \
        equal "$(digest /tmp/target.save)" "$before"
    claim "$kind: the guest counts on" counts "$kind"
    claim "$kind: it was never even asked to suspend" \
        equal "$(console "$kind" | grep -c suspending)" 0
    run out xen-resumable exec -- xl save -c "$kind" /tmp/no-such.save
    deny "$kind: no file is made where none was" test -e /tmp/no-such.save
    ! before_release || held_or_paused "$kind"
    destroy "$kind"
done

before_release || return 0

config_own forced netbsd-like
run out xen-resumable exec -- xl create -q /tmp/forced.cfg
claim "forced: it counts" reaches forced 2
run out xen-resumable exec --on-not-resumable=force -- \
    xl save -c forced /tmp/target.save
claim "forced: with force the guest dies, and exec says so: exit status 1" \
    equal "$status" 1
claim "forced: by its name" contains out crashed
