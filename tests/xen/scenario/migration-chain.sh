# SPDX-License-Identifier: LGPL-2.1-or-later
# What is known of a guest is neither lost nor changed on its way from host to
# host, and a host that lost it does not claim to know.
#
# boot: matrix
# takes: 35

# In ssh's place: keeps what first goes over the wire; the receiving side is run
# with or without the plugin.
receiver() { # PRELOAD
    cat >/tmp/ssh <<SSH
#!/bin/sh
shift
{
    dd bs=64k count=10 2>/dev/null | tee /tmp/wire
    exec cat
} | LD_PRELOAD=$1 "\$@"
SSH
    chmod +x /tmp/ssh
}

hop() { # TEXT HOW: with or without
    case $2 in with) receiver "$stub" ;; *) receiver "" ;; esac
    was=$(domid rover)
    run out plugin xl migrate -s /tmp/ssh rover localhost
    claim "$1: xl migrate succeeds" equal "$status" 0
    claim "$1: it is another domain" differs "$(domid rover)" "$was"
    claim "$1: the guest counts on" comes_back rover
    anew rover
    record /tmp/wire | tr ',' '\n' | grep -a '^image' >"/tmp/sent"
}

# The kernel's notes as xenstore has them, less what says where they are from.
known() {
    xenstore-ls "/local/domain/$(domid rover)/image" 2>/dev/null |
        grep -v 'xen-resumable'
}

# The kernel's file is gone after the start: nothing can be read anew.
cp /lab/guest/linux-pvh /tmp/kernel
config_pvh rover "" /tmp/kernel
run out plugin create rover
claim "the guest counts" reaches rover 2
rm /tmp/kernel
known >/tmp/at-start
claim "its kernel's notes are known" contains /tmp/at-start suspend-cancel

all_notes_arrived() { # TEXT
    known >/tmp/arrived
    claim "$1: all notes have arrived, as they were" \
        cmp /tmp/at-start /tmp/arrived
}
sent_as_at_first() { # TEXT
    claim "$1: the record is that of the first hop" \
        cmp /tmp/sent-first /tmp/sent
}

hop "with the plugin" with
all_notes_arrived "with the plugin"
mv /tmp/sent /tmp/sent-first
claim "the record is not empty" test -s /tmp/sent-first
hop_again() {
    hop "with the plugin again" with
    all_notes_arrived "with the plugin again"
    sent_as_at_first "with the plugin again"
}
! before_release || hop_again

hop "alternately, without" without
sent_as_at_first "without"
known >/tmp/arrived
claim "without: what was known is lost" not grep -q suspend-cancel /tmp/arrived
run out xen-resumable check rover
claim "without: check says that it does not know" equal "$status" 3
claim "without: and why" contains out "nothing is recorded, and the domain was"

hop "alternately, with" with
claim "with, after a hop without: there was nothing to carry" \
    not grep -qa SUSPEND_CANCEL /tmp/sent
run out xen-resumable check rover
claim "with, after a hop without: nothing is made up: check says unknown" \
    equal "$status" 3

unknown_is_saved() {
    run out plugin xl save -c rover /tmp/rover.save
    claim "an unknown guest is checkpointed as xl asks" counts rover
    claim "its image says that nothing is known" \
        record_has /tmp/rover.save "saved.intent"
    deny "and no notes" record_has /tmp/rover.save image.SUSPEND_CANCEL
}
if before_release; then
    hop "alternately, without again" without
    hop "alternately, with again" with
    unknown_is_saved
fi
destroy rover
