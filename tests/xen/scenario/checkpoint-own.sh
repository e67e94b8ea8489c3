# SPDX-License-Identifier: LGPL-2.1-or-later
# A checkpoint never replaces a good image by a bad one, stops if a hook says no,
# and can be stopped.  Guests that cannot take a 1 are in checkpoint-stages.
#
# boot: checkpoint
# takes: 65

d=/etc/xen/xen-resumable.d
image=/tmp/c/image
mkdir -p "$d" /tmp/c
echo 'hook_timeout = 300' >/etc/xen/xen-resumable.conf # for a machine that is busy

begin() { # KIND
    config_own "$1" "$1"
    run out plugin create "$1"
    claim "$1: it counts" reaches "$1" 2
    was=$(domid "$1")
}
alone() { # FILES...: nothing else is in the folder
    ls -A /tmp/c
    [ "$(ls -A /tmp/c | tr '\n' ' ')" = "$* " ]
}

# --- a guest that takes a 1

begin linux-like
run out xen-resumable checkpoint --seal linux-like "$image"
claim "exit status 0" equal "$status" 0
claim "it counts on, in the same domain" counts linux-like
claim "with a 1" equal "$(returned linux-like)" 1
run out xen-resumable verify "$image"
claim "sound, and its seal matches" contains out match

# A guest that suspends when libxl has given up waiting, after 60 s: beside the rest.
config_own late linux-like
echo 'extra = "late=62"' >>/tmp/late.cfg
run out plugin create late
claim "late: it counts" reaches late 2
mkdir /tmp/l /tmp/no-hooks
cp "$image" /tmp/l/image
late_former=$(digest /tmp/l/image)
{
    xen-resumable checkpoint --watch=120 --hook=/tmp/no-hooks late /tmp/l/image \
        >/tmp/late.out 2>&1
    echo $? >/tmp/late.status
} &

run out xen-resumable checkpoint --watch=0 --keep=2 linux-like "$image"
cat >"$d/10-tell" <<'HOOK'
#!/bin/sh
echo "$XR_STAGE $XR_NAME $XR_DOMID $XR_IMAGE" >>/tmp/told
[ "$XR_STAGE" != suspended ] || xl list "$XR_NAME" >/tmp/state
HOOK
chmod 755 "$d/10-tell"
run out xen-resumable checkpoint --watch=0 --keep=2 --format=json linux-like "$image"
claim "JSON: its keys are documented" json_keys_are_documented out checkpoint \
    domain domid image bytes live rounds freeze_us total_ms sealed restored guest
claim "hooks: the stages, in their order" equal \
    "$(cut -d' ' -f1 /tmp/told | tr '\n' ' ')" "pre-suspend suspended resumed "
claim "hooks: they know the domain and the image" contains /tmp/told \
    "suspended linux-like $was $image"
claim "hooks: at suspended it stood still" contains /tmp/state "ss-"
rm "$d/10-tell"
claim "--keep=2: two former images are kept" alone image image.1 image.2
claim "--keep=2: the oldest is sound" xen-resumable verify "$image.2"
deny "--keep=2: the latest is the latest" cmp "$image" "$image.1"
rm "$image.1" "$image.2"

xen-resumable checkpoint --watch=0 linux-like - >/tmp/piped
claim "to standard output: a sound image" xen-resumable verify /tmp/piped
to_fifo() {
    mkfifo /tmp/fifo
    cat /tmp/fifo >/tmp/piped &
    reader=$!
    run out xen-resumable checkpoint linux-like /tmp/fifo
    wait $reader
    claim "to a FIFO: a sound image" xen-resumable verify /tmp/piped
}
! before_release || to_fifo
claim "the guest counts on" counts linux-like
dry_run() {
    run out xen-resumable checkpoint --dry-run --format=json linux-like "$image"
    claim "JSON, dry run: its keys, too" json_keys_are_documented out checkpoint \
        dry_run domain domid image bytes live resumable reason policy obstacles \
        waiting_for
}
! before_release || dry_run

# --- hooks

# It only tells, which is done at once however busy the machine is: the one that hangs
# has to be the one whose time is up.
printf '#!/bin/sh\necho "$XR_STAGE $XR_NAME" >>/tmp/told\n' >"$d/10-tell"
chmod 755 "$d/10-tell"
before=$(digest "$image")
hook_fails() { # TEXT BODY
    printf '#!/bin/sh\n%s\n' "$2" >"$d/20-fail"
    chmod 755 "$d/20-fail"
    : >/tmp/told
    run out xen-resumable checkpoint linux-like "$image"
    claim "$1: exit status 1" equal "$status" 1
    claim "$1: the script is named" contains out "$d/20-fail"
    claim "$1: the guest counts on" counts linux-like
    claim "$1: the former image is as it was" equal "$(digest "$image")" "$before"
    claim "$1: and alone" alone image
    claim "$1: the stage failed is told" contains /tmp/told "failed linux-like"
    rm "$d/20-fail"
}
if before_release; then
    hook_fails "a hook that says no before" '[ $XR_STAGE != pre-suspend ]'
    hook_fails "a hook that says no while it is suspended" \
        '[ $XR_STAGE != suspended ]'
