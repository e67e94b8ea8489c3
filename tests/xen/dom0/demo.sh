# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# The demo, inside dom0, as a terminal session: a checkpoint and the way back to it;
# and a checkpoint that kills, stock and under the plugin.  Its output goes to the host
# as it is.  The README's picture is made of sections 2 and 3.
# shellcheck source=/dev/null
. /lab/lib.sh
cd /tmp || exit 1

if grep -q lab_colour /proc/cmdline; then
    bold=$(printf '\033[1m') dim=$(printf '\033[2m') off=$(printf '\033[0m')
    red=$(printf '\033[31m') green=$(printf '\033[32m')
else
    bold='' dim='' off='' red='' green=''
fi

title() { printf '\n%s%s%s\n\n' "$bold" "$*" "$off"; }
good() { printf '  %s==> %s%s\n' "$green" "$*" "$off"; }
bad() { printf '  %s==> %s%s\n' "$red" "$*" "$off"; }

remark_on() { printf '  %s%s%s\n\n' "$dim" "$*" "$off"; }

# type COMMAND...: shows it, runs it, shows what it says, indented, in 80 columns; sets
# status.  The room behind names in xl list is less.  /tmp is a tmpfs, on which files
# share no blocks: nobody needs to know that here.
type() {
    printf '  %s# %s%s\n' "$bold" "$*" "$off"
    quietly "$@"
    tr '\r' '\n' <typed | grep -av '^xc: ' | grep -v '^ *$' |
        grep -v 'cannot be the parent' | expand |
        sed 's/^\(.\{24\}\) \{14\}/\1/' | fold -s -w 77 | sed 's/^/  /'
}
quietly() {
    status=0
    "$@" >typed 2>&1 || status=$?
}
exit_status() { printf '  %sexit status %s%s\n' "$dim" "$status" "$off"; }

# The guest's console, its last lines.
console_says() { # NAME LINES
    console "$1" | grep -v '^ *$' | tail -n "$2" |
        sed "s/^/  ${dim}console | $off/"
}

goes_on() { # NAME
    if counts "$1" 2 30 >/dev/null; then
        console_says "$1" 2
        good "$1 goes on."
    else
        bad "$1 does not go on."
    fi
}

# Its console where it went back: the last line before, and two of those after.
went_back() { # NAME
    counts "$1" 2 30 >/dev/null || bad "$1 does not go on."
    console "$1" | grep '^tick ' | awk -v before="  ${dim}console | $off" '
        $2 + 0 < last { at = NR }
        { line[NR] = $0; last = $2 + 0 }
        END { for (i = at - 1; at && i <= at + 1; i++) print before line[i] }'
}

config_linux web pvh
config_own mail netbsd-like

title "1  Two guests, started under the plugin"
remark_on "web is Linux, Debian's kernel. mail is a small kernel that behaves as
  NetBSD does: it crashes if its suspend hypercall returns 1."
quietly xen-resumable exec -- xl create -q web.cfg
quietly xen-resumable exec -- xl create -q mail.cfg
reaches web 2 >/dev/null
reaches mail 2 >/dev/null
type xl list
echo
type xen-resumable check --all

title "2  A checkpoint of web, which runs while it is written"
remark_on "The processor is emulated here; a real one is faster."
type xen-resumable checkpoint web web.img
exit_status
goes_on web

title "3  Back to that checkpoint"
type xen-resumable rollback web web.img
exit_status
went_back web
good "web is back, and goes on."

title "4  Stock: a checkpoint of mail"
type xl save -c mail stock.img
exit_status
crashes mail >/dev/null
console_says mail 3
type xl list mail
bad "xl says 0, and the guest is dead."

title "5  The same under the plugin"
destroy mail
quietly xen-resumable exec -- xl create -q mail.cfg
reaches mail 2 >/dev/null
type xen-resumable exec -- xl save -c mail mail.img
exit_status
goes_on mail

title "6  What the image carries"
type xen-resumable show web.img

title "7  Stock xl restores that image: it skips the record"
destroy web
type xl restore web.img
goes_on web
echo
