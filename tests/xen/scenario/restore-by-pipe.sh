# SPDX-License-Identifier: LGPL-2.1-or-later
# A domain that arrives by a pipe is as well known as one from a file, and xl
# finds its own records behind libxc's, whatever the pipe is.  One that has the record
# at once is for before a release.
#
# boot: own
# takes: 27

knows() { # TEXT
    claim "$1: xl restore succeeds" equal "$status" 0
    claim "$1: the plugin has nothing to complain of" equal "$(said out)" 0
    claim "$1: the guest counts on" comes_back piped
    claim "$1: what its kernel said is known" \
        equal "$(image_node piped suspend-cancel)" 1
    image_node piped xen-resumable >/tmp/origin
    claim "$1: from the restore" contains /tmp/origin restore
}

config_own piped linux-like
run out plugin xl create -q /tmp/piped.cfg
claim "the guest counts" reaches piped 2

mkfifo /tmp/fifo
all_of_it() {
    run out plugin xl save piped /tmp/piped.save
    claim "it is saved" equal "$status" 0
    cat /tmp/piped.save >/tmp/fifo &
    run out plugin xl restore /tmp/fifo
    knows "a FIFO"
}
! before_release || all_of_it

# So much is in the pipe before xl starts; the rest comes when the plugin has said
# what it makes of that: restore_in_two KIB WORDS
restore_in_two() {
    exec 9<>/tmp/fifo
    dd if=/tmp/piped.save bs=1k count="$1" 2>/dev/null >&9
    {
        within 60 grep -q "$2" /tmp/all >/dev/null
        dd if=/tmp/piped.save bs=1k skip="$1" 2>/dev/null >&9
    } &
    LD_PRELOAD=$stub XR_DEBUG=1 xl restore /proc/self/fd/0 </tmp/fifo 9<&-
    in_two=$?
    wait
    exec 9<&-
    return $in_two
}
at_once() {
    run out plugin xl save piped /tmp/piped.save
    run all restore_in_two 40 "record of [0-9]* keys found"
    grep -v 'xen-resumable: debug: ' all >out
    deny "the record is in the pipe: it is not pumped" \
        contains all "the stream is pumped"
    knows "the record is in the pipe"
}
! before_release || at_once

# What has not come yet cannot be looked into.
run out plugin xl save piped /tmp/piped.save
run all restore_in_two 1 "the stream is pumped"
grep -v 'xen-resumable: debug: ' all >out
claim "the record comes later: it is pumped" contains all "the stream is pumped"
knows "the record comes later"

# Cut off in the middle of the pages: an error, and no waiting.
run out plugin xl save piped /tmp/piped.save
head -c 1000000 /tmp/piped.save >/tmp/short.save
run out timeout 60 sh -c 'cat /tmp/short.save |
    LD_PRELOAD=$1 xl restore /proc/self/fd/0' sh "$stub"
claim "half an image: xl restore fails, and does not wait for more" has_failed
claim "half an image: no domain is left" gone piped
