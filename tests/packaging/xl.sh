#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The wrapper for xl would call itself for ever, or not the xl that PATH names,
# or change its arguments; or the shell function of the manual page would.
set -eu
top=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work"/{plugin,local,real}

# In the command's place, for which xl comes out, and with which arguments.
printf '#!/bin/sh\nprintf "<%%s>" "$@"\n' >"$work/xen-resumable"
sed "s|@bindir@|$work|" "$top/packaging/xl/xl.in" >"$work/plugin/xl"
printf '#!/bin/sh\nexit 3\n' >"$work/real/xl"
chmod +x "$work"/{xen-resumable,plugin/xl,real/xl}
ln -s "$work/plugin/xl" "$work/local/xl"
system=$PATH

is() { # PATH EXPECTED: of xl save "a b" '' '*'
    local got
    got=$(cd "$work" && PATH=$1 xl save "a b" '' '*' 2>&1) || got+=" exit $?"
    [ "$got" = "$2" ] || { echo "PATH=$1: $got"; exit 1; }
}

arguments='<save><a b><><*>'
found="<exec><--><$work/real/xl>$arguments"
is "$work/plugin:$work/real:$system" "$found"
is "$work/local:$work/plugin:$work/real:$system" "$found"
is "$work/plugin:$work/nothing::$work/local:$work/real" "$found"
# Directories and what nobody may run are passed by.
mkdir -p "$work/folder/xl" "$work/plain"
: >"$work/plain/xl"
is "$work/plugin:$work/folder:$work/plain:$work/real" "$found"
is "$work/local:$work/plugin" \
    "$work/local/xl: there is no other xl in PATH exit 127"

# The function, as the page shows it, in an interactive shell's place.
function=$(sed -n 's/^    \(xl() {.*}\)$/\1/p' \
    "$top/packaging/xen-resumable-install.pod")
got=$(PATH=$work:$system bash -c "$function"'
xl save "a b" "" "*"')
[ "$got" = "<exec><--><xl>$arguments" ] || { echo "function: $got"; exit 1; }