fi
echo 'hook_timeout = 15' >/etc/xen/xen-resumable.conf
hook_fails "a hook that hangs while it is suspended" \
    '[ $XR_STAGE != suspended ] || sleep 1000'
deny "and nothing of it is left" pidof sleep
rm -f "$d"/*
echo 'hook_timeout = 300' >/etc/xen/xen-resumable.conf

# Afterwards there is nothing to take back; it is said.
printf '#!/bin/sh\n[ $XR_STAGE != resumed ]\n' >"$d/20-fail"
chmod 755 "$d/20-fail"
run out xen-resumable checkpoint linux-like "$image"
claim "a hook that says no afterwards: exit status 1" equal "$status" 1
claim "a hook that says no afterwards: what that means is said" contains out \
    "is complete, but what the hooks kept of the disks may not belong to it"
claim "a hook that says no afterwards: the guest counts on" counts linux-like
claim "a hook that says no afterwards: the new image is in its place" \
    differs "$(digest "$image")" "$before"
claim "a hook that says no afterwards: and is sound" xen-resumable verify "$image"
to_exec_too() {
    run out xen-resumable exec -- xl save -c linux-like /tmp/c/by-xl
    claim "a hook that says no afterwards: to exec, too" equal "$status" 1
}
! before_release || to_exec_too
rm -f "$d"/* /tmp/c/by-xl

# --- what is in the way

mkdir /tmp/small
mount -t tmpfs -o size=8m tmpfs /tmp/small
run out xen-resumable checkpoint linux-like /tmp/small/image
claim "no room: refused beforehand, exit status 1" equal "$status" 1
claim "no room: and it says how much there is" contains out "MiB are needed"
claim "no room: the guest was not suspended" counts linux-like
umount /tmp/small

# By now the late one has had its time; what follows would end its checkpoint.
claim "late: its checkpoint has ended" within 120 test -e /tmp/late.status
claim "late: exit status 1" equal "$(cat /tmp/late.status)" 1
claim "late: libxl's time was up" contains /tmp/late.out "did not suspend in time"
claim "late: it did suspend" contains "$consoles/guest-late.log" "suspending"
claim "late: the guest counts on" counts late
claim "late: by a 1" equal "$(returned late)" 1
claim "late: the former image is as it was" \
    equal "$(digest /tmp/l/image)" "$late_former"
claim "late: and alone" equal "$(ls -A /tmp/l)" image
next_one() {
    run out xen-resumable checkpoint --watch=0 late /tmp/l/image
    claim "late: the next one is in time" equal "$status" 0
}
! before_release || next_one
destroy late
rm -r /tmp/l /tmp/no-hooks

# Ctrl-C while it is suspended, and before a release before that, too; a signal
# comes to nothing while it is handled.
stages=suspended
! before_release || stages="pre-suspend suspended"
for stage in $stages; do
    printf '#!/bin/sh\n[ $XR_STAGE != %s ] || kill -INT $(pidof xen-resumable)\n' \
        $stage >"$d/30-interrupt"
    chmod 755 "$d/30-interrupt"
    before=$(digest "$image")
    run out xen-resumable checkpoint linux-like "$image"
    claim "Ctrl-C at $stage: exit status 1" equal "$status" 1
    claim "Ctrl-C at $stage: the guest counts on" counts linux-like
    claim "Ctrl-C at $stage: the former image is as it was" \
        equal "$(digest "$image")" "$before"
    claim "Ctrl-C at $stage: and alone" alone image
done
rm "$d/30-interrupt"
destroy linux-like

# --- a guest of which nothing is known

cp /lab/guest/linux-like /tmp/kernel
config unknown pv /tmp/kernel 24
run out stock create unknown
rm /tmp/kernel
claim "unknown: it counts" reaches unknown 2
was=$(domid unknown)
run out xen-resumable checkpoint --on-unknown=refuse unknown "$image"
claim "unknown, refuse: exit status 1" equal "$status" 1
claim "unknown, refuse: it was never suspended" equal "$(returned unknown)" ""
goes_on() {
    run out xen-resumable checkpoint --on-unknown=proceed --watch=1 unknown "$image"
    claim "unknown, proceed: exit status 0" equal "$status" 0
    claim "unknown, proceed: it counts on" counts unknown
    claim "unknown, proceed: by a 1" equal "$(returned unknown)" 1
}
restores_it() {
    run out xen-resumable checkpoint --on-unknown=restore unknown "$image"
    claim "unknown, restore: exit status 0" equal "$status" 0
    claim "unknown, restore: it is another domain" \
        differs "$(domid unknown)" "$was"
    claim "unknown, restore: it counts on" counts unknown
    claim "unknown, restore: by a 0" equal "$(returned unknown)" 0
}
if before_release; then
    goes_on
    restores_it
fi
destroy unknown
rm -r /tmp/c
