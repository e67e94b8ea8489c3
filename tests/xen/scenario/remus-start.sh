# SPDX-License-Identifier: LGPL-2.1-or-later
# Remus is not started for a guest that its first checkpoint would kill, and the
# record does not break the checkpointed stream.
#
# boot: matrix
# takes: 35

# In ssh's place: greets as a receiving xl does, and keeps the stream.
cat >/tmp/ssh <<'SSH'
#!/bin/sh
echo 'xl migration receiver ready, send binary domain data.'
echo $$ >/tmp/receiver.pid
exec cat 3>&1 >/tmp/wire
SSH
chmod +x /tmp/ssh

remus() { plugin xl remus -F -n -d -i 500 -s /tmp/ssh "$1" elsewhere; }

config_own frail netbsd-like
run out plugin create frail
claim "netbsd-like: it counts" reaches frail 2
run out remus frail
claim "netbsd-like: Remus does not start" has_failed
claim "netbsd-like: the reason is said" contains out "is not checkpointed"
claim "netbsd-like: it counts on" counts frail
deny "netbsd-like: it was never suspended" contains \
    "$consoles/guest-frail.log" suspending
destroy frail
rm -f /tmp/wire

config_pvh backed dirty=1
run out plugin create backed
claim "PVH: it counts" reaches backed 2
remus backed >out 2>&1 &
sender=$!
claim "PVH: the stream carries the record" \
    within 60 record_has /tmp/wire image.SUSPEND_CANCEL=0x1
claim "PVH: which says what it is for" \
    record_has /tmp/wire saved.intent=checkpoint

# The first round is the whole memory, the others what changed.
grown() { [ "$(stat -c %s /tmp/wire)" -gt "$1" ]; }
checkpointed() { # TIMES
    [ "$(console backed | grep -c 'suspend hypercall returned 1')" -ge "$1" ]
}
claim "PVH: the whole memory is sent" within 60 grown 25000000
first=$(stat -c %s /tmp/wire)
claim "PVH: and checkpoints after it" within 60 checkpointed 2
claim "PVH: with what the guest has written" grown $((first + 1000000))
claim "PVH: the guest counts over them" counts backed 2 60

kill "$(cat /tmp/receiver.pid)"
wait "$sender"
cat out
claim "PVH: without a receiver, the guest goes on here" counts backed
claim "PVH: in the same domain" equal "$(state backed | tr -d rb)" ""
claim "PVH: one record, however many checkpoints" \
    equal "$(strings -n 16 /tmp/wire | grep -c domain.uuid=)" 1
remark "checkpointed stream: $(stat -c %s /tmp/wire) bytes"
claim "PVH: no warning" equal "$(warnings out)" 0
destroy backed
