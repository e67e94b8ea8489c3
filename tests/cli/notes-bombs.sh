#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Packed zeros without end, and streams that ask for windows larger than any
# kernel's, end with an error, in bounded memory and time.
set -eu
. "$top_srcdir/tests/cli/functions.sh"

# The program, its libraries and the largest window that is allowed (128 MiB).
limit_memory $((600 << 10))

refused() { # FILE MESSAGE
    expect "$1" 2 "" -- notes "$1"
    grep -q "$2" "$scratch/.stderr" || fail "$1: $(cat "$scratch/.stderr")"
}

"$mkimage" elf far 1000 > far
bomb() { cat far; head -c 540M /dev/zero; }

bomb | gzip -1 > bomb.gzip
refused bomb.gzip 'gzip: more than 512 MiB to decompress, at offset [0-9]*$'
if command -v zstd >/dev/null; then
    bomb | zstd -q -1 > bomb.zstd
    refused bomb.zstd 'zstd: more than 512 MiB'
fi
if command -v lz4 >/dev/null; then
    bomb | lz4 -l -1 - - > bomb.lz4 2>/dev/null
    refused bomb.lz4 'lz4: more than 512 MiB'
fi

# A window of 2 GiB in the header of a zstd frame, with which the file begins: its place
# is not worth a word.
{ printf '\050\265\057\375\000\250\001\000\000'; cat far; } > window.zstd
refused window.zstd 'window.zstd: zstd: [^,]*$'

# 1.5 GiB of dictionary in the header of .lzma, in 13 bytes.
{ printf '\135\0\0\0\140'; printf '\377%.0s' 1 2 3 4 5 6 7 8; cat far; } \
    > window.lzma
refused window.lzma 'lzma: a dictionary beyond 128 MiB, at offset [0-9]*$'

# A bomb inside a bomb does not multiply what is decompressed.
gzip -1 < bomb.gzip > twice.gzip
refused twice.gzip 'gzip: more than 512 MiB'
finish
