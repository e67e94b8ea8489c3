#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is shown fits its screen: a table is wrapped between words, what is bad is
# in colour, and in a file or a pipe there is neither.  If this fails, a reason
# is broken in mid-word, or escape sequences stand in somebody's log.
set -u
. "$top_srcdir/tests/cli/functions.sh"
terminal=$top_srcdir/tests/cli/terminal.py
escape=$(printf '\033')
unset COLUMNS NO_COLOR
export TERM=xterm XR_CONFIG=$scratch/conf

ln -s "$top_builddir/tests/guest/netbsd-like" netbsd
ln -s "$top_srcdir/tests/data/saves/xl-pv-4.17.img" cut

on_terminal() { # COLUMNS ARGUMENT...
    local columns=$1
    shift
    "${PYTHON:-python3}" "$terminal" "$columns" "$program" "$@"
}
plain() { sed "s/$escape\[[0-9;]*m//g"; }
joined() { tr -s ' \n' ' '; }

# The words are the same on every screen, each of them whole, in their order.
"$program" check -i cut -k netbsd --evidence >whole
[ "$(wc -l <whole)" -ge 8 ] || fail "which table? $(cat whole)"
for width in 60 80 100; do
    on_terminal $width check -i cut -k netbsd --evidence >out
    plain <out >shown
    ! grep -nE "^.{$((width + 1))}" shown || fail "$width columns: too long"
    ! grep -n ' $' shown || fail "$width columns: blanks at the end"
    words=$(sort -u <(tr -s ' ' '\n' <whole))
    [ "$(sort -u <(tr -s ' ' '\n' <shown))" = "$words" ] ||
        fail "$width columns: other words: $(cat shown)"
done
[ "$(on_terminal 300 check -i cut -k netbsd --evidence | plain)" = \
    "$(cat whole)" ] || fail "a wide screen: not one line for each row"
COLUMNS=60 "$program" check -i cut -k netbsd --evidence >shown
! grep -nE '^.{61}' shown || fail "COLUMNS is not obeyed"
COLUMNS=50 "$program" show cut | sed '/^$/q' >shown
! grep -nE '^.{51}' shown || fail "a fact is too long"
[ "$(COLUMNS=50 "$program" show cut | joined)" = "$("$program" show cut |
    joined)" ] || fail "a fact has other words"

# A wrapped cell goes on below its own beginning.
expect "no screen" 1 \
"DOMAIN ID RESUMABLE SUSPENDABLE SOURCE REASON
netbsd -  no        unknown     image  the kernel's SUSPEND_CANCEL note is 0" \
    -- check -k netbsd
COLUMNS=56 expect "a wrapped reason" 1 \
"DOMAIN ID RESUMABLE SUSPENDABLE SOURCE REASON
netbsd -  no        unknown     image  the kernel's
                                       SUSPEND_CANCEL
                                       note is 0" -- check -k netbsd

# Colour is for terminals, and for those who want it.
coloured() { grep -q "$escape" || fail "$1: no colour"; }
plain_is() { ! grep -q "$escape" || fail "$1: colour"; }
red="$escape\\[1;31m"
on_terminal 80 check -k netbsd >out
grep -q "${red}no$escape\\[m" out || fail "a no is not red: $(cat -v out)"
on_terminal 80 verify cut >out
grep -q "${red}NOT SOUND$escape\\[m" out || fail "NOT SOUND is not red"
"$program" check -k netbsd | plain_is "in a pipe"
"$program" verify cut --color=always | coloured "--color=always"
on_terminal 80 verify cut --color=never | plain_is "--color=never"
on_terminal 80 --color=auto | plain_is "the usage"
NO_COLOR=1 on_terminal 80 verify cut | plain_is "NO_COLOR"
NO_COLOR='' on_terminal 80 verify cut | coloured "an empty NO_COLOR"
NO_COLOR=1 "$program" verify cut --color=always | coloured "told otherwise"
TERM=dumb on_terminal 80 verify cut | plain_is "TERM=dumb"
"$program" verify cut --color=always --format=json | plain_is "JSON"
on_terminal 80 verify cut --format=json | plain_is "JSON on a terminal"
finish
