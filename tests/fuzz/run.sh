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
. "$(dirname "$0")/functions.sh"
find_clang

mkdir -p "fuzz/$target" fuzz/findings
make_seeds "$target" "fuzz/$target"
sanitizers='-fsanitize=address,undefined -fno-sanitize-recover=undefined'
# shellcheck disable=SC2086
compile_layers fuzz/layers.a -g -O1 $sanitizers -fsanitize=fuzzer-no-link
# shellcheck disable=SC2086
"$clang" -g -O1 $sanitizers -fsanitize=fuzzer -D_GNU_SOURCE -w \
    $FUZZ_CPPFLAGS "$top_srcdir/tests/fuzz/$target.c" fuzz/layers.a \
    -o "fuzz/$target.bin" $FUZZ_LIBS
exec "fuzz/$target.bin" -max_total_time="$seconds" -rss_limit_mb=1024 \
    -malloc_limit_mb=256 -timeout=20 -print_final_stats=1 \
    -use_value_profile=1 -artifact_prefix=fuzz/findings/ "fuzz/$target" \
    "$top_srcdir/tests/data/$(seeds_of "$target")"
