# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest that goes on in any case does so before libxl has ended the save, and once
# only: whatever fails, is killed or begins in between costs neither the guest nor the
# former image.  A guest that is restored from its image waits until that is whole.
#
# boot: faults
# takes: 60

image=/tmp/c/image
mkdir -p /tmp/c
alone() { ls -A /tmp/c; [ "$(ls -A /tmp/c)" = image ]; }

# A checkpoint of which all is saved, while libxl waits for the end of its helper:
# begin TEXT OPERAND...
begin() {
    text=$1
    shift
    SLOW_END=/tmp/end LD_PRELOAD=/lab/slow-end.so \
        xen-resumable checkpoint --watch=0 "$@" >/tmp/begun.out 2>&1 &
    command=$!
    claim "$text: all is saved, and libxl has not ended the save" \
        within 60 test -e /tmp/end
    helper=$(pidof libxl-save-helper)
}
# Sets status.
end() {
    rm -f /tmp/end
    status=0
    wait "$command" || status=$?
    run_out=/tmp/begun.out
}
goes_on() {
    claim "$text: the guest goes on" counts web
    claim "$text: while libxl waits" test -e /tmp/end
}
fails() {
    claim "$text: exit status 1" equal "$status" 1
    is_as_before
}
is_as_before() {
    claim "$text: the guest counts on" counts web
    claim "$text: the former image is as it was" equal "$(digest $image)" "$former"
    claim "$text: and alone" alone
}

config_pvh web
run out plugin create web
claim "it counts" reaches web 2
run out xen-resumable checkpoint --watch=0 web $image
former=$(digest $image)

begin "all goes well" web $image
goes_on
claim "all goes well: by a 1" equal "$(returned web)" 1
claim "all goes well: the former image is there until then" \
    equal "$(digest $image)" "$former"
run out xen-resumable checkpoint --dry-run web /tmp/other
claim "all goes well: who wants to save it now would wait" contains out "Waiting for"
end
claim "all goes well: exit status 0" equal "$status" 0
claim "all goes well: the guest counts on" counts web
claim "all goes well: the new image is sound" xen-resumable verify $image
claim "all goes well: and alone" alone
claim "all goes well: it is the new one" differs "$(digest $image)" "$former"
former=$(digest $image)

begin "the helper is killed" web $image
goes_on
kill -9 "$helper"
end
fails

nobody_stays() { ps; ! pidof xen-resumable libxl-save-helper; }
begin "the command is killed" web $image
goes_on
kill -9 "$command"
end
claim "the command is killed: nobody stays" within 30 nobody_stays
is_as_before
run out xen-resumable checkpoint --watch=0 web $image
claim "the command is killed: the next one is done" equal "$status" 0
claim "the command is killed: and did not wait" not contains out "waiting for"
former=$(digest $image)

# Which of the two comes first would decide it.
has_heard() { grep -q '^ShdPnd:[^1-9a-f]*$' "/proc/$command/status"; }
is_stopped() {
    begin "it is asked to stop" web $image
    goes_on
    kill -TERM "$command"
    claim "it is asked to stop: and hears of it" within 20 has_heard
    end
    fails
}
! before_release || is_stopped

# What has been resumed may be suspended by somebody else, who alone resumes it.
is_saved_by_others() {
    begin "another one suspends it" web $image
    goes_on
    SLOW_END=/tmp/other.end LD_PRELOAD=/lab/slow-end.so xl save web /tmp/other \
        >/tmp/other.out 2>&1 &
    other=$!
    claim "another one suspends it: and has saved it" within 60 test -e /tmp/other.end
    kill -9 "$helper"
    end
    claim "another one suspends it: exit status 1" equal "$status" 1
    claim "another one suspends it: it stays suspended for him" is_suspended web
    rm /tmp/other.end
    claim "another one suspends it: his save succeeds" wait "$other"
    run out plugin xl restore /tmp/other
    claim "another one suspends it: and is restored" comes_back web
    rm /tmp/other
}
! before_release || is_saved_by_others
destroy web

# It would crash, and say before that what its hypercall returned.
config_own netbsd-like netbsd-like
run out plugin create netbsd-like
claim "to be restored: it counts" reaches netbsd-like 2
begin "to be restored" --on-not-resumable=restore netbsd-like $image
end
claim "to be restored: exit status 0" equal "$status" 0
claim "to be restored: it counts" counts netbsd-like
claim "to be restored: its hypercall has returned once, in the new domain" \
    equal "$(console netbsd-like | sed -n 's/.*hypercall returned \([0-9]*\).*/\1/p')" 0
destroy netbsd-like
rm -r /tmp/c
