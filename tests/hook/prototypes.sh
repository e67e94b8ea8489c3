#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# If this fails, a core can be built against headers whose prototypes are not
# its own, and gives Xen's functions something else than they expect.
set -u

top=${top_srcdir:?}
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
status=0

# Where the header has another prototype for the door; for none, if it is "".
core() { # DOOR
    {
        echo '#include "config.h"'
        echo '#include "hook/behind.h"'
        echo 'int another(struct nobody *nothing);'
        [ -z "$1" ] || echo "#define $1 another"
        echo '#include "hook/core.c"'
    } >"$t/core.c"
    # shellcheck disable=SC2086 # several words
    ${CC:-cc} -DHAVE_CONFIG_H -I"${top_builddir:?}" -I"$top/include" \
        -I"$top/plugin" ${XEN_CFLAGS:-} -w -fsyntax-only "$t/core.c" \
        >"$t/out" 2>&1
}

core "" || { cat "$t/out"; echo "NOT ok: the core does not compile"; exit 1; }
mapfile -t doors < <(sed -nE 's/^ +DOOR\((.*),.*/\1/p' "$top/plugin/hook/doors.h")
[ "${#doors[@]}" -ge 9 ] || { echo "NOT ok: only ${#doors[@]} doors"; exit 1; }
for door in "${doors[@]}"; do
    if core "$door"; then
        echo "NOT ok: core_$door compiles before another prototype"
        status=1
    elif grep -q "core_$door has not the prototype of $door" "$t/out"; then
        echo "ok: core_$door does not compile before another prototype"
    else
        cat "$t/out"
        echo "NOT ok: core_$door does not compile for another reason"
        status=1
    fi
done
exit $status
