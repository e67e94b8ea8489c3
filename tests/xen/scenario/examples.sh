# SPDX-License-Identifier: LGPL-2.1-or-later
# The examples that need a domain do on one what they say: a program that copies
# them gets a verdict, a checkpoint that Ctrl-C stops, and the guest back.
#
# suites: 4.17
# release: 4.20
# boot: checkpoint
# takes: 31

begin() { # KIND
    config_own "$1" "$1"
    run out plugin create "$1"
    claim "$1: it counts" reaches "$1" 2
}

begin linux-like
run out /lab/verdict linux-like
claim "verdict: exit status 0" equal "$status" 0
claim "verdict: and what to do" contains out "Checkpoint it."
d=/etc/xen/xen-resumable.d
mkdir -p /tmp/e "$d"
echo 'hook_timeout = 300' >/etc/xen/xen-resumable.conf
cp /usr/share/doc/xen-resumable/examples/hooks/10-tell "$d/"
run out /lab/checkpoint linux-like /tmp/e/image
claim "checkpoint: exit status 0" equal "$status" 0
claim "checkpoint: how long it stood still" grep -Eq '"freeze_us":[1-9]' out
claim "checkpoint: its bar came to its end" contains out "100 %"
claim "checkpoint: the image is sound" xen-resumable verify /tmp/e/image
claim "checkpoint: the hook was run at each stage" equal \
    "$(cut -d' ' -f1 /tmp/e/image.stages | tr '\n' ' ')" \
    "pre-suspend suspended resumed "
claim "checkpoint: the guest counts on" counts linux-like
run out /lab/read-image /tmp/e/image
claim "read-image: sound" contains out "sound, "

# When its bar has moved twice since, the command has been told to stop.
was=$(sha256sum </tmp/e/image)
stages=suspended
! before_release || stages="pre-suspend suspended"
for stage in $stages; do
    cat >"$d/20-interrupt" <<HOOK
#!/bin/sh
[ "\$XR_STAGE" = $stage ] || exit 0
moves() { tr '\r' '\n' </tmp/out | grep -c %; }
enough=\$((\$(moves) + 2))
kill -INT \$(pidof checkpoint)
until [ "\$(moves)" -ge \$enough ]; do sleep 0.1; done
HOOK
    chmod 755 "$d/20-interrupt"
    run out /lab/checkpoint linux-like /tmp/e/image
    claim "Ctrl-C at $stage: exit status 1" equal "$status" 1
    claim "Ctrl-C at $stage: it is the reason" contains out "(cancelled)"
    claim "Ctrl-C at $stage: the guest counts on" counts linux-like
    claim "Ctrl-C at $stage: the former image is as it was" \
        equal "$(sha256sum </tmp/e/image)" "$was"
done
rm -r "$d"
destroy linux-like
run out /lab/checkpoint /tmp/e/image
claim "checkpoint IMAGE: exit status 0" equal "$status" 0
claim "checkpoint IMAGE: the guest counts on from its image" comes_back linux-like
destroy linux-like

begin netbsd-like
run out /lab/verdict netbsd-like
claim "verdict on a guest that cannot take a 1: exit status 1" \
    equal "$status" 1
run out /lab/checkpoint netbsd-like /tmp/e/refused
claim "checkpoint of it: exit status 1" equal "$status" 1
claim "checkpoint of it: it is told why" contains out "(not-resumable)"
claim "checkpoint of it: there is none" not test -e /tmp/e/refused
claim "checkpoint of it: the guest counts on" counts netbsd-like
destroy netbsd-like
rm -r /tmp/e
