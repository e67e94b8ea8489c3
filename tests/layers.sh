#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Fails if a file of plugin/ includes a layer that its own layer must not know
# (plugin/README.md draws the arrows), or by a path that does not name a layer.
set -eu
top=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}

declare -A may=(
    [util]="util"
    [format]="format util"
    [kernel]="kernel util"
    [verdict]="verdict util"
    [lib]="lib format kernel verdict util"
    [xen]="xen format verdict util"
    [domain]="domain xen verdict format util"
    [hook]="hook domain xen lib verdict format util"
    [cli]="cli domain lib xen verdict util"
    [python]="python"
)
status=0
files=0

complain() { echo "$1: $2"; status=1; }

check_include() { # FILE LAYER INCLUDED
    local layer=${3%%/*} allowed
    [ "$3" != config.h ] || return 0
    case $3 in
    */*) ;;
    *) complain "$1" "\"$3\" does not name its layer"; return ;;
    esac
    for allowed in ${may[$2]}; do
        [ "$layer" != "$allowed" ] || return 0
    done
    complain "$1" "$2 must not include $layer (\"$3\")"
}

# Xen's libraries are xen/'s business; the hooks and the command hold handles.
check_system() { # FILE LAYER HEADER
    case $3 in
    xenresumable.h) ;;
    xen*.h|xen/*|libxl*)
        case $2 in
        xen|domain|hook|cli) ;;
        *) complain "$1" "$2 must not include <$3>" ;;
        esac ;;
    libelf.h|gelf.h)
        [ "$2" = kernel ] || complain "$1" "$2 must not include <$3>" ;;
    esac
}

while read -r file; do
    files=$((files + 1))
    layer=${file#"$top"/plugin/}
    layer=${layer%%/*}
    [ -n "${may[$layer]:-}" ] || { complain "$file" "no such layer"; continue; }
    while read -r included; do
        check_include "$file" "$layer" "$included"
    done < <(sed -nE 's/^ *# *include +"([^"]+)".*/\1/p' "$file")
    while read -r header; do
        check_system "$file" "$layer" "$header"
    done < <(sed -nE 's/^ *# *include +<([^>]+)>.*/\1/p' "$file")
done < <(find "$top/plugin" -name '*.[ch]')

[ "$files" -gt 30 ] || { echo "only $files files found"; exit 1; }
exit $status
