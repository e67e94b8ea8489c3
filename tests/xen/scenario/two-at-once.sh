# SPDX-License-Identifier: LGPL-2.1-or-later
# Two who save a guest at the same time do not take from each other what the
# guest writes: what arrives, or is restored, has all of its memory.
#
# boot: pvh
# takes: 250

echo 'lock_timeout = 300' >/etc/xen/xen-resumable.conf

begin() {
    config_pvh web "pattern=1${2:+ $2}"
    anew web
    run out plugin create web
    claim "$1: the guest checks its memory" await_number web sweep 2 60
    remark "$(console web | grep -m 1 'pattern: of')"
}

# What follows is worth something only if such a guest finds what is wrong.
begin "one word is spoilt" pattern-spoil=1
claim "one word is spoilt: nothing else was wrong before" \
    equal "$(console web | grep -c 'sweep [12] right')" 2
deny "one word is spoilt: the guest knows its memory" knows_its_memory web
claim "one word is spoilt: it is found" contains "$consoles/guest-web.log" \
    "pattern: WRONG: 1 pages in sweep 3"
destroy web

# In ssh's place: a checkpoint begins when so many bytes have gone through.  No
# more do until it waits, or has come to an end.
fake_ssh() { # BYTES
    cat >/tmp/ssh <<SSH
#!/bin/sh
shift
{
    dd bs=64k iflag=count_bytes count=$1 2>/dev/null
    { xen-resumable checkpoint web /tmp/beside.img >/tmp/beside.out 2>&1
      echo \$? >/tmp/beside.status; } </dev/null >/dev/null 2>&1 &
    until grep -q 'waiting for' /tmp/beside.out || [ -e /tmp/beside.status ]; do
        sleep 0.2
    done
    exec cat
} | LD_PRELOAD=$stub "\$@"
SSH
    chmod +x /tmp/ssh
}

migrate() { # TEXT BYTES HOW
    rm -f /tmp/beside.*
    was=$(domid web)
    fake_ssh "$2"
    run out $3 xl migrate -s /tmp/ssh web localhost
    claim "$1: xl migrate succeeds" equal "$status" 0
    deny "$1: it is another domain now" equal "$(domid web)" "$was"
    claim "$1: it has all of its memory" knows_its_memory web
    claim "$1: the checkpoint comes to an end" within 60 test -e /tmp/beside.status
    claim "$1: the checkpoint has waited for it" \
        contains /tmp/beside.out "waiting for ${4:-xl migrate}"
    deny "$1: and was not done" test -e /tmp/beside.img
}

# When its pages begin; in the first round, which sends all of the memory; when
# that is nearly through; and in the rounds after it.
begin "migration"
for bytes in 10000 1000000 6000000 14000000 25500000; do
    migrate "checkpoint after $bytes bytes" $bytes plugin
done
migrate "checkpoint beside stock xl" 14000000 stock "a save by xl"

# --- two that write images

restored() { # TEXT IMAGE
    claim "$1: the image is sound" xen-resumable verify "$2"
    xl destroy web
    anew web
    run out plugin xl restore "$2"
    claim "$1: it is restored" equal "$status" 0
    claim "$1: it has all of its memory" knows_its_memory web
}
# So that the second begins in the middle of the first: it is a hook of it.
beside() { # COMMAND...
    mkdir -p /tmp/hooks
    cat >/tmp/hooks/beside <<HOOK
#!/bin/sh
[ \$XR_STAGE = ${beside_stage} ] || exit 0
{ $* >/tmp/beside.out 2>&1; echo \$? >/tmp/beside.status; } </dev/null >/dev/null 2>&1 &
until grep -q 'waiting for' /tmp/beside.out || [ -e /tmp/beside.status ]; do
    sleep 0.1
done
HOOK
    chmod 755 /tmp/hooks/beside
    rm -f /tmp/beside.*
    run out xen-resumable checkpoint --hook=/tmp/hooks web /tmp/first.img
    claim "beside $1: the first is done" equal "$status" 0
    claim "beside $1: so is the second" within 120 test -e /tmp/beside.status
    claim "beside $1: with exit status 0" equal "$(cat /tmp/beside.status)" 0
    claim "beside $1: it has waited" contains /tmp/beside.out \
        "waiting for xen-resumable checkpoint (pid"
    claim "beside $1: the guest has all of its memory" knows_its_memory web
}

beside_stage=pre-suspend
beside xen-resumable checkpoint web /tmp/beside.img
restored "the first image" /tmp/first.img
restored "the second image" /tmp/beside.img
beside xen-resumable exec -- xl save -c web /tmp/beside.img
restored "the image of xl save -c" /tmp/beside.img
claim "no lock is left" equal "$(ls /run/xen-resumable)" ""
destroy web
rm -f /etc/xen/xen-resumable.conf /tmp/beside.* /tmp/first.img
