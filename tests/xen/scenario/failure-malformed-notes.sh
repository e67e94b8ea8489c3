# SPDX-License-Identifier: LGPL-2.1-or-later
# Notes that lie: the domain is built, saved and resumed as under stock, what
# can be kept is kept, nothing of it acts on a terminal or on xenstore.
#
# boot: checkpoint
# suites: 4.17
# release: 4.14 4.20
# takes: 20

config_own lying lying
run out plugin xl create -q /tmp/lying.cfg
claim "it is built" reaches lying 2
claim "with one warning" equal "$(warnings out)" 1
claim "which names the note" contains out "note SUSPEND_CANCEL is malformed"
claim "nothing stands outside of image/" \
    equal "$(xenstore-ls "/local/domain/$(domid lying)" | grep -c evil)" 1
claim "a SUSPEND_CANCEL of three bytes is no SUSPEND_CANCEL" \
    not xenstore-exists "/local/domain/$(domid lying)/image/suspend-cancel"
run out xen-resumable check lying
claim "check says unknown: exit status 3" equal "$status" 3
run out xen-resumable notes --format=text /lab/guest/lying
claim "notes shows the note that holds an escape sequence" contains out evil
claim "and does not send it to the terminal" \
    not grep -q "$(printf '\033')" out

run out plugin xl save -c lying /tmp/lying.save
claim "it is checkpointed as under stock xl" equal "$status" 0
claim "and goes on, with the 1 that xl asks for" counts lying
claim "it got a 1" equal "$(returned lying)" 1

# A note that claims 4 GiB: Xen boots the guest, of its notes nothing is known.
run out xen-resumable notes /lab/guest/overlong
claim "overlong: notes exits 2" equal "$status" 2
claim "overlong: and says at which offset" contains out "at offset"
is_built() {
    config_own overlong overlong
    run out plugin xl create -q /tmp/overlong.cfg
    claim "overlong: it is built" reaches overlong 2
    claim "overlong: with one warning" equal "$(warnings out)" 1
    run out xen-resumable check overlong
    claim "overlong: check says unknown" equal "$status" 3
    run out plugin xl save overlong /tmp/overlong.save
    claim "overlong: it is saved" equal "$status" 0
    anew overlong
    run out plugin xl restore /tmp/overlong.save
    claim "overlong: and restored" comes_back overlong
    destroy overlong
}
! before_release || is_built

# Damage in a file: the notes are not read, the build goes on.
dd if=/lab/guest/linux-like of=/tmp/damaged bs=1 count=4096 2>/dev/null
run out xen-resumable notes /tmp/damaged
claim "notes of a cut kernel: exit status 2" equal "$status" 2
claim "and an offset" contains out "at offset"

destroy lying
# An image whose record is damaged: restored as under stock, with one warning.
config_own linux-like linux-like
run out plugin xl create -q /tmp/linux-like.cfg
claim "another guest counts" reaches linux-like 2
run out plugin xl save linux-like /tmp/image.save
at=$(xen-resumable show --format=json /tmp/image.save |
    sed -n 's/.*"offset": \([0-9]*\).*/\1/p' | head -n 1)
printf X | dd of=/tmp/image.save bs=1 seek=$((at + 40)) conv=notrunc 2>/dev/null
run out plugin xl restore /tmp/image.save
claim "an image with a damaged record is restored" equal "$status" 0
claim "with one warning" equal "$(warnings out)" 1
claim "which names the offset" contains out "at offset"
claim "the guest counts" comes_back linux-like
claim "nothing is recorded of it" not xenstore-exists \
    "/local/domain/$(domid linux-like)/image/suspend-cancel"
