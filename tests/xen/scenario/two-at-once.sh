# SPDX-License-Identifier: LGPL-2.1-or-later
# Two who save a guest at the same time do not take from each other what the
# guest writes: what arrives, or is restored, has all of its memory.
#
# boot: matrix
# takes: 60

printf 'lock_timeout = 300\nhook_timeout = 300\n' >/etc/xen/xen-resumable.conf

begin() {
    config_pvh web "pattern=1${2:+ $2}"
    as_people_have web
    anew web
    run out plugin create web
    claim "$1: the guest checks its memory" await_number web sweep 2 60
    remark "$(console web | grep -m 1 'pattern: of')"
}

# What follows is worth something only if such a guest finds what is wrong.
is_one_to_find_it() {
    begin "one word is spoilt" pattern-spoil=1
    claim "one word is spoilt: nothing else was wrong before" \
        equal "$(console web | grep -c 'sweep [12] right')" 2
    deny "one word is spoilt: the guest knows its memory" knows_its_memory web
    claim "one word is spoilt: it is found" contains \
        "$consoles/guest-web.log" "pattern: WRONG: 1 pages in sweep 3"
    destroy web
}
! before_release || is_one_to_find_it

# In ssh's place: a checkpoint begins when so many bytes have gone through, and
# another one after so many more.  No more do until the latest of them waits, or
# has come to an end.
fake_ssh() { # BYTES...
    cat >/tmp/ssh <<SSH
#!/bin/sh
shift
begin() { # NUMBER: its checkpoint
    { xen-resumable checkpoint web /tmp/beside.img >/tmp/beside.out.\$1 2>&1
      echo \$? >/tmp/beside.status.\$1; } </dev/null >/dev/null 2>&1 &
    until grep -q 'waiting for' /tmp/beside.out.\$1 ||
        [ -e /tmp/beside.status.\$1 ]; do
        sleep 0.2
    done
}
{
    begun=0
    for bytes in $*; do
        begun=\$((begun + 1))
        dd bs=64k iflag=count_bytes count=\$bytes 2>/dev/null
        begin \$begun
    done
    exec cat
} | LD_PRELOAD=$stub "\$@"
SSH
    chmod +x /tmp/ssh
}

ended() { # COUNT: have so many checkpoints come to an end?
    ls /tmp/beside.*
    [ -e "/tmp/beside.status.$1" ] &&
        [ "$(echo /tmp/beside.status.* | wc -w)" = "$1" ]
}

migrate() { # TEXT HOW WHOM BYTES...: each of the checkpoints waits for WHOM
    text=$1
    how=$2
    whom=$3
    shift 3
    rm -f /tmp/beside.*
    was=$(domid web)
    fake_ssh "$@"
    run out "$how" xl migrate -s /tmp/ssh web localhost
    claim "$text: xl migrate succeeds" equal "$status" 0
    claim "$text: it is another domain now" differs "$(domid web)" "$was"
    claim "$text: it counts on" comes_back web
    claim "$text: it has all of its memory" knows_its_memory web
    claim "$text: every checkpoint comes to an end" within 60 ended $#
    for said in /tmp/beside.out.*; do
        claim "$text: checkpoint ${said##*.} has waited for it" \
            contains "$said" "waiting for $whom"
    done
    deny "$text: and none was done" test -e /tmp/beside.img
}

# When its pages begin; in the first round, which sends all of the memory; and in the
# rounds after it.  Three checkpoints of one migration, and before a release one in
# each of five.
begin "migration"
migrate "a checkpoint at each of three moments" plugin "xl migrate" \
    10000 5990000 19500000
migrate "a checkpoint beside stock xl" stock "a save by xl" 14000000
if before_release; then
    for bytes in 10000 1000000 6000000 14000000 25500000; do
        migrate "a checkpoint after $bytes bytes" plugin "xl migrate" $bytes
    done
fi

# --- two that write images

restored() { # TEXT IMAGE
    claim "$1: the image is sound" xen-resumable verify "$2"
    xl destroy web
    anew web
    run out plugin xl restore "$2"
    claim "$1: it is restored" equal "$status" 0
    claim "$1: it counts on" comes_back web
    claim "$1: it has all of its memory" knows_its_memory web
}
# So that the others begin in the middle of the first: it is a hook of it.
mkdir -p /tmp/hooks
cat >/tmp/hooks/beside <<'HOOK'
#!/bin/sh
[ $XR_STAGE = pre-suspend ] || exit 0
begin() { # NAME COMMAND...
    name=$1
    shift
    { "$@" >/tmp/$name.out 2>&1; echo $? >/tmp/$name.status; } \
        </dev/null >/dev/null 2>&1 &
    until grep -q 'waiting for' /tmp/$name.out || [ -e /tmp/$name.status ]; do
        sleep 0.1
    done
}
begin second xen-resumable checkpoint web /tmp/second.img
HOOK
# An xl that writes an image beside others, before a release: a migrating one is above.
names=second
if before_release; then
    names="second by-xl"
    echo "begin by-xl xen-resumable exec -- xl save -c web /tmp/by-xl.img" \
        >>/tmp/hooks/beside
fi
chmod 755 /tmp/hooks/beside
run out xen-resumable checkpoint --hook=/tmp/hooks web /tmp/first.img
claim "beside others: the first is done" equal "$status" 0
for name in $names; do
    claim "beside others: so is $name" within 120 test -e /tmp/$name.status
    claim "beside others: $name ends with exit status 0" \
        equal "$(cat /tmp/$name.status)" 0
    claim "beside others: $name has waited" contains /tmp/$name.out \
        "waiting for xen-resumable checkpoint (pid"
done
claim "beside others: the guest has all of its memory" knows_its_memory web
# In the middle of the first the others began; they have waited for its end.
restored "the first image" /tmp/first.img
others_restored() {
    restored "the second image" /tmp/second.img
    restored "the image of xl save -c" /tmp/by-xl.img
}
! before_release || others_restored
claim "no lock is left" equal "$(ls /run/xen-resumable)" ""
destroy web
rm -rf /etc/xen/xen-resumable.conf /tmp/beside.* /tmp/*.img /tmp/hooks
