# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# The demo, inside dom0: the same checkpoint, stock and under the plugin, as a
# terminal session.  Its output goes to the host as it is.
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

# type COMMAND...: shows it, runs it, shows what it says, indented; sets status.
type() {
    printf '  %s# %s%s\n' "$bold" "$*" "$off"
    quietly "$@"
    tr '\r' '\n' <typed | grep -av '^xc: ' | grep -v '^ *$' | sed 's/^/  /'
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

config_linux web pvh
config_own mail netbsd-like

title "1  Two guests, started under the plugin"
printf '  %sweb is Linux, Debian'\''s kernel. mail is a small kernel that behaves as\n' "$dim"
printf '  NetBSD does: it crashes if its suspend hypercall returns 1.%s\n\n' "$off"
quietly xen-resumable exec -- xl create -q web.cfg
quietly xen-resumable exec -- xl create -q mail.cfg
reaches web 2 >/dev/null
reaches mail 2 >/dev/null
type xl list
echo
type xen-resumable check --all

title "2  Stock: a checkpoint of mail"
type xl save -c mail stock.img
exit_status
crashes mail >/dev/null
console_says mail 3
type xl list mail
bad "xl says 0, and the guest is dead."

title "3  The same under the plugin"
destroy mail
quietly xen-resumable exec -- xl create -q mail.cfg
reaches mail 2 >/dev/null
type xen-resumable exec -- xl save -c mail mail.img
exit_status
goes_on mail

title "4  A checkpoint of web, which runs while it is written"
type xen-resumable checkpoint web web.img
exit_status
goes_on web

title "5  What the image carries"
type xen-resumable show web.img

title "6  Stock xl restores that image: it skips the record"
destroy web
type xl restore web.img
goes_on web
echo
