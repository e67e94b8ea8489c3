#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# coverage.sh TARGET...   which lines of the parsers the inputs reach
#
# Through "make fuzz-coverage": every target over its seeds and over what its
# fuzzer has found in this build folder, then llvm-cov's report by source.
set -eu
. "$(dirname "$0")/functions.sh"
find_clang
export LLVM_PROFILE_FILE

mkdir -p fuzz/coverage
rm -f fuzz/coverage/*.profraw
flags='-g -O1 -fprofile-instr-generate -fcoverage-mapping'
# shellcheck disable=SC2086
compile_layers fuzz/coverage/layers.a $flags
binaries=()
for target in "$@"; do
    program=fuzz/coverage/$target
    mkdir -p "fuzz/$target"
    make_seeds "$target" "fuzz/$target"
    # shellcheck disable=SC2086
    "$clang" $flags -D_GNU_SOURCE -w $FUZZ_CPPFLAGS \
        "$top_srcdir/tests/fuzz/$target.c" "$top_srcdir/tests/fuzz/replay.c" \
        fuzz/coverage/layers.a -o "$program" $FUZZ_LIBS
    LLVM_PROFILE_FILE=$program.profraw "$program" "fuzz/$target" \
        "$top_srcdir/tests/data/$(seeds_of "$target")" |
        sed "s/^/$target: /"
    binaries+=(${binaries[0]+-object} "$program")
done
# Tools of clang's own release.
tools=$("$clang" -print-prog-name=llvm-cov)
tools=$(dirname "$(readlink -f "$(command -v "$tools")")")
"$tools/llvm-profdata" merge -o fuzz/coverage/all.profdata \
    fuzz/coverage/*.profraw
"$tools/llvm-cov" report "${binaries[@]}" \
    -instr-profile=fuzz/coverage/all.profdata -show-region-summary=false \
    "$top_srcdir/plugin/format" "$top_srcdir/plugin/kernel" \
    "$top_srcdir/plugin/lib"
