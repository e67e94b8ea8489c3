# SPDX-License-Identifier: LGPL-2.1-or-later
# xen-resumable.conf: an administrator who knows better is obeyed, by every hook,
# and one bad line does not take the others with it.
#
# boot: own
# takes: 42

conf=/etc/xen/xen-resumable.conf

begin() { # NAME KIND
    config_own "$1" "$2"
    run out plugin xl create -q "/tmp/$1.cfg"
    claim "$1: it counts" reaches "$1" 2
}

is_judged() { # NAME LINE
    run out xen-resumable check --evidence "$1"
    claim "$1: check says no" equal "$status" 1
    claim "$1: by the line that says so" contains out "$2"
}
refuses() { # NAME LINE
    is_judged "$1" "$2"
    run out xen-resumable exec -- xl save -c "$1" /tmp/image.save
    claim "$1: exec refuses" equal "$status" 1
    claim "$1: and names the line" contains out "$2"
    claim "$1: it counts on" counts "$1"
    run out plugin xl save -c "$1" /tmp/image.save
    claim "$1: without exec it is held" is_suspended "$1"
    claim "$1: by the same line" contains out "$2"
}

cat >"$conf" <<CONF
on_unknown = certainly
resumable = [
    "web-*=no",
    "mail=perhaps",
    "os:freebsd=no",
    "doomed=yes",
]
verbose = 1
CONF

begin web-1 linux-like
claim "verbose: a line for the build" contains out "notes are recorded"
claim "the bad line is named by the hook" contains out "$conf:1: on_unknown"
claim "with what is expected" contains out '"proceed"'
claim "so is the bad item" contains out "$conf:4: "
refuses web-1 "$conf:3: web-*=no"
destroy web-1

begin bsd freebsd-like
if before_release; then
    refuses bsd "$conf:5: os:freebsd=no"
else
    is_judged bsd "$conf:5: os:freebsd=no"
fi
destroy bsd

begin doomed netbsd-like
run out xen-resumable exec -- xl save -c doomed /tmp/image.save
claim "a yes is obeyed: the guest gets its 1" equal "$(returned doomed)" 1
claim "and dies of it, as its administrator wanted" is_crashed doomed
claim "which exec does not hide" equal "$status" 1
destroy doomed

begin other linux-like
run out plugin xl save -c other /tmp/image.save
claim "whom no line fits goes on" counts other
claim "verbose: a line for the save" contains out "save done, with a record"
claim "and one for the resume" contains out "resume with a 1 done"
claim "its image has the record" record_has /tmp/image.save domain.name=other

cat >"$conf" <<CONF
record = 0
on_not_resumable = "hold"
CONF
run out plugin xl save -c other /tmp/image.save
claim "record = 0: it goes on" counts other
deny "its image has no record" record_has /tmp/image.save domain.name=other
claim "and the plugin says nothing" equal "$(said out)" 0
destroy other
is_restored() {
    run out plugin xl restore /tmp/image.save
    claim "it is restored without one" comes_back other
    destroy other
}
! before_release || is_restored

begin held netbsd-like
run out xen-resumable exec --on-not-resumable=refuse -- \
    xl save -c held /tmp/image.save
claim "an option overrules the file: exec refuses" counts held
run out xen-resumable exec -- xl save -c held /tmp/image.save
claim "on_not_resumable = hold: exec does not refuse" is_suspended held
destroy held
rm "$conf"
