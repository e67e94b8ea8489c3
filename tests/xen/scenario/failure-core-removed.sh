# SPDX-License-Identifier: LGPL-2.1-or-later
# An installation whose core is gone does what stock does and says so once in
# every process that wanted it: a broken plugin must not break a save.
#
# boot: failures

config_own lonely linux-like
run out plugin xl create -q /tmp/lonely.cfg
claim "the guest starts under the whole plugin" reaches lonely 2
mv "$core" "$core.gone"

run out plugin xl save -c lonely /tmp/lonely.save
claim "xl save -c succeeds" equal "$status" 0
claim "the guest counts on, as under stock xl" counts lonely
deny "the image has no record" \
    record_has /tmp/lonely.save domain.name=lonely
claim "each process that wanted the core warned once" \
    test "$(warnings out)" -le 2
claim "and at least one did" contains out "xen-resumable: warning: no core"
xl destroy lonely

run out plugin xl restore /tmp/lonely.save
claim "xl restore succeeds" equal "$status" 0
claim "exactly one warning" equal "$(warnings out)" 1
claim "the guest counts" counts lonely

run out xen-resumable doctor
deny "doctor sees it" equal "$status" 0
mv "$core.gone" "$core"
