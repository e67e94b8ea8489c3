# SPDX-License-Identifier: LGPL-2.1-or-later
# check --scan-memory finds a kernel's notes in its guest's memory, and does not
# take what may be another kernel's for more than a hint.  Linux' memory is read
# before a release.
#
# boot: own
# takes: 25

ask() { # NAME EXIT-STATUS
    run out xen-resumable check --scan-memory --evidence "$1"
    claim "$1: exit status $2" equal "$status" "$2"
}

begin() { # NAME KIND [OPTION]
    cp "/lab/guest/$2" /tmp/scanned
    config "$1" pv /tmp/scanned 24
    echo "extra = \"${3:-}\"" >>"/tmp/$1.cfg"
    run out stock xl create -q "/tmp/$1.cfg"
    claim "$1: it counts" reaches "$1" 1
    # Its file is no evidence any more.
    touch /tmp/scanned
    run out xen-resumable check "$1"
    claim "$1: without, it is unknown" equal "$status" 3
}

begin netbsd netbsd-like
ask netbsd 1
claim "netbsd: a hint, with its address" contains out \
    "only a hint: in the guest's memory at 0x"
run out xen-resumable check --scan-memory --format=json netbsd
claim "netbsd: its source is memory" contains out '"source": "memory"'
claim "netbsd: its keys are documented" json_keys_are_documented out check \
    domains[].candidates domains[].candidates[].address \
    domains[].candidates[].copies domains[].candidates[].guest_os \
    domains[].candidates[].suspend_cancel
claim "netbsd: one candidate is listed" \
    equal "$(grep -c '"address"' out)" 1
claim "netbsd: it counts on" counts netbsd
destroy netbsd

freebsd() {
    begin freebsd freebsd-like
    ask freebsd 0
    claim "freebsd: by what is known of FreeBSD" contains out "FreeBSD takes a 1"
    destroy freebsd
}
! before_release || freebsd

begin decoy netbsd-like decoy-yes=1
ask decoy 3
claim "decoy: both are told" contains out "2 kernels' notes"
claim "decoy: one says 1" contains out "SUSPEND_CANCEL 0x1"
claim "decoy: the other 0" contains out "SUSPEND_CANCEL 0x0"
destroy decoy

# What is recorded outranks any hint.
known() {
    config_own known netbsd-like
    echo 'extra = "decoy-yes=1"' >>/tmp/known.cfg
    run out plugin xl create -q /tmp/known.cfg
    claim "known: it counts" reaches known 1
    ask known 1
    claim "known: by its record" contains out \
        "the kernel's SUSPEND_CANCEL note is 0"
    destroy known
}
! before_release || known

scan() { # NAME: a guest that takes a 1, and has its configuration
    run out stock xl create -q "/tmp/$1.cfg"
    claim "$1: it counts" reaches "$1" 1 120
    touch /tmp/scanned
    ask "$1" 0
    claim "$1: by a hint" contains out "only a hint"
    claim "$1: it counts on" counts "$1"
    destroy "$1"
}

# Memory that is found without a p2m; in every run of our own, which costs a tenth
# of what Linux does.
cp /lab/guest/linux-pvh /tmp/scanned
config_pvh ours-pvh "" /tmp/scanned
scan ours-pvh

before_release || return 0
for type in pv pvh; do
    cp /boot/vmlinux /tmp/scanned
    config_linux "linux-$type" "$type" 104 /tmp/scanned
    scan "linux-$type"
done
