#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# If this fails, the stub does not stand in the doors at all (the real,
# versioned symbols bypass it), or burdens processes that are none of its
# business, or a missing core breaks the toolstack.
set -u

b=${abs_top_builddir:?}
stub=$b/plugin/hook/.libs/xen-resumable-preload.so
# What a process maps that has nothing to do with Xen.  A sanitized stub brings
# its run-time library, and wants it before everything else: it is preloaded,
# too, and the shell's own leaks are not ours.
burden="libc.so.6 xen-resumable-preload.so"
case " ${SANITIZE_FLAGS:-} " in
*-fsanitize*address*)
    stub=$($CC -print-file-name=libasan.so):$stub
    export ASAN_OPTIONS=detect_leaks=0
    burden= ;;
esac
caller=$b/tests/hook/door-caller
libs=$b/tests/hook/.libs
status=0

check() { # TEXT IS SHOULD
    [ "$2" = "$3" ] && { echo "ok: $1"; return; }
    printf 'NOT ok: %s\n is:        %s\n should be: %s\n' "$1" "$2" "$3"
    status=1
}

# Behind the stub in the search order: what the real function is taken for.
behind=$libs/fake-libxenguest.so

out=$(XR_CORE=$libs/fake-core.so LD_PRELOAD="$stub:$behind" "$caller" 2>&1)
check "calls with versioned symbols come to the stub, and on to the core" \
    "$out" "41 40"

out=$(XR_CORE=/nonexistent LD_PRELOAD="$stub:$behind" "$caller" 2>/dev/null)
check "without a core the real function answers" "$out" "21 20"

out=$(XR_CORE=/nonexistent LD_PRELOAD="$stub:$behind" "$caller" 2>&1 >&- |
    grep -c 'xen-resumable: warning: ')
check "with one warning for all its calls" "$out" 1

# xl 2>&1 | head, in the middle of a save: a SIGPIPE would be the end of it.
unread() { # COMMAND...: with a standard error that nobody reads any more
    python3 -c 'import os, signal, sys
ours, theirs = os.pipe()
os.close(ours)
os.dup2(theirs, 2)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}
out=$(unread env XR_CORE=/nonexistent LD_PRELOAD="$stub:$behind" "$caller")
check "and without one where nobody reads it" "$out" "21 20"

out=$(XR_CORE=$libs/fake-core-of-tomorrow.so LD_PRELOAD="$stub:$behind" \
    "$caller" 2>&1)
check "a core of another version is not used" "$(tail -n 1 <<<"$out")" "21 20"
check "and named" "$(grep -c 'core of another version' <<<"$out")" 1

# What libxl's doors answer under a core: who disables, who registers callbacks;
# enable, wait, check.
events() { # CORE
    XR_CORE=$1 LD_PRELOAD="$stub:$behind" "$caller" events 2>/dev/null
}
check "libxl's doors come to the core, with all that it calls in libxl" \
    "$(events "$libs/fake-core.so")" "core stock core registered 40 40 41 enabled"
check "without a core libxl answers" \
    "$(events /nonexistent)" "stock registered 20 20 21 enabled"
check "and where the core leaves these doors shut" \
    "$(events "$libs/fake-core-elsewhere.so")" "stock registered 20 20 21 enabled"

# Which objects does a process that has nothing to do with Xen map?
maps() {
    LD_PRELOAD=$1 LD_TRACE_LOADED_OBJECTS=1 /bin/true |
        sed -nE 's/^[[:space:]]*([^ ]+).*/\1/p' |
        grep -v -e linux-vdso -e ld-linux | sed 's|.*/||' | sort | paste -sd' '
}
if [ -n "$burden" ]; then
    check "/bin/true maps libc and the stub only" "$(maps "$stub")" "$burden"
else
    echo "not asked of a sanitized stub: what /bin/true maps"
fi

out=$(LD_PRELOAD=$stub XR_DEBUG=1 /bin/sh -c 'echo fine' 2>&1)
check "a child that never uses a door prints nothing of ours" "$out" fine
exit $status
