# SPDX-License-Identifier: LGPL-2.1-or-later
# An installation whose core is gone does what stock does and says so once in
# every process that wanted it: a broken plugin must not break a save.
#
# boot: faults
# suites: 4.17
# release: 4.20
# takes: 30

config_own lonely linux-like
as_people_have lonely
run out plugin xl create -q /tmp/lonely.cfg
claim "the guest starts under the whole plugin" reaches lonely 2
mv "$core" "$core.gone"
# Whatever becomes of this, others of this boot want it.
trap 'mv -f "$core.gone" "$core"' EXIT

run out plugin xl save -c lonely /tmp/lonely.save
claim "xl save -c succeeds" equal "$status" 0
claim "the guest counts on, as under stock xl" counts lonely
deny "the image has no record" \
    record_has /tmp/lonely.save domain.name=lonely
claim "each process that wanted the core warned once" \
    test "$(warnings out)" -le 2
claim "and at least one did" contains out "xen-resumable: warning: no core"

# Who asks for more than stock does is refused before the guest is asked.
suspends() { grep -c suspending "$consoles/guest-lonely.log"; }
asked() { # TEXT STATUS COMMAND...
    text=$1
    should=$2
    shift 2
    suspends=$(suspends)
    run out xen-resumable "$@" lonely /tmp/asked.save
    claim "$text: exit status $should" equal "$status" "$should"
    claim "$text: what is missing is said" contains out \
        "no core for Xen $(cat /lab/suite)"
    claim "$text: the guest counts on" counts lonely
    claim "$text: it was not asked to suspend" equal "$(suspends)" "$suspends"
    claim "$text: the former file is as it was" \
        equal "$(cat /tmp/asked.save)" former
}
echo former >/tmp/asked.save
asked "exec -- xl save -c" 1 exec --force -- xl save -c
asked "checkpoint" 2 checkpoint --force
asked "checkpoint --dry-run" 2 checkpoint --dry-run --force

# A core that cannot be loaded is noticed afterwards, and the guest goes on.
echo "no library" >"$core"
rm /tmp/asked.save
run out xen-resumable checkpoint --watch=0 lonely /tmp/asked.save
claim "a broken core, checkpoint: it fails" has_failed
claim "a broken core, checkpoint: why" contains out "was not loaded during the save"
claim "a broken core, checkpoint: the guest counts on" counts lonely
claim "a broken core, checkpoint: by a 1" equal "$(returned lonely)" 1
deny "a broken core, checkpoint: there is no image" test -e /tmp/asked.save
run out xen-resumable exec --watch=0 -- xl save -c lonely /tmp/asked.save
claim "a broken core, exec -- xl save -c: it fails" has_failed
claim "a broken core, exec -- xl save -c: why" contains out "was not loaded into"
claim "a broken core, exec -- xl save -c: the guest counts on" counts lonely
claim "a broken core, exec -- xl save -c: what xl wrote is there" \
    xen-resumable verify /tmp/asked.save
xl destroy lonely
rm "$core"

run out plugin xl restore /tmp/lonely.save
claim "xl restore succeeds" equal "$status" 0
claim "exactly one warning" equal "$(warnings out)" 1
claim "the guest counts" comes_back lonely

run out xen-resumable doctor
claim "doctor sees it" has_failed
