#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# run.sh TARGET [SECONDS]   fuzzes with libFuzzer, ASan and UBSan for a minute
#
# From the build folder, through "make fuzz".  The corpus grows in fuzz/TARGET
# of the build folder; a finding is left beside it, and replayed by
# "tests/fuzz/TARGET FILE" of a build with --enable-sanitize.
set -eu
target=$1
seconds=${2:-60}
clang=${FUZZ_CC:-$(command -v clang || command -v clang-14 || true)}
[ -n "$clang" ] || { echo "no clang here"; exit 77; }

seeds=$top_srcdir/tests/data/$(case $target in
    fuzz-configuration) echo configurations ;;
    fuzz-image) echo images ;;
    fuzz-list)  echo lists ;;
    fuzz-note-scan) echo notes ;;
    fuzz-flatten) echo domains ;;
    fuzz-diff|fuzz-save|fuzz-verify) echo saves ;;
    *)          echo "${target#fuzz-}" ;;
esac)
mkdir -p "fuzz/$target" fuzz/findings
if [ "$target" = fuzz-verify ] || [ "$target" = fuzz-diff ]; then
    for words in xl 'xl hvm live' 'libvirt metadata' 'libxc version2' 'xl seal'
    do
        # shellcheck disable=SC2086
        tests/streams/mkstream $words pages=3 batch=2 \
            > "fuzz/$target/made-${words// /-}"
    done
fi

# SOURCES, CPPFLAGS and LIBS come from the Makefile: quoted by nobody.
# shellcheck disable=SC2086
"$clang" -g -O1 -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=undefined -D_GNU_SOURCE -w \
    $FUZZ_CPPFLAGS "$top_srcdir/tests/fuzz/$target.c" $FUZZ_SOURCES \
    -o "fuzz/$target.bin" $FUZZ_LIBS
exec "fuzz/$target.bin" -max_total_time="$seconds" -rss_limit_mb=1024 \
    -malloc_limit_mb=256 -timeout=20 -print_final_stats=1 \
    -artifact_prefix=fuzz/findings/ "fuzz/$target" "$seeds"
