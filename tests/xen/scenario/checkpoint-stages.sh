# SPDX-License-Identifier: LGPL-2.1-or-later
# Hooks learn what has become of image and guest, not an exit status, so that the
# copies of disks that they keep are those of an image; and a guest that cannot
# take a 1 is not lost, and gets none behind the administrator's back.
#
# boot: checkpoint
# takes: 85

d=/etc/xen/xen-resumable.d
image=/tmp/s/image
mkdir -p "$d" /tmp/s /tmp/copies
echo 'hook_timeout = 300' >/etc/xen/xen-resumable.conf # for a machine that is busy

# What is told, and a copy of the disks as a hook would keep it.
cat >"$d/10-tell" <<'HOOK'
#!/bin/sh
new=/tmp/copies/$XR_CHECKPOINT.new
case $XR_STAGE in
pre-suspend) echo "$XR_CHECKPOINT" >"$new" ;;
resumed | stopped) mv "$new" /tmp/copies/copy ;;
failed) rm "$new" ;;
esac
echo "$XR_STAGE:$XR_STAGES:$XR_IMAGE_STATE:$XR_GUEST_STATE:$XR_KEEP" >>/tmp/told
HOOK
chmod 755 "$d/10-tell"
hook() { # BODY: a second one, for one checkpoint
    printf '#!/bin/sh\n%s\n' "$1" >"$d/20-more"
    chmod 755 "$d/20-more"
}
# taken COMMAND...: one checkpoint, told from the beginning.
taken() {
    : >/tmp/told
    rm -f /tmp/copies/*
    run out "$@"
}
# Sets stages and the last of them with its facts.  Without a process: it is often asked.
stages() {
    stages='' last_told=''
    while read -r line; do
        stages="$stages${stages:+ }${line%%:*}"
        last_told=$line
    done </tmp/told
}
# ended TEXT STAGES LAST: these and no others, the last of them with these facts.
ended() {
    rm -f "$d/20-more"
    claim "$1: the stages are $2" is_told "$2"
    claim "$1: the last one is $3" equal "$last_told" "$3"
    case $2 in
    *failed) claim "$1: no copy of the disks stays" copies_are '/tmp/copies/*' ;;
    *) claim "$1: the copy of the disks stays, and is the image's" \
        copies_are /tmp/copies/copy ;;
    esac
}
copies_are() { # FILES, in the words of the shell
    copies=''
    for copy in /tmp/copies/*; do copies="$copies${copies:+ }$copy"; done
    equal "$copies" "$1"
}
# After a kill its guardian does the rest.
is_told() { # STAGES
    told_by_now "$1" || within 30 told_by_now "$1"
    equal "$stages" "$1"
}
told_by_now() { stages; [ "$stages" = "$1" ]; }

begin() { # KIND
    config_own "$1" "$1"
    run out plugin create "$1"
    claim "$1: it counts" reaches "$1" 2
}

# --- a guest that takes a 1

begin linux-like
taken xen-resumable checkpoint --keep=2 linux-like "$image"
claim "as always: exit status 0" equal "$status" 0
ended "as always" "pre-suspend suspended resumed" \
    "resumed:pre-suspend suspended:complete:runs:2"
claim "every stage knows what --keep is" equal "$(cut -d: -f5 /tmp/told | uniq)" 2
taken xen-resumable exec --watch=1 -- xl save -c linux-like "$image"
ended "exec" "pre-suspend suspended resumed" \
    "resumed:pre-suspend suspended:complete:runs:0"

# A guest that is paused meanwhile is so afterwards; its image is none the worse.
paused() { # COMMAND...
    hook '[ $XR_STAGE != suspended ] || xl pause $XR_NAME'
    taken xen-resumable "$@"
    ended "$1, paused" "pre-suspend suspended resumed" \
        "resumed:pre-suspend suspended:complete:paused:0"
    xl unpause linux-like
    claim "$1, paused: it counts on" counts linux-like
}
if before_release; then
    paused checkpoint --watch=0 linux-like "$image"
    paused exec --watch=0 -- xl save -c linux-like "$image"
fi

# A hook that says no.
former=$(digest "$image")
hook '[ $XR_STAGE != pre-suspend ]'
taken xen-resumable exec -- xl save -c linux-like "$image"
claim "exec, a hook says no before: exit status 1" equal "$status" 1
ended "exec, a hook says no before" "pre-suspend failed" \
    "failed:pre-suspend:untouched:runs:0"
claim "exec, a hook says no before: the former image is as it was" \
    equal "$(digest "$image")" "$former"
says_no_before() {
    hook '[ $XR_STAGE != pre-suspend ]'
    taken xen-resumable checkpoint linux-like /tmp/s/none
    ended "a hook says no before" "pre-suspend failed" \
        "failed:pre-suspend:none:runs:0"
}
! before_release || says_no_before
hook '[ $XR_STAGE != suspended ]'
taken xen-resumable exec --watch=0 -- xl save -c linux-like /tmp/s/half
claim "exec, a hook says no meanwhile: it is not told as done" \
    not equal "$status" 0
ended "exec, a hook says no meanwhile" "pre-suspend suspended failed" \
    "failed:pre-suspend suspended:broken:runs:0"
claim "exec, a hook says no meanwhile: the guest counts on" counts linux-like
rm -f /tmp/s/half

# The second one is refused while the first one's copy is there; what else two do to
# each other is in suspended-by-others.
two_at_once() {
    hook '[ $XR_STAGE = pre-suspend ] || exit 0
xen-resumable checkpoint linux-like /tmp/s/second >/tmp/second.out 2>&1
echo $? >/tmp/second'
    taken xen-resumable checkpoint linux-like "$image"
    claim "two at once: the second is refused" equal "$(cat /tmp/second)" 1
    claim "two at once: the first one has its image" equal "$status" 0
    ended "two at once" "pre-suspend suspended resumed" \
        "resumed:pre-suspend suspended:complete:runs:0"
    former=$(digest "$image")
}
two_by_exec() {
    hook '[ $XR_STAGE = pre-suspend ] || exit 0
xen-resumable exec -- xl save -c linux-like '"$image"' >/tmp/second.out 2>&1
echo $? >/tmp/second'
    taken xen-resumable exec --watch=0 -- xl save -c linux-like /tmp/s/first
    claim "two by exec: the second is refused" equal "$(cat /tmp/second)" 1
    claim "two by exec: which names the first" contains /tmp/second.out \
        "locked by xen-resumable"
    claim "two by exec: the second one's file is as it was" \
        equal "$(digest "$image")" "$former"
    claim "two by exec: the first one has its image" equal "$status" 0
    ended "two by exec" "pre-suspend suspended resumed" \
        "resumed:pre-suspend suspended:complete:runs:0"
    claim "two by exec: no lock is left" equal "$(ls /run/xen-resumable)" ""
}
if before_release; then
    two_at_once
    two_by_exec
fi
rm -f /tmp/s/first

# Killed while a hook of each stage runs; the hook itself goes on to its end.
kill_at() { # STAGE [OTHERS]: the command, or what is above libxl-save-helper and OTHERS
    hook "[ \$XR_STAGE = $1 ] || exit 0
pid=\$PPID
while case \$(cat /proc/\$pid/comm) in libxl*${2:+|$2}) ;; *) false ;; esac; do
    pid=\$(cut -d' ' -f4 /proc/\$pid/stat)
done
kill -9 \$pid
sleep 1
echo \$XR_STAGE >>/tmp/survived"
    rm -f /tmp/survived
}
killed_at() { # STAGE STAGES LAST
    kill_at "$1"
    taken xen-resumable checkpoint linux-like "$image"
    claim "killed at $1: it was" equal "$status" 137
    claim "killed at $1: the hook was not" within 30 test -e /tmp/survived
    ended "killed at $1" "$2" "$3"
    claim "killed at $1: the guest counts on" counts linux-like
    [ "$1" = resumed ] || claim "killed at $1: the former image is as it was" \
        equal "$(digest "$image")" "$former"
}
if before_release; then
    killed_at pre-suspend "pre-suspend failed" \
        "failed:pre-suspend:untouched:runs:0"
    killed_at suspended "pre-suspend suspended failed" \
        "failed:pre-suspend suspended:untouched:runs:0"
    killed_at resumed "pre-suspend suspended resumed" \
        "resumed:pre-suspend suspended:complete:runs:0"
    claim "killed at resumed: the image is sound" xen-resumable verify "$image"
    former=$(digest "$image")
fi
# With all of its process group, as timeout -s KILL does it.
hook '[ $XR_STAGE != suspended ] || kill -9 "-$(cat /tmp/group)"'
echo 'echo $$ >/tmp/group; exec "$@"' >/tmp/group.sh
taken setsid sh /tmp/group.sh xen-resumable checkpoint linux-like "$image"
claim "group killed: it was" equal "$status" 137
ended "group killed" "pre-suspend suspended failed" \
    "failed:pre-suspend suspended:untouched:runs:0"
claim "group killed: the guest counts on" counts linux-like
claim "group killed: the former image is as it was" \
    equal "$(digest "$image")" "$former"
claim "group killed: no lock is left" equal "$(ls /run/xen-resumable)" ""

# Nobody reads the stream any more, and the checkpoint is killed: what writes it
# would wait for ever.
mkfifo /tmp/s/fifo
hook '[ $XR_STAGE = suspended ] || exit 0
kill -9 $(cut -d" " -f4 /proc/$PPID/stat)'
{ exec sleep 100000; } </tmp/s/fifo &
reader=$!
taken sh -c "xen-resumable checkpoint linux-like - >/tmp/s/fifo"
claim "stuck: the checkpoint was killed" not equal "$status" 0
claim "stuck: the stage failed is told" is_told "pre-suspend suspended failed"
claim "stuck: the guest counts on" counts linux-like
claim "stuck: nothing saves any more" within 60 not pidof libxl-save-helper
kill $reader
rm -f /tmp/s/fifo

# What comes too late for one that has failed already is not told twice.
killed_at_failed() {
    kill_at failed
    printf '#!/bin/sh\n[ $XR_STAGE != suspended ]\n' >"$d/30-no"
    chmod 755 "$d/30-no"
    taken xen-resumable checkpoint linux-like "$image"
    claim "killed at failed: the hook was not" within 30 test -e /tmp/survived
    ended "killed at failed" "pre-suspend suspended failed" \
        "failed:pre-suspend suspended:untouched:runs:0"
    rm "$d/30-no"
    claim "killed at failed: the guest counts on" counts linux-like
}
! before_release || killed_at_failed

again() { # NAME: what is held goes on from an image of its own
    run out xen-resumable exec -- xl save "$(domid "$1")" /tmp/held
    claim "$2: what is held can be saved" equal "$status" 0
    plugin xl restore /tmp/held >/dev/null 2>&1
    claim "$2: and goes on from there" comes_back "$1"
    rm -f /tmp/held
}

# exec is killed: xl goes on to its end, and another process tells what came of it.
exec_killed_at() { # STAGE STAGES LAST
    kill_at "$1" xl
    taken xen-resumable exec --watch=0 -- xl save -c linux-like "$image"
    claim "exec, killed at $1: it was" equal "$status" 137
    claim "exec, killed at $1: the hook was not" within 30 test -e /tmp/survived
    ended "exec, killed at $1" "$2" "$3"
    claim "exec, killed at $1: the guest counts on" counts linux-like
    claim "exec, killed at $1: the image is sound" xen-resumable verify "$image"
}
if before_release; then
    run out xen-resumable checkpoint linux-like "$image"
    exec_killed_at pre-suspend "pre-suspend failed" \
        "failed:pre-suspend:untouched:runs:0"
    exec_killed_at resumed "pre-suspend suspended resumed" \
        "resumed:pre-suspend suspended:complete:runs:0"
fi
exec_killed_at suspended "pre-suspend suspended resumed" \
    "resumed:pre-suspend suspended:complete:runs:0"

# xl itself is killed: nobody is left who would resume the guest.
kill_at suspended
taken xen-resumable exec --watch=0 -- xl save -c linux-like "$image"
claim "exec, xl is killed: it is not told as done" not equal "$status" 0
claim "exec, xl is killed: what to do is said" contains out \
    "xl save $(domid linux-like) IMAGE"
ended "exec, xl is killed" "pre-suspend suspended failed" \
    "failed:pre-suspend suspended:broken:suspended:0"
# libxl asks such a guest for a minute before the plugin can say that it is suspended.
! before_release || again linux-like "exec, xl is killed"
destroy linux-like

# --- guests that cannot take a 1

begin netbsd-like
taken xen-resumable checkpoint netbsd-like "$image"
claim "refused: exit status 1" equal "$status" 1
claim "refused: there are no stages" is_told ""
claim "refused: it was never suspended" equal "$(returned netbsd-like)" ""
claim "refused: it counts on" counts netbsd-like

# What is to be read back has to be a file.
mkfifo /tmp/fifo
no_file() { # TARGET MORE
    taken xen-resumable checkpoint --on-not-resumable=restore "$2" netbsd-like "$1"
    claim "restore, $2, $1: refused, exit status 1" equal "$status" 1
    claim "restore, $2, $1: and why" contains out "$1 is not a file"
}
no_file /tmp/fifo --seal
if before_release; then
    no_file - --dry-run
    no_file - --seal
    no_file /tmp/fifo --dry-run
    no_file /dev/null --dry-run
    no_file /dev/null --seal
fi
claim "restore: to no file: it was never suspended" counts netbsd-like
claim "restore: to no file: there are no stages" is_told ""

was=$(domid netbsd-like)
before=$(ticks netbsd-like)
taken xen-resumable checkpoint --on-not-resumable=restore netbsd-like "$image"
ended "restore" "pre-suspend suspended resumed" \
    "resumed:pre-suspend suspended:complete:restored:0"
claim "restore: exit status 0" equal "$status" 0
claim "restore: which was said" contains out "restored from the image"
claim "restore: it is another domain" differs "$(domid netbsd-like)" "$was"
claim "restore: it counts on" counts netbsd-like
claim "restore: it got a 0" equal "$(returned netbsd-like)" 0
claim "restore: from where it was" test "$(ticks netbsd-like)" -gt "$before"
taken xen-resumable checkpoint --on-not-resumable=hold netbsd-like "$image"
claim "hold: exit status 0" equal "$status" 0
claim "hold: it is suspended" is_suspended netbsd-like
claim "hold: its image is sound" xen-resumable verify "$image"
ended "hold" "pre-suspend suspended stopped" \
    "stopped:pre-suspend suspended:complete:suspended:0"
exec_hold() {
    again netbsd-like hold
    taken xen-resumable exec --watch=0 --on-not-resumable=hold -- \
        xl save -c netbsd-like "$image"
    ended "exec, hold" "pre-suspend suspended stopped" \
        "stopped:pre-suspend suspended:complete:suspended:0"
    claim "exec, hold: the image is sound" xen-resumable verify "$image"
    again netbsd-like "exec, hold"
}
! before_release || exec_hold
# One that a 1 kills: when that is seen, the image has long been there.
dies() { # COMMAND...
    taken xen-resumable "$@"
    claim "$1, it dies: exit status 1" equal "$status" 1
    claim "$1, it dies: which is said" contains out "it has crashed"
    deny "$1, it dies: nothing has failed about its image" \
        contains /tmp/told failed
    claim "$1, it dies: nor about its disks" test -e /tmp/copies/copy
    stages
    claim "$1, it dies: there is one last stage" \
        equal "$(echo "$stages" | wc -w)" 3
    destroy netbsd-like
    run out plugin xl restore "$image"
    claim "$1, it dies: it goes on from the image" comes_back netbsd-like
}
if before_release; then
    dies checkpoint --on-not-resumable=force netbsd-like "$image"
    dies exec --on-not-resumable=force -- xl save -c netbsd-like "$image"
fi
destroy netbsd-like

# --- a guest of which nothing is known, and a save that fails

cp /lab/guest/linux-like /tmp/kernel
config unknown pv /tmp/kernel 24
run out stock create unknown
rm /tmp/kernel
claim "unknown: it counts" reaches unknown 2
policies=hold
! before_release || policies="hold restore killed"
for policy in $policies; do
    hook '[ $XR_STAGE != suspended ]'
    what=$policy
    if [ $policy = killed ]; then
        kill_at suspended
        what=hold
    fi
    before=$(returned unknown)
    taken xen-resumable checkpoint --watch=1 --on-unknown=$what unknown "$image"
    claim "unknown, $policy: exit status is not 0" not equal "$status" 0
    is_told "pre-suspend suspended failed" >/dev/null
    claim "unknown, $policy: it is held, without a 1" is_suspended unknown
    claim "unknown, $policy: its hypercall has not returned" \
        equal "$(returned unknown)" "$before"
    ended "unknown, $policy" "pre-suspend suspended failed" \
        "failed:pre-suspend suspended:untouched:suspended:0"
    claim "unknown, $policy: what to do is said" \
        within 20 contains out "xl save $(domid unknown) IMAGE"
    again unknown "unknown, $policy"
done
exec_unknown() {
    hook '[ $XR_STAGE != suspended ]'
    taken xen-resumable exec --watch=0 --on-unknown=hold -- xl save -c unknown "$image"
    claim "unknown, exec, hold: it is held" is_suspended unknown
    ended "unknown, exec, hold" "pre-suspend suspended failed" \
        "failed:pre-suspend suspended:broken:suspended:0"
    again unknown "unknown, exec, hold"
}
proceeds() {
    hook '[ $XR_STAGE != suspended ]'
    taken xen-resumable checkpoint --watch=1 --on-unknown=proceed unknown "$image"
    claim "unknown, proceed: exit status 1" equal "$status" 1
    rm -f "$d/20-more"
    claim "unknown, proceed: it goes on, by a 1" counts unknown
}
if before_release; then
    exec_unknown
    proceeds
fi
destroy unknown
rm -rf "$d/10-tell" /tmp/s /tmp/copies /tmp/told /tmp/fifo
