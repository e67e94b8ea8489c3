#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# valgrind.sh PROGRAM...: unit tests, and the verbs that need no Xen, under
# valgrind's memcheck: a wrong access, a value that nobody has set, a leak.
# Through "make check-valgrind"; some minutes.
set -u
. "$top_srcdir/tests/cli/functions.sh"
command -v valgrind >/dev/null || { echo "no valgrind here"; exit 77; }

# Children that are forked, and executed or killed at once, say nothing.
checker="valgrind --quiet --error-exitcode=99 --leak-check=full
 --child-silent-after-fork=yes
 --show-leak-kinds=definite,indirect,possible
 --errors-for-leak-kinds=definite,indirect,possible"
ran=0

check() { # WHAT COMMAND...
    local what=$1 got=0
    shift
    ran=$((ran + 1))
    # shellcheck disable=SC2086
    $checker "$@" >out 2>err || got=$?
    if [ $got = 99 ] || grep -q '^==[0-9]*==' err; then
        fail "$what"
        grep -h '^==' err | head -n 40
    else
        echo "ok: $what: exit status $got"
    fi
}

# libtool's wrapper is a script: valgrind is to look at the program itself.
export LD_LIBRARY_PATH=$top_builddir/plugin/lib/.libs
program_of() { # TEST
    local wrapped=${1%/*}/.libs/${1##*/}
    if [ -x "$wrapped" ]; then echo "$wrapped"; else echo "$1"; fi
}

mkstream=$top_builddir/tests/streams/mkstream
"$mkstream" xl pages=40 batch=9 metadata vcpus=2 >image
"$mkstream" xl pages=41 batch=9 metadata >other
"$mkstream" libvirt hvm pages=3 >vm
head -c 100000 image >short
"$mkimage" elf 2000 >elf
gzip -n <elf | "$mkimage" bzimage >bz
for format in text json; do
    for verb in "notes elf" "notes bz" "list ./image" "show image" "show --records vm" \
        "verify image" "verify short" "diff image other" "diff image short" \
        "check --image image" "check --kernel bz"
    do
        # shellcheck disable=SC2086
        check "$verb, $format" "$program" ${verb%% *} --format=$format \
            ${verb#* }
    done
done
check "notes elf, list" "$program" notes elf
for form in raw elf lime xen; do
    check "memory --as=$form vm" "$program" memory --force --as=$form vm memory
    check "memory --as=$form -" "$program" memory --force --as=$form - memory <image
done
check "show --memory" "$program" show --memory=0x1000:99 image
check "seal image" "$program" seal image
check "seal short" "$program" seal short
check "seal --flat other" "$program" seal --flat other
for saved in "$top_srcdir"/tests/data/saves/*.img; do
    check "verify ${saved##*/}" "$program" verify "$saved"
done
for test; do
    # What puts itself before malloc, or counts its failures, hides it from
    # valgrind.  The rest runs as it is.
    case $test in
    */test-memory|*-faults|*/test-watcher) continue ;;
    esac
    check "$test" "$(program_of "$(absolute "$top_builddir/$test")")"
done
echo "$ran runs"
finish
