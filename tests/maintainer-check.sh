#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# maintainer-check.sh: what cppcheck and clang-tidy have to say, which shall be
# nothing.  From the build folder, through "make maintainer-check", which also
# runs tests/shell.sh.  Each exception below has its reason.
set -u
status=0

have() {
    command -v "$1" >/dev/null && return
    echo "no $1 here"
    status=1
    return 1
}

# memleak: it does not know what is freed by __attribute__((cleanup)).
if have cppcheck; then
    # shellcheck disable=SC2086
    cppcheck --quiet --enable=warning,portability,performance --std=c11 \
        --error-exitcode=1 --suppress=memleak \
        --suppress=missingIncludeSystem -I "$top_srcdir/include" \
        -I "$top_srcdir/plugin" -I . -DHAVE_CONFIG_H \
        "$top_srcdir/plugin" || status=1
fi

# What is not asked for, and why:
exceptions=(
    # C11's Annex K, which glibc does not have.
    clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling
    # Every printf's result; what was not written shows at the last flush.
    cert-err33-c
    # sscanf and atoi of words that we or the dynamic linker wrote: what is no
    # number is no match.
    cert-err34-c
    # memcmp and strcmp are used as the question "differ they?" everywhere.
    bugprone-suspicious-string-compare
    # It does not know what is freed, or read, by __attribute__((cleanup)) either.
    clang-analyzer-unix.Malloc clang-analyzer-deadcode.DeadStores
    # Two questions with one answer may be asked one after the other.
    bugprone-branch-clone
    # Of paths in front of whose copy the length is asked.
    clang-analyzer-security.insecureAPI.strcpy
    # A type as an argument of a macro has no parentheses.
    bugprone-macro-parentheses
    # "/usr/lib/xen-" XEN_RELEASE "/bin" in a list of strings.
    bugprone-suspicious-missing-comma
    # How const is cast away for libbz2, without a warning of gcc's.
    performance-no-int-to-ptr
    # clang 14 misses va_start from the second file of a run on.
    clang-analyzer-valist.Uninitialized
    # Two numbers side by side are not a mistake by themselves.
    bugprone-easily-swappable-parameters
    # XML and JSON nest; how deep is bounded.
    misc-no-recursion
)
checks='-*,bugprone-*,cert-*,clang-analyzer-*,misc-*,performance-*,portability-*'
for exception in "${exceptions[@]}"; do
    checks+=,-$exception
done
tidy() { # FILES...
    # shellcheck disable=SC2086
    clang-tidy --quiet --warnings-as-errors='*' --checks="$checks" "$@" -- \
        $TIDY_CPPFLAGS -D_GNU_SOURCE 2>/dev/null
}
if have clang-tidy; then
    for layer in "$top_srcdir"/plugin/*/; do
        compgen -G "$layer*.c" >/dev/null || continue
        tidy "$layer"*.c || status=1
    done
fi
exit $status
