# SPDX-License-Identifier: LGPL-2.1-or-later
# Domains that were started before the plugin was there are judged by their kernel
# file as long as it is theirs, and no longer.  One that stock xl has restored is made
# known by its kernel file, and not by a wrong one.
#
# boot: own
# takes: 20

begin() { # NAME KIND TYPE
    cp "/lab/guest/$2" "/tmp/$1.kernel"
    ln -sf "$1.kernel" "/tmp/$1.link"
    # A file of the same second could be either.
    sleep 2
    config "$1" pv "/tmp/$1.link" 24
    run out stock xl create -q "/tmp/$1.cfg"
    claim "$1: it counts" reaches "$1" 1
    run out xen-resumable check --evidence "$1"
}

begin yes linux-like
claim "yes: by the file that libxl still knows" equal "$status" 0
claim "yes: which is said" contains out \
    "unchanged since before the domain: /tmp/yes.link"
run out xen-resumable check --format=json yes
claim "yes: the source is the file" contains out '"source": "file"'
run out plugin xl save -c yes /tmp/yes.save
claim "yes: a checkpoint works" equal "$(returned yes)" 1
claim "yes: its record has the notes of that file" \
    record_has /tmp/yes.save image.SUSPEND_CANCEL=0x1
claim "yes: and where they come from" \
    record_has /tmp/yes.save suspend.source=file

ln -sf no-such.kernel /tmp/other.link
mv /tmp/other.link /tmp/yes.link
ln -sf yes.kernel /tmp/other.link
mv /tmp/other.link /tmp/yes.link
run out xen-resumable check --evidence yes
claim "yes: a link that was set anew: unknown" equal "$status" 3
claim "yes: which is said" contains out "/tmp/yes.link is newer"

# A restored domain's memory is older than itself: its file proves nothing.
run out stock xl save yes /tmp/yes.save
anew yes
sleep 2
run out stock xl restore /tmp/yes.save
claim "restored: it counts" comes_back yes
run out xen-resumable check --evidence yes
claim "restored: unknown, although the file is older" equal "$status" 3
claim "restored: which is said" contains out "was restored or migrated"

# Its memory knows better, and no file is believed that memory contradicts.
learn() { # OPTION...
    run out xen-resumable check --learn --format=json "$@" yes
}
learn --kernel=/lab/guest/netbsd-like
claim "learn: another kernel is refused" equal "$status" 2
claim "learn: it is said why" contains out '"code": "wrong-kernel"'
claim "learn: nothing was written" not image_node yes suspend-cancel
learn --kernel=/lab/guest/linux-like --dry-run
claim "learn: the dry run leaves it unknown" equal "$status" 3
claim "learn: it writes nothing" not image_node yes suspend-cancel
learn --kernel=/lab/guest/linux-like
claim "learn: its own kernel is believed" equal "$status" 0
claim "learn: its keys are documented" json_keys_are_documented out check \
    domains[].kernel domains[].learned
claim "learn: the note is recorded" equal "$(image_node yes suspend-cancel)" 1
claim "learn: it counts on" counts yes
run out plugin xl save -c yes /tmp/yes.save
claim "learn: a checkpoint works" equal "$(returned yes)" 1
claim "learn: by what is recorded" record_has /tmp/yes.save suspend.source=image
destroy yes

begin no netbsd-like
claim "no: by the file" equal "$status" 1
run out xen-resumable exec -- xl save -c no /tmp/no.save
claim "no: a checkpoint is refused" equal "$status" 1
claim "no: it counts on" counts no
# What an upgrade does: a new file by the same name, with an old date.
cp /lab/guest/linux-like /tmp/new.kernel
touch -d '2001-01-01 00:00:00' /tmp/new.kernel
mv /tmp/new.kernel /tmp/no.kernel
run out xen-resumable check --evidence no
claim "no: after an upgrade it is unknown" equal "$status" 3
claim "no: for the file is newer, whatever its date" \
    contains out "/tmp/no.link is newer"
rm /tmp/no.kernel
run out xen-resumable check --evidence no
claim "no: without the file, too" equal "$status" 3
claim "no: which is said" contains out "No such file"
destroy no

before_release || return 0

cp /lab/guest/linux-pvh /tmp/pvh.kernel
sleep 2
config_pvh pvh "" /tmp/pvh.kernel
run out stock xl create -q /tmp/pvh.cfg
claim "pvh: it counts" reaches pvh 1
run out xen-resumable check pvh
claim "pvh: yes by the file" equal "$status" 0
destroy pvh
