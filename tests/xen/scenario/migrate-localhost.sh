# SPDX-License-Identifier: LGPL-2.1-or-later
# A live migration by a TCP socket carries the record and ends as under stock xl, and
# the new domain knows.  Before a release: by a pipe to a receiving side that has no
# plugin, too (migration-chain has such a hop in every run).
#
# boot: matrix
# takes: 30

ifconfig lo 127.0.0.1 up

# What first goes over the wire is kept.  Reads must not wait for whole blocks: the
# two sides talk before they stream.
keep_wire='dd bs=64k count=10 2>/dev/null | tee /tmp/wire; exec dd bs=64k 2>/dev/null'

# In ssh's place: drops the host's name.
by_pipe() {
    cat >/tmp/ssh <<SSH
#!/bin/sh
shift
{ $keep_wire; } | LD_PRELOAD= "\$@" 2>/tmp/receiver.log
SSH
}

# The receiving side's standard input is the socket itself, as inetd has it.
by_socket() {
    cat >/tmp/receive <<RECEIVE
#!/bin/sh
readlink /proc/self/fd/0 >/tmp/stdin
LD_PRELOAD=$stub exec xl migrate-receive 2>/tmp/receiver.log
RECEIVE
    # busybox' nc copies so few bytes at a time that it costs more than the rest:
    # it only connects.
    cat >/tmp/ssh <<SSH
#!/bin/sh
exec 3<&0 4>&1
exec nc 127.0.0.1 4711 -e /tmp/join
SSH
    cat >/tmp/join <<JOIN
#!/bin/sh
{ $keep_wire; } <&3 &
exec dd bs=64k >&4 2>/dev/null
JOIN
    chmod +x /tmp/receive /tmp/join
    nc -l -p 4711 -e /tmp/receive &
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

migrate() { # TEXT HOW KNOWN
    was=$(domid hopper)
    $2
    chmod +x /tmp/ssh
    run out plugin xl migrate -s /tmp/ssh hopper localhost
    cat /tmp/receiver.log
    claim "$1: xl migrate succeeds" equal "$status" 0
    claim "$1: it is another domain now" differs "$(domid hopper)" "$was"
    claim "$1: the guest counts on" comes_back hopper
    claim "$1: the stream carries the record" \
        record_has /tmp/wire image.SUSPEND_CANCEL=0x1
    claim "$1: which says that it is a migration" \
        record_has /tmp/wire saved.intent=migrate
    claim "$1: what the new domain knows" \
        equal "$(image_node hopper suspend-cancel 2>/dev/null)" "$3"
    claim "$1: of the two watchers the new domain's is left" \
        within 20 watchers_are 1
}

config_pvh hopper
run out plugin xl create -q /tmp/hopper.cfg
claim "the guest starts" reaches hopper 2

text="to a host with the plugin"
migrate "$text" by_socket 1
claim "$text: it came by a socket" contains /tmp/stdin socket:
image_node hopper xen-resumable >/tmp/origin
claim "$text: what it knows is from the restore" contains /tmp/origin restore
claim "$text: the plugin has nothing to complain of" \
    equal "$(said /tmp/receiver.log)" 0
watcher_stays "$text"
to_stock_by_pipe() {
    anew hopper
    rm -f /tmp/wire /tmp/receiver.log
    text="to a host without it"
    migrate "$text" by_pipe ""
}
! before_release || to_stock_by_pipe
destroy hopper
claim "$text: its watcher goes with its domain" within 20 watchers_are 0
