# SPDX-License-Identifier: LGPL-2.1-or-later
# What a guest says of itself in control/feature-resumable reaches the verdict,
# though libxl lets no guest write there; and noise there does not reach a
# terminal.
#
# boot: own
# takes: 23

node() { echo "/local/domain/$(domid "$1")/control/feature-resumable"; }

begin() { # NAME OPTION KIND
    config_own "$1" "$3"
    echo "extra = \"$2=1\"" >>"/tmp/$1.cfg"
    run out plugin xl create -q "/tmp/$1.cfg"
    claim "$1: it counts" reaches "$1" 1
    run out xen-resumable check --evidence "$1"
}

begin yes resumable-yes freebsd-like
claim "yes: it could write the node" equal "$(xenstore-read "$(node yes)")" 1
claim "yes: check says yes" equal "$status" 0
claim "yes: by the guest, not by what is known of FreeBSD" \
    contains out "the guest wrote control/feature-resumable = 1"
run out plugin xl save yes /tmp/yes.save
claim "yes: it is saved" equal "$status" 0
anew yes
run out plugin xl restore /tmp/yes.save
claim "yes: it goes on in a new domain" comes_back yes
claim "yes: and says it there, too" equal "$(xenstore-read "$(node yes)")" 1
destroy yes

begin no resumable-no linux-like
claim "no: check says no, against its note" equal "$status" 1
claim "no: by the guest" contains out \
    "the guest wrote control/feature-resumable = 0"
run out xen-resumable exec -- xl save -c no /tmp/no.save
claim "no: a checkpoint is refused" equal "$status" 1
claim "no: it counts on" counts no
destroy no

begin noise resumable-noise linux-like
claim "noise: there is much of it" \
    test "$(xenstore-read "$(node noise)" | wc -c)" -gt 1000
claim "noise: there is as much in control/feature-suspend" test "$(
    xenstore-read "/local/domain/$(domid noise)/control/feature-suspend" |
        wc -c)" -gt 1000
claim "noise: whether it suspends is not known" \
    grep -q '^noise *[0-9]* *yes *unknown' out
claim "noise: its note decides" equal "$status" 0
claim "noise: which is said" contains out "neither 0 nor 1"
deny "noise: nothing of it reaches the terminal" \
    grep -q "$(printf '\033')" out
run out xen-resumable check --format=json noise
claim "noise: nor JSON" not grep -q "$(printf '\033')" out
checkpointed() {
    run out plugin xl save -c noise /tmp/noise.save
    claim "noise: it is checkpointed" equal "$(returned noise)" 1
    claim "noise: and goes on" counts noise
}
! before_release || checkpointed
destroy noise

before_release || return 0

begin nuls resumable-nuls linux-like
claim "nuls: a 1 with a NUL behind it is no 1" \
    not contains out "feature-resumable = 1"
claim "nuls: its note decides" equal "$status" 0
destroy nuls

config_own stock linux-like
echo 'extra = "resumable-no=1"' >>/tmp/stock.cfg
run out stock xl create -q /tmp/stock.cfg
claim "stock: it counts" reaches stock 1
deny "stock: without the plugin no guest can say it" \
    xenstore-read "$(node stock)"
destroy stock
