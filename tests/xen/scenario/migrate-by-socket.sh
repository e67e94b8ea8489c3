# SPDX-License-Identifier: LGPL-2.1-or-later
# A domain that arrives by a TCP socket is not known, or does not arrive.
#
# boot: pvh
# takes: 300

ifconfig lo 127.0.0.1 up

# The receiving side's standard input is the socket itself, as inetd has it.
cat >/tmp/receive <<RECEIVE
#!/bin/sh
readlink /proc/self/fd/0 >/tmp/stdin
LD_PRELOAD=$stub exec xl migrate-receive 2>/tmp/receiver.log
RECEIVE
cat >/tmp/ssh <<'SSH'
#!/bin/sh
exec nc 127.0.0.1 4711
SSH
chmod +x /tmp/receive /tmp/ssh

config_linux hopper pvh
run out plugin xl create -q /tmp/hopper.cfg
claim "the guest starts" reaches hopper 2
was=$(domid hopper)
nc -l -p 4711 -e /tmp/receive &
run out plugin xl migrate -s /tmp/ssh hopper localhost
cat /tmp/receiver.log
claim "xl migrate succeeds" equal "$status" 0
claim "it came by a socket" contains /tmp/stdin socket:
deny "it is another domain now" equal "$(domid hopper)" "$was"
claim "the guest counts on" counts hopper
claim "what its kernel said is known" equal "$(image_node hopper suspend-cancel)" 1
image_node hopper xen-resumable >/tmp/origin
claim "from the restore" contains /tmp/origin restore
claim "the plugin has nothing to complain of" equal "$(said /tmp/receiver.log)" 0
destroy hopper
