#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# If this fails, the plugin breaks a Xen that it does not know: arguments or
# results of a function do not pass through its door, threads disturb each other
# there, or what unwinds the stack (pthread_cancel, gdb) does not come through.
set -u

b=${abs_top_builddir:?}
libs=$b/tests/hook/.libs
caller=$b/tests/hook/future-caller
status=0
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT

# As installed: the stub, and the core of another release.
mkdir -p "$t/plugin/4.17" "$t/xen"
cp "$b/plugin/hook/.libs/xen-resumable-preload.so" "$t/plugin/"
cp "$libs/fake-core.so" "$t/plugin/4.17/xen-resumable-core.so"
cp "$libs/future-libxenguest.so" "$t/xen/libxenguest.so.4.99"
stub=$t/plugin/xen-resumable-preload.so
xen=$t/xen/libxenguest.so.4.99
preload=$stub
case " ${SANITIZE_FLAGS:-} " in
*-fsanitize*address*)
    preload=$($CC -print-file-name=libasan.so):$stub
    export ASAN_OPTIONS=detect_leaks=0 ;;
esac
unset XR_CORE

check() { # TEXT IS SHOULD
    # shellcheck disable=SC2053 # a pattern
    [[ $2 = $3 ]] && { echo "ok: $1"; return; }
    printf 'NOT ok: %s\n is:        %s\n should be: %s\n' "$1" "$2" "$3"
    status=1
}
future() { # TEST
    LD_PRELOAD=$preload:$xen "$caller" "$1" 2>"$t/err"
}

prototypes='2[0-9] prototypes, [0-2] not of this processor'
check "a function of any prototype is called through its door" \
    "$(future prototypes)" "$prototypes"
rm -r "$t/plugin/4.17"
check "and so it is where no core is installed at all" \
    "$(future prototypes)" "$prototypes"
check "which is said" "$(grep -c 'no core for this Xen' "$t/err")" "[1-9]*"
check "every register, the stack and errno arrive as they are" \
    "$(future registers)" "* doors"
check "with one warning for all doors" \
    "$(grep -c 'xen-resumable: warning: ' "$t/err")" 1
check "eight threads come through all the time" \
    "$(future threads)" "1000000 calls"
check "a door that nothing stands behind fails" \
    "$(LD_PRELOAD=$preload "$caller" missing 2>&1)" "-1 ENOSYS"

# This core looks around while the door waits for it.
mkdir -p "$t/plugin/4.99"
cp "$libs/future-core.so" "$t/plugin/4.99/xen-resumable-core.so"
check "a thread is cancelled in a door and behind it, and looks back there" \
    "$(future unwinding)" "3 backtraces"

# Where gdb may trace: it breaks in the core's entry, and at a door.
if gdb -nx -batch -ex run -ex 'p 40 + 2' /bin/true 2>/dev/null |
    grep -q '= 42'; then
    where=$(gdb -nx -batch -ex 'set breakpoint pending on' \
        -ex "set exec-wrapper env LD_PRELOAD=$preload:$xen" \
        -ex 'break xen_resumable_core' -ex 'run unwinding' -ex bt \
        "$caller" 2>&1)
    check "gdb sees who came through the door" \
        "$(grep -o -e 'in first_call' -e 'in call_door' <<<"$where" |
            paste -sd,)" "in first_call,in call_door"
else
    echo "not asked: what gdb sees; there is none that may trace"
fi
check "the stub needs no executable stack" \
    "$(readelf -lW "$stub" | awk '/GNU_STACK/ { print $7 }')" RW
check "it exports the doors and nothing else" \
    "$(nm -D --defined-only "$stub" | awk '{ print $NF }' | sort)" \
    "$(sed -nE 's/^ +DOOR\((.*),.*/\1/p' "${top_srcdir:?}/plugin/hook/doors.h" |
        sort)"
exit $status
