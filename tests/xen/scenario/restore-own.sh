# SPDX-License-Identifier: LGPL-2.1-or-later
# A restore makes no domain of a bad image, takes no name that is in use, and does
# not say that all is well of a guest that does not run.
#
# boot: own
# takes: 60

image=/tmp/r/image
mkdir -p /tmp/r

begin() { # KIND
    config_own "$1" "$1"
    run out plugin create "$1"
    claim "$1: it counts" reaches "$1" 2
}
domains() { xl list | wc -l; }

begin linux-like
run out xen-resumable checkpoint --watch=0 --seal --label=why=test linux-like "$image"

# --- beside the one that goes on

before=$(domains)
run out xen-resumable restore "$image"
claim "its name is in use: exit status 1" equal "$status" 1
claim "its name is in use: which is said" contains out "linux-like is in use"
run out xen-resumable restore --dry-run --name=copy "$image"
claim "--dry-run: it would do" equal "$status" 0
claim "--dry-run: and says what" contains out "copy is free"
claim "neither has made a domain" equal "$(domains)" "$before"

run out xen-resumable restore --watch=0 --name=copy --paused "$image"
claim "--name --paused: exit status 0" equal "$status" 0
claim "--paused: it is" equal "$(state copy)" p
claim "--paused: which is said" contains out "copy (domain $(domid copy)), paused"
xl unpause copy
claim "--name: the copy counts" counts copy
claim "--name: it got a 0" equal "$(returned copy)" 0
claim "--name: the other one counts on" counts linux-like
claim "--name: the copy has a uuid of its own" differs \
    "$(xl vm-list | awk '$3 == "copy" { print $1 }')" \
    "$(xl vm-list | awk '$3 == "linux-like" { print $1 }')"
claim "--name: what is known of its kernel is there" \
    equal "$(image_node copy suspend-cancel)" 1
of_copy() {
    run out xen-resumable checkpoint copy /tmp/r/of-copy
    claim "--name: the copy can be checkpointed" equal "$status" 0
    claim "--name: and goes on" counts copy
}
! before_release || of_copy
destroy copy
destroy linux-like

# --- in its own name

dry_run() {
    run out xen-resumable restore --dry-run --format=json --uuid=new "$image"
    claim "dry run: its keys are documented" json_keys_are_documented out restore \
        dry_run domain image container paused changes changes[].what \
        changes[].of changes[].from changes[].to restorable checks checks[].what \
        checks[].says checks[].reason checks[].detail
}
! before_release || dry_run
run out xen-resumable restore --format=json "$image"
claim "restored: exit status 0" equal "$status" 0
claim "restored: it counts" counts linux-like
claim "restored: it got a 0" equal "$(returned linux-like)" 0
claim "restored: JSON says so" contains out '"seal": "match"'
claim "restored: its keys are documented" json_keys_are_documented out restore \
    domain domid image container seal paused changes resumable total_ms
claim "restored: xl looks after it" pidof xl
cat "/proc/$(pidof xl | cut -d' ' -f1)/status" >/tmp/watcher
claim "restored: and is not deaf to signals" contains /tmp/watcher \
    "SigBlk:	0000000000000000"
destroy linux-like

# --- bad images

before=$(domains)
bad() { # TEXT EXPECTED [STATUS]: /tmp/r/bad
    run out xen-resumable restore --name=bad /tmp/r/bad
    claim "$1: exit status ${3:-1}" equal "$status" "${3:-1}"
    claim "$1: the reason" contains out "$2"
    claim "$1: nothing was created" equal "$(domains)" "$before"
}
size=$(stat -c %s "$image")
head -c $((size / 2)) "$image" >/tmp/r/bad
bad "cut off" "at offset"
cp "$image" /tmp/r/bad
printf X | dd of=/tmp/r/bad bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
bad "a byte was changed under the seal" "at offset"
other_bad_ones() {
    xen-resumable show --records "$image" >out
    from=$(awk '$2 == "libxl" { print $1 - 16; exit }' out)
    tail -c +$((from + 1)) "$image" >/tmp/r/bad
    bad "a bare stream" "without a configuration"
    rm /tmp/r/bad
    mkfifo /tmp/r/bad
    cat "$image" >/tmp/r/bad &
    bad "a FIFO" "it is not a file" 2
    kill $! 2>/dev/null
    rm /tmp/r/bad
    run out xen-resumable restore /nowhere
    claim "no file: exit status 2" equal "$status" 2
}
! before_release || other_bad_ones

# What xl says of its failure is passed on.
printf '#!/bin/sh\necho no such luck >&2\nexit 3\n' >/tmp/xl-fails
chmod 755 /tmp/xl-fails
xl=$(echo /usr/lib/xen-*/bin/xl)
mount --bind /tmp/xl-fails "$xl"
run out xen-resumable restore "$image"
umount "$xl"
claim "xl fails: exit status 1" equal "$status" 1
claim "xl fails: what it said is shown" contains out "no such luck"

# --- with the domid that it had

begin netbsd-like
was=$(domid netbsd-like)
run out xen-resumable checkpoint --watch=0 --on-not-resumable=restore \
    --same-domid netbsd-like "$image"
claim "--same-domid: exit status 0" equal "$status" 0
claim "--same-domid: it has it" equal "$(domid netbsd-like)" "$was"
claim "--same-domid: it counts on" counts netbsd-like
claim "--same-domid: it got a 0" equal "$(returned netbsd-like)" 0
destroy netbsd-like
does_not_insist() {
    run out xen-resumable restore "$image"
    claim "--same-domid: the image does not insist on it" equal "$status" 0
    destroy netbsd-like
}
! before_release || does_not_insist

# --- a guest that hangs silently

begin silent-like
run out xen-resumable checkpoint silent-like "$image"
claim "silent: exit status 1" equal "$status" 1
claim "silent: which is said" contains out "is silent"
deny "silent: it does not count" counts silent-like 1 3
destroy silent-like
run out xen-resumable restore --watch=0 "$image"
claim "silent: restored it counts, for it gets a 0" comes_back silent-like
under_exec() {
    run out xen-resumable exec -- xl save -c silent-like "$image"
    claim "silent under exec: exit status 1" equal "$status" 1
    claim "silent under exec: which is said" contains out "is silent"
}
! before_release || under_exec
destroy silent-like
rm -r /tmp/r
