#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Fails if a file of plugin/ includes a layer that its own layer must not know
# (plugin/README.md draws the arrows), or by a path that does not name a layer;
# or if it comes by what it must never see, be it through ten headers.
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
    [virt]="virt util"
    [engine]="engine virt domain lib xen verdict format util"
    [cli]="cli engine domain lib verdict format util"
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
        xen|domain|hook) ;;
        *) complain "$1" "$2 must not include <$3>" ;;
        esac ;;
    libelf.h|gelf.h)
        [ "$2" = kernel ] || complain "$1" "$2 must not include <$3>" ;;
    libvirt/*)
        [ "$2" = virt ] || complain "$1" "$2 must not include <$3>" ;;
    esac
}

declare -A includes   # of a file: what it includes, with < where it is the system's
while IFS=: read -r file included; do
    [ -n "${includes[$file]+set}" ] || { files=$((files + 1)); includes[$file]=''; }
    includes[$file]+="$included "
    layer=${file%%/*}
    [ -n "${may[$layer]:-}" ] || { complain "$file" "no such layer"; continue; }
    case $included in
    '<'*) check_system "$file" "$layer" "${included#<}" ;;
    *)    check_include "$file" "$layer" "$included" ;;
    esac
done < <(cd "$top/plugin" &&
    grep -rE '^ *# *include +["<]' --include='*.[ch]' -- * |
    sed -E 's/: *# *include +("([^"]+)".*|(<[^>]+)>.*)/:\2\3/')

# What a layer must never see, by a name of its own or through others.
declare -A never=(
    [cli]="xen hook <xen <libxl"
    [lib]="xen domain hook engine <xen <libxl"
    [domain]="hook engine <libxl xen/libxl.h xen/cpu_policy.h"
    [hook]="engine xen/libxl.h xen/cpu_policy.h"
    [virt]="xen <xen <libxl"
    [engine]="hook cli <libvirt"
)

is_forbidden() { # LAYER INCLUDED
    local never_seen
    case $2 in "<xenresumable.h") return 1 ;; esac
    for never_seen in ${never[$1]}; do
        case $2 in "$never_seen"|"$never_seen"/*|"$never_seen"*.h)
            return 0 ;;
        esac
    done
    return 1
}

see_through() { # FILE LAYER
    local -A seen=()
    local -a todo=("$1")
    local file included
    while [ ${#todo[@]} -gt 0 ]; do
        file=${todo[-1]}
        unset 'todo[-1]'
        [ -z "${seen[$file]:-}" ] || continue
        seen[$file]=1
        for included in ${includes[$file]:-}; do
            if is_forbidden "$2" "$included"; then
                complain "$1" "$2 must not come by $included (of $file)"
            elif [ -f "$top/plugin/$included" ]; then
                todo+=("$included")
            fi
        done
    done
}

for layer in "${!never[@]}"; do
    for file in "$top/plugin/$layer"/*.[ch]; do
        see_through "$layer/${file##*/}" "$layer"
    done
done

[ "$files" -gt 30 ] || { echo "only $files files found"; exit 1; }
exit $status
