# SPDX-License-Identifier: LGPL-2.1-or-later
# exec recognises xl however it is started: a guest that a resume would kill is
# refused before xl truncates the file, and the exit status is the true one.
#
# boot: checkpoint
# takes: 33

xl_itself=$(readlink -f "$(command -v xl)")
printf '#!/bin/sh\nexec %s "$@"\n' "$xl_itself" >/tmp/xl-wrapper
printf '#!/bin/sh\nxl save -c "$1" "$2"\n' >/tmp/backup
cat >/tmp/two <<'SCRIPT'
#!/bin/sh
xl save -c netbsd-like /tmp/first.save
echo "the first: $?"
xl save -c linux-like /tmp/second.save
echo "the second: $?"
SCRIPT
chmod +x /tmp/xl-wrapper /tmp/backup /tmp/two

for kind in netbsd-like linux-like; do
    config_own "$kind" "$kind"
    run out xen-resumable exec -- sh -c "xl create -q /tmp/$kind.cfg"
    claim "$kind: it counts" reaches "$kind" 2
done

refuses() { # COMMAND...
    run out xen-resumable exec -- "$@"
    claim "refused: $*" equal "$status" 1
    claim "refused: it says why, last" contains out "is not checkpointed"
    claim "refused: the file is untouched" \
        equal "$(cat /tmp/target.save)" "the former image"
}

echo "the former image" >/tmp/target.save
refuses timeout 60 xl save -c netbsd-like /tmp/target.save
refuses busybox sh -c "exec -a another $xl_itself save -c netbsd-like /tmp/target.save"
refuses /tmp/backup netbsd-like /tmp/target.save
if before_release; then
    refuses timeout 60 /tmp/xl-wrapper save -c netbsd-like /tmp/target.save
    refuses env A=b xl -f sav netbsd-like -cp /tmp/target.save
    refuses sh -c 'xl save -c netbsd-like /tmp/target.save & wait $!'
    refuses env A=b "$xl_itself" save -c netbsd-like /tmp/target.save
    refuses sh -c 'xl save -c netbsd-like /tmp/target.save; exit $?'
fi
claim "netbsd-like: it was never asked to suspend" \
    equal "$(console netbsd-like | grep -c suspending)" 0
claim "netbsd-like: it counts on" counts netbsd-like

succeeds() { # COMMAND...
    rm -f /tmp/target.save
    run out xen-resumable exec -- "$@"
    claim "done: $*" equal "$status" 0
    claim "done: its image is sound" xen-resumable verify /tmp/target.save
    claim "done: it is a checkpoint's" \
        record_has /tmp/target.save saved.intent=checkpoint
    claim "done: linux-like counts on" counts linux-like
}

if before_release; then
    succeeds timeout 60 xl save -c linux-like /tmp/target.save
    succeeds /tmp/backup linux-like /tmp/target.save
fi

# Each xl of a script is one by itself.
run out xen-resumable exec -- /tmp/two
claim "two: the first is refused" contains out "the first: 1"
deny "two: and makes no file" test -e /tmp/first.save
claim "two: the second is done" contains out "the second: 0"
claim "two: with a sound image" xen-resumable verify /tmp/second.save
claim "two: both count" counts linux-like
claim "two: both count on" counts netbsd-like

# The hooks of the stages run, and are told of a guest that is left paused.
mkdir -p /etc/xen/xen-resumable.d
echo 'hook_timeout = 300' >/etc/xen/xen-resumable.conf
cat >/etc/xen/xen-resumable.d/note <<'SCRIPT'
#!/bin/sh
echo "$XR_STAGE $XR_NAME ${XR_GUEST_STATE-}" >>/tmp/stages
SCRIPT
chmod +x /etc/xen/xen-resumable.d/note
if before_release; then
    succeeds sh -c 'xl save -c linux-like /tmp/target.save; exit $?'
    rm -f /tmp/stages
fi
rm -f /tmp/target.save
run out xen-resumable exec -- env A=b xl save -p linux-like /tmp/target.save
claim "paused: save -p is done" equal "$status" 0
claim "paused: nothing is said against it" equal "$(said out)" 0
claim "paused: the guest is paused" equal "$(state linux-like)" p
claim "hooks: each stage once" equal "$(cut -d' ' -f1 /tmp/stages | xargs)" \
    "pre-suspend suspended resumed"
claim "paused: the hooks know" equal "$(tail -n 1 /tmp/stages)" \
    "resumed linux-like paused"
claim "paused: its image is sound" xen-resumable verify /tmp/target.save
xl unpause linux-like
claim "paused: it counts when it is unpaused" counts linux-like
rm -r /etc/xen/xen-resumable.d /etc/xen/xen-resumable.conf /tmp/stages

# The plugin is of another release than the command that asks: a checkpoint would
# lack its hooks and is given up; any other save goes on as stock's, with a warning.
asked=$(console linux-like | grep -c suspending)
run out env XR_REQUEST=version=2,intent=checkpoint LD_PRELOAD="$stub" \
    xl save -c linux-like /tmp/other.save
claim "another release: no checkpoint" has_failed
claim "another release: it says why" contains out \
    "nothing was done to the guest: the command's request is of version 2"
claim "another release: the guest was not asked to suspend" \
    equal "$(console linux-like | grep -c suspending)" "$asked"
claim "another release: the guest counts on" counts linux-like
plain_save() {
    run out env XR_REQUEST=version=2,intent=save LD_PRELOAD="$stub" \
        xl save -c linux-like /tmp/other.save
    claim "another release: a plain save is done" equal "$status" 0
    claim "another release: with one warning" equal "$(warnings out)" 1
    claim "another release: and sound" xen-resumable verify /tmp/other.save
    claim "another release: the guest counts on after it" counts linux-like
    rm -f /tmp/other.save
}
! before_release || plain_save

# xl waits for a reader until its time is up: timeout ends it through exec.
mkfifo /tmp/fifo
run out xen-resumable exec --watch=0 -- timeout 3 xl save -c linux-like /tmp/fifo
claim "timeout: xl was ended by SIGTERM" equal "$status" 143
saves() { ps w | grep " [x]l save"; } # is there an xl that saves?
deny "timeout: no xl is left that would save" saves
claim "timeout: the guest counts on" counts linux-like

# exec's own options come with it.
with_options() {
    run out xen-resumable exec --on-not-resumable=hold -- \
        timeout 60 xl save -c netbsd-like /tmp/target.save
    claim "options: the guest is held" is_suspended netbsd-like
    claim "options: with a sound image" xen-resumable verify /tmp/target.save
}
! before_release || with_options
destroy netbsd-like
destroy linux-like
