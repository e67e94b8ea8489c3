# SPDX-License-Identifier: LGPL-2.1-or-later
# "xl suspend" and "xl resume", which came with Xen 4.20, kill a guest that cannot
# take a 1, which is shown before a release; under the plugin it stays suspended, and
# can be saved.
#
# suites: 4.20
# boot: matrix
# takes: 15

suspends() { # NAME HOW
    run out "$2" xl suspend "$1"
    claim "$1, $2: xl suspend succeeds" equal "$status" 0
    claim "$1, $2: it is suspended" is_suspended "$1"
    run out "$2" xl resume "$1"
}
begin() { # NAME HOW
    config_own "$1" "$1"
    run out "$2" create "$1"
    claim "$1, $2: it counts" reaches "$1" 2
}

# What stock xl does, before a release.
hows=plugin
! before_release || hows="stock plugin"
for how in $hows; do
    begin linux-like $how
    suspends linux-like $how
    claim "linux-like, $how: xl resume succeeds" equal "$status" 0
    claim "linux-like, $how: it counts on" counts linux-like
    claim "linux-like, $how: by a 1" equal "$(returned linux-like)" 1
    # Of a domain that runs there is nothing to resume: no decision is asked for.
    run out $how xl resume linux-like
    remark "linux-like, $how: resumed while it runs: exit status $status"
    eval "running_$how=$status"
    claim "linux-like, $how: resumed while it runs, it counts on" \
        counts linux-like
    destroy linux-like
done
stock_kills_it() {
    # Set by eval above.
    # shellcheck disable=SC2154
    claim "resumed while it runs: as stock does" \
        equal "$running_plugin" "$running_stock"
    begin netbsd-like stock
    suspends netbsd-like stock
    claim "netbsd-like, stock: it dies" crashes netbsd-like
    destroy netbsd-like
}
! before_release || stock_kills_it

begin netbsd-like plugin
suspends netbsd-like plugin
# xl does not look at what libxl answers: its exit status is 0 either way.
remark "netbsd-like, plugin: exit status $status"
claim "netbsd-like, plugin: it stays suspended" is_suspended netbsd-like
claim "netbsd-like, plugin: which is said" contains out "stays suspended"
claim "netbsd-like, plugin: and why" contains out "SUSPEND_CANCEL note is 0"
is_saved() {
    run out xen-resumable exec -- xl save netbsd-like /tmp/held.save
    claim "netbsd-like, plugin: it can be saved" equal "$status" 0
    run out plugin xl restore /tmp/held.save
    claim "netbsd-like, plugin: and goes on from there" counts netbsd-like
    claim "netbsd-like, plugin: by a 0" equal "$(returned netbsd-like)" 0
}
! before_release || is_saved
destroy netbsd-like
