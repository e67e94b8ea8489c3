# SPDX-License-Identifier: LGPL-2.1-or-later
# A migration whose receiver is killed in the middle or at the last moment, or
# refuses (before a release), does not cost the guest its life.
#
# boot: matrix
# suites: 4.17
# release: 4.14 4.20
# takes: 25

# In ssh's place; the receiving side is the last line.
receiver() { # FILE COMMAND
    printf '#!/bin/sh\nshift\n%s\n' "$2" >"$1"
    chmod +x "$1"
}
greeting='xl migration receiver ready, send binary domain data.'

# The receiver keeps its end of the answers open: only the sender waits now, for an answer that never comes.
kill_receiver_when_suspended() { # NAME
    claim "killed at the end: the guest is to suspend" \
        within 60 grep -q suspending "$consoles/guest-$1.log"
    claim "killed at the end: it is suspended" within 60 is_suspended "$1"
    sleep 1
    claim "killed at the end: the sender waits, suspended" is_suspended "$1"
    kill "$(cat /tmp/receiver.pid)"
}

migration_fails() { # TEXT
    claim "$1: exit status is not 0" has_failed
    claim "$1: the guest counts on" counts hopper
    claim "$1: it is the same domain" equal "$(domid hopper)" "$was"
}

config_pvh hopper
as_people_have hopper
run out plugin create hopper
claim "the guest counts" reaches hopper 2
was=$(domid hopper)

is_refused() {
    receiver /tmp/ssh 'exit 1'
    run out xen-resumable exec -- xl migrate -s /tmp/ssh hopper localhost
    migration_fails "refused"
}
! before_release || is_refused

receiver /tmp/ssh 'head -c 8000000 | LD_PRELOAD= "$@"'
run out xen-resumable exec -- xl migrate -s /tmp/ssh hopper localhost
migration_fails "cut off in the middle"

receiver /tmp/ssh "printf '$greeting\\n'
echo \$\$ >/tmp/receiver.pid
exec cat 3>&1 >/dev/null"
anew hopper
kill_receiver_when_suspended hopper &
run out xen-resumable exec -- xl migrate -s /tmp/ssh hopper localhost
wait
migration_fails "killed at the end"
claim "the plugin has nothing to complain of" equal "$(warnings out)" 0
destroy hopper
