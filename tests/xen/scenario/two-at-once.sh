# SPDX-License-Identifier: LGPL-2.1-or-later
# Two who save a guest at the same time do not take from each other what the
# guest writes: what arrives, or is restored, has all of its memory.
#
# boot: pvh
# takes: 600

echo 'lock_timeout = 300' >/etc/xen/xen-resumable.conf

begin() {
    config_linux web pvh 128
    sed -i 's/quiet/& pattern/' /tmp/web.cfg
    anew_web
    run out plugin create web
    claim "$1: the guest checks its memory" within 60 swept 2
    remark "$(console web | grep -m 1 'pattern: of')"
}
anew_web() {
    : >"$consoles/guest-web.log"
    : >"$consoles/guest-web--incoming.log"
}
swept() { # TIMES: so often it has found all of its memory right
    [ "$(console web | grep -c 'pattern: sweep .* right')" -ge "$1" ]
}
# From now on it reads all of its memory twice, and nothing is wrong.
is_right() {
    within 60 swept $(($(console web | grep -c 'pattern: sweep .* right') + 2)) ||
        return 1
    console web | grep pattern: | tail -n 3
    ! console web | grep -q WRONG
}

# In ssh's place: a checkpoint begins when so many reads have gone through.
fake_ssh() { # READS
    cat >/tmp/ssh <<SSH
#!/bin/sh
shift
{
    dd bs=64k count=$1 2>/dev/null
    { xen-resumable checkpoint web /tmp/beside.img >/tmp/beside.out 2>&1
      echo \$? >/tmp/beside.status; } </dev/null >/dev/null 2>&1 &
    exec cat
} | LD_PRELOAD=$stub "\$@"
SSH
    chmod +x /tmp/ssh
}

migrate() { # TEXT READS HOW
    rm -f /tmp/beside.*
    was=$(domid web)
    fake_ssh "$2"
    run out $3 xl migrate -s /tmp/ssh web localhost
    claim "$1: xl migrate succeeds" equal "$status" 0
    deny "$1: it is another domain now" equal "$(domid web)" "$was"
    claim "$1: it has all of its memory" is_right
    claim "$1: the checkpoint comes to an end" within 60 test -e /tmp/beside.status
    claim "$1: the checkpoint has waited for it" \
        contains /tmp/beside.out "waiting for ${4:-xl migrate}"
    deny "$1: and was not done" test -e /tmp/beside.img
}

begin "migration"
for reads in 1 8 300 800 1200; do
    migrate "checkpoint after $reads reads" $reads plugin
done
migrate "checkpoint beside stock xl" 300 stock "a save by xl"

# --- two that write images

restored() { # TEXT IMAGE
    claim "$1: the image is sound" xen-resumable verify "$2"
    xl destroy web
    anew_web
    run out plugin xl restore "$2"
    claim "$1: it is restored" equal "$status" 0
    claim "$1: it has all of its memory" is_right
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
    claim "beside $1: the guest has all of its memory" is_right
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
