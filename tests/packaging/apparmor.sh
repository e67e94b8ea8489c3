#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Under the profile of libvirtd the helper would still lose its environment, and
# with it the plugin; or the profile would not load any more with the rule in
# it.  The parser says what a profile makes of a path; no kernel is asked.
set -eu
PATH=$PATH:/usr/sbin:/sbin
command -v apparmor_parser >/dev/null || { echo "no apparmor_parser"; exit 77; }
rule=${abs_top_builddir:-.}/packaging/apparmor/libvirtd
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

profile() { # NAME RULES: as a profile in which libvirtd may write everywhere
    { echo 'profile libvirtd /usr/sbin/libvirtd flags=(attach_disconnected) {'
      printf '/** rwmkl,\n%s\n}\n' "$2"; } >"$work/$1"
}
parse() { apparmor_parser -q -Q -K "$@"; }

# The permissions of a path: where the profile's state machine ends on it.
# A line is "c 0x63 -> {7}" for one character, "[...] -> {3}" for the others; the
# machine before it is for the attachment.
permissions() { # NAME PATH
    parse -D dfa-states "$work/$1" 2>&1 | awk -v path="$2" '
        $2 == "<=="        { delete to; delete perms }
        $2 == "perms:"     { from = $1; perms[from] = $0; next }
        $2 ~ /^0x/         { sub(/^ *\\/, ""); to[from, $1] = $4 }
        /^ *\[/            { to[from, "other"] = $3 }
        END {
            state = "{1}"
            for (i = 1; i <= length(path); i++) {
                c = substr(path, i, 1)
                state = (state, c) in to ? to[state, c] : to[state, "other"]
            }
            sub(/.*perms: */, "", perms[state])
            print perms[state]
        }'
}

# As libvirt has it: for every release of Xen, with a scrubbed environment.
theirs='/usr/{lib,lib64,libexec}/xen/bin/* Ux,
/usr/{lib,libexec}/xen-*/bin/libxl-save-helper PUx,'
ours=$(grep -v '^#' "$rule")
profile theirs "$theirs"
profile ours "$ours"
profile both "$theirs
$ours"
parse "$work/both"

paths=0
while read -r path mode; do
    paths=$((paths + 1))
    [ "$mode" = pux, ]
    is=$(permissions both "$path")
    echo "$path: $is, was $(permissions theirs "$path")"
    [ -n "$is" ]
    [ "$is" = "$(permissions ours "$path")" ]
    [ "$is" != "$(permissions theirs "$path")" ]
    # Their other programs are theirs.
    [ "$(permissions both "${path%/*}/pygrub")" = \
        "$(permissions theirs "${path%/*}/pygrub")" ]
done <<<"$ours"
[ "$paths" = 2 ]

# What would be wrong is seen: two patterns that contradict each other.
profile contrary "$theirs
/usr/lib/xen-4.1?/bin/libxl-save-helper pux,"
! parse "$work/contrary" 2>/dev/null
