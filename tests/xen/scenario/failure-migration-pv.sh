# SPDX-License-Identifier: LGPL-2.1-or-later
# A migration of a PV guest that fails at the last moment, or earlier (before a
# release), does not cost it its life.  On the release whose hypervisor logs what a
# PV guest writes.
#
# suites: 4.14
# boot: matrix
# takes: 25

# In ssh's place; the receiving side is the last line.
receiver() { # COMMAND
    printf '#!/bin/sh\nshift\n%s\n' "$1" >/tmp/ssh
    chmod +x /tmp/ssh
}
greeting='xl migration receiver ready, send binary domain data.'

kill_receiver_when_suspended() { # NAME
    for _ in $(seq 300); do
        if is_suspended "$1" >/dev/null; then
            kill "$(cat /tmp/receiver.pid)"
            return
        fi
        sleep 0.2
    done
    claim "killed at the end: the guest is suspended" false
}

migrate() { # KIND
    run out xen-resumable exec -- xl migrate -s /tmp/ssh "$1" localhost
    wait
}

fails_earlier() { # KIND
    receiver 'exit 1'
    migrate $1
    claim "$1: refused: exit status is not 0" has_failed
    claim "$1: refused: it counts on" counts $1
    claim "$1: refused: it was never suspended" equal "$(returned $1)" ""

    receiver 'head -c 4000000 | LD_PRELOAD= "$@"'
    migrate $1
    claim "$1: killed in the middle: exit status is not 0" \
        has_failed
    claim "$1: killed in the middle: it counts on" counts $1
}

for kind in linux-like netbsd-like; do
    config_own $kind $kind
    # A resume by a 0 resets all vCPUs but the first: a guest would have to have taken
    # them off before, which ours do not.
    [ $kind = netbsd-like ] || as_people_have $kind
    run out plugin create $kind
    claim "$kind: it counts" reaches $kind 2
    was=$(domid $kind)

    ! before_release || fails_earlier $kind

    receiver "printf '$greeting\\n'
echo \$\$ >/tmp/receiver.pid
exec cat 3>&1 >/dev/null"
    kill_receiver_when_suspended $kind &
    migrate $kind
    claim "$kind: killed at the end: exit status is not 0" \
        has_failed
    claim "$kind: it is the same domain" equal "$(domid $kind)" "$was"
    claim "$kind: killed at the end: it counts on" counts $kind
    # Up to 4.14 libxl resumes by a 0, which linux-like would not survive and
    # netbsd-like does: it is left its 0.
    case $kind in
    linux-like)  claim "$kind: by a 1" equal "$(returned $kind)" 1 ;;
    netbsd-like) claim "$kind: by a 0" equal "$(returned $kind)" 0 ;;
    esac
    destroy $kind
done
