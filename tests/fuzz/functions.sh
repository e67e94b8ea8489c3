# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For run.sh and coverage.sh, in the build folder: where a target's seeds are,
# and the layers compiled once for all targets.

seeds_of() { # TARGET: its folder of tests/data
    case $1 in
    fuzz-configuration) echo configurations ;;
    fuzz-image)     echo images ;;
    fuzz-list)      echo lists ;;
    fuzz-qcow2)     echo disks ;;
    fuzz-request)   echo requests ;;
    fuzz-note-scan) echo notes ;;
    fuzz-config-edit|fuzz-flatten) echo domains ;;
    fuzz-diff|fuzz-flat|fuzz-memory|fuzz-record-finder|fuzz-save|fuzz-verify) echo saves ;;
    *)              echo "${1#fuzz-}" ;;
    esac
}

# Seeds too large or too many to be kept, beside what the fuzzer finds.
make_seeds() { # TARGET FOLDER
    local words
    case $1 in
    fuzz-diff|fuzz-flat|fuzz-memory|fuzz-record-finder|fuzz-save|fuzz-verify)
        for words in xl 'xl hvm live' 'libvirt metadata' 'libxl vcpus=2' \
            'libxc version2' 'libxc metadata' 'xl seal' 'xl flat seal live'
        do
            # shellcheck disable=SC2086
            tests/streams/mkstream $words pages=3 batch=2 \
                > "$2/made-${words// /-}"
        done ;;
    fuzz-image|fuzz-note-scan)
        for words in '' narrow big 'narrow section' section guest none align8 \
            far
        do
            # shellcheck disable=SC2086
            tests/images/mkimage elf $words 1000 > "$2/made-elf-${words// /-}"
        done
        gzip -n < "$2/made-elf-" | tests/images/mkimage bzimage \
            > "$2/made-bzimage"
        tests/images/mkimage pe .linux < "$2/made-bzimage" > "$2/made-uki" ;;
    esac
}

# All of them if one source or header is newer: that takes seconds.
compile_layers() { # ARCHIVE FLAGS...
    local archive=$1 source objects=()
    shift
    [ -z "$(find "$top_srcdir/plugin" "$top_srcdir/include" -name '*.[ch]' \
        -newer "$archive" 2>&1 | head -n 1)" ] && return
    rm -rf "$archive" "$archive.d"
    mkdir -p "$archive.d"
    # SOURCES, CPPFLAGS and LIBS come from the Makefile: quoted by nobody.
    # shellcheck disable=SC2086
    for source in $FUZZ_SOURCES; do
        objects+=("$archive.d/$(basename "$(dirname "$source")")-$(
            basename "$source" .c).o")
        "$clang" "$@" -D_GNU_SOURCE -w $FUZZ_CPPFLAGS -c "$source" \
            -o "${objects[-1]}"
    done
    ar rcs "$archive" "${objects[@]}"
}

find_clang() {
    clang=${FUZZ_CC:-$(command -v clang || command -v clang-14 || true)}
    [ -n "$clang" ] || { echo "no clang here"; exit 77; }
}
