# SPDX-License-Identifier: LGPL-2.1-or-later
# When xenstored's answers to the plugin fail, whichever they are, the toolstack
# does what it does without the plugin, and one line says what is missing.  That it
# can read nothing is for before a release.
#
# boot: faults
# suites: 4.17
# release: 4.20
# takes: 25

# failing WHAT COMMAND...: under the plugin, whose core gets no answer to that.
failing() {
    failing_what=$1
    shift
    XS_FAIL=$failing_what LD_PRELOAD=$stub:/lab/fail-xs.so "$@"
}

try() { # WHAT WARNINGS: at create, save -c and restore
    config_own deaf linux-like
    as_people_have deaf
    run out failing "$1" xl create -q /tmp/deaf.cfg
    claim "$1 fails: the guest starts" reaches deaf 2
    claim "$1 fails: xl create warns $2 times" equal "$(warnings out)" "$2"
    xenstore-write "/local/domain/$(domid deaf)/image/suspend-cancel" 1
    run out failing "$1" xl save -c deaf /tmp/deaf.save
    claim "$1 fails: xl save -c succeeds" equal "$status" 0
    claim "$1 fails: the guest counts on, as under stock xl" counts deaf
    claim "$1 fails: xl save -c warns $3 times" equal "$(warnings out)" "$3"
    destroy deaf
    run out failing "$1" xl restore /tmp/deaf.save
    claim "$1 fails: xl restore succeeds" equal "$status" 0
    claim "$1 fails: the guest counts" comes_back deaf
    claim "$1 fails: xl restore warns $4 times" equal "$(warnings out)" "$4"
    destroy deaf
    rm -f /tmp/deaf.save
}

# Two processes take part in a checkpoint, the helper in the save and xl in the
# resume: each says once what it lacks.  Where the save had no answer its image
# has no record, and the restore nothing to complain of.
try open 1 2 0
! before_release || try read 0 2 0
try write 1 0 1
