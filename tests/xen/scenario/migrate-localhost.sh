# SPDX-License-Identifier: LGPL-2.1-or-later
# A live migration carries the record and ends as under stock xl, whether or
# not the receiving side has the plugin; the new domain knows if it has.
#
# boot: pvh
# takes: 300

# In ssh's place: drops the host's name, keeps what first goes over the wire.
# Reads must not wait for whole blocks: the two sides talk before they stream.
fake_ssh() { # FILE PRELOAD: with what the receiving side runs
    cat >"$1" <<SSH
#!/bin/sh
shift
{
    dd bs=64k count=200 2>/dev/null | tee /tmp/wire
    exec cat
} | LD_PRELOAD=$2 "\$@"
SSH
    chmod +x "$1"
}

watchers_are() { equal "$(pidof xl | wc -w)" "$1"; }

# xl's watcher of the domain that arrived, and nobody else.
watcher_stays() { # TEXT
    watcher=$(pidof xl)
    run out plugin xl save -c hopper /tmp/hopper.save
    claim "$1: a checkpoint of it" counts hopper
    claim "$1: its watcher stays" equal "$(pidof xl)" "$watcher"
    rm -f /tmp/hopper.save
}

migrate() { # TEXT PRELOAD KNOWN
    config_linux hopper pvh
    run out plugin xl create -q /tmp/hopper.cfg
    claim "$1: the guest starts" reaches hopper 2
    was=$(domid hopper)
    fake_ssh /tmp/ssh "$2"
    run out plugin xl migrate -s /tmp/ssh hopper localhost
    claim "$1: xl migrate succeeds" equal "$status" 0
    deny "$1: it is another domain now" equal "$(domid hopper)" "$was"
    claim "$1: the guest counts on" counts hopper
    claim "$1: the stream carries the record" \
        record_has /tmp/wire image.SUSPEND_CANCEL=0x1
    claim "$1: which says that it is a migration" \
        record_has /tmp/wire saved.intent=migrate
    claim "$1: what the new domain knows" \
        equal "$(image_node hopper suspend-cancel 2>/dev/null)" "$3"
    claim "$1: of the two watchers the new domain's is left" \
        within 20 watchers_are 1
    [ -z "$2" ] || watcher_stays "$1"
    destroy hopper
    claim "$1: which goes with its domain" within 20 watchers_are 0
    rm -f /tmp/wire
}

migrate "to a host with the plugin" "$stub" 1
migrate "to a host without it" "" ""
