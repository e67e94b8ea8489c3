#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xen-resumable notes on kernels that the stock compressors packed, laid out as
# Linux lays them out.  If this fails, somebody's kernel cannot be read.
set -eu
. "$top_srcdir/tests/cli/functions.sh"

list=ENTRY=0xffffffff81000000,VIRT_BASE=0xffffffff80000000
list=$list,XEN_VERSION=xen-3.0,GUEST_OS=linux,GUEST_VERSION=2.6
list=$list,LOADER=generic,FEATURES='!writable_page_tables|auto_trans'
list=$list,L1_MFN_VALID=0x1/0x1,SUSPEND_CANCEL=0x1,PHYS32_ENTRY=0x1000000

# As Linux's build does: the plain size behind what the compressor wrote.
size_append() {
    local n; n=$(stat -c %s elf)
    printf "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $((n & 255)) \
        $((n >> 8 & 255)) $((n >> 16 & 255)) $((n >> 24 & 255)))"
}

compress() {
    case $1 in
    none)  cat ;;
    gzip)  gzip -n -9 ;;
    bzip2) bzip2 -9; size_append ;;
    lzma)  lzma -9; size_append ;;
    xz)    xz --check=crc32 --x86 --lzma2=,dict=32MiB; size_append ;;
    lzo)   lzop -9; size_append ;;
    lz4)   lz4 -l -9 - -; size_append ;;
    zstd)  zstd -q -22 --ultra; size_append ;;
    esac
}

tool_of() {
    case $1 in lzo) echo lzop ;; lzma) echo xz ;; *) echo "$1" ;; esac
}

"$mkimage" elf 1000000 > elf
for kind in none gzip bzip2 lzma xz lzo lz4 zstd; do
    if [ $kind != none ] && ! command -v "$(tool_of $kind)" >/dev/null; then
        skip "$kind: no $(tool_of $kind) here"
        continue
    fi
    compress $kind < elf > "elf.$kind" 2>/dev/null
    "$mkimage" bzimage < "elf.$kind" > "bz.$kind"
    expect "bzImage, $kind" 0 "$list" -- notes "bz.$kind"
    expect "ELF, $kind" 0 "$list" -- notes "elf.$kind"
    expect "bzImage, $kind, through a pipe" 0 "$list" -- \
        notes - < <(cat "bz.$kind")
done

# Stream behind stream, as pbzip2, pigz, pzstd and cat make them; and what lz4
# writes if it is not told to write what Linux takes.
for tool in gzip bzip2 xz lzop lz4 zstd; do
    if ! command -v $tool >/dev/null; then
        skip "several streams of $tool: there is none here"
        continue
    fi
    for part in 1 100000 500000; do
        { head -c $part elf | $tool -c; tail -c +$((part + 1)) elf | $tool -c
        } > "parts.$tool" 2>/dev/null
        expect "two streams of $tool, $part bytes in the first" 0 "$list" -- \
            notes "parts.$tool"
    done
done
for tool in lz4 zstd; do
    command -v $tool >/dev/null || continue
    { printf 'P*M\030\004\0\0\0size'; $tool -c < elf
      printf '_*M\030\0\0\0\0'; $tool -c < /dev/null; } > "skip.$tool" 2>/dev/null
    expect "frames of $tool without contents" 0 "$list" -- notes "skip.$tool"
done
{ gzip -c < elf; echo "no stream"; } > parts.gzip
expect "what follows a stream is no contents" 0 "$list" -- notes parts.gzip

"$mkimage" pe .linux < bz.gzip > uki
expect "unified kernel image" 0 "$list" -- notes uki
expect "standard input" 0 "$list" -- notes - < uki
expect "two at once" 0 "uki: $list
bz.gzip: $list" -- notes uki bz.gzip

"$mkimage" elf none > mute
expect "no notes" 1 "" -- notes mute
said "mute: elf image without Xen notes"
expect "the worst status counts" 1 "uki: $list" -- notes mute uki
echo "#!/bin/sh" > script
expect "no kernel" 2 "" -- notes script
said "script: not a kernel image"
expect "missing file" 2 "" -- notes missing
said "missing: No such file or directory"
: > empty
expect "empty file" 2 "" -- notes empty
said "empty: not a kernel image, but empty"
expect "a folder" 2 "" -- notes .
said ".: cannot read: it is a folder, not a file"
expect "an error beside an answer" 2 "uki: $list" -- notes script uki
expect "no kernel named" 2 "" -- notes
expect "unknown format" 2 "" -- notes --format=yaml uki
head -c 20000 bz.xz > "cut"
expect "cut off" 2 "" -- notes cut
said "cut: xz: cut off, at offset 20000"

expect "JSON" 0 '{
  "ok": true,
  "image": "uki",
  "container": "uki",
  "compression": "gzip",
  "bits": 64,
  "big_endian": false,
  "place": "PT_NOTE",
  "loader": null,
  "notes": {
    "ENTRY": "0xffffffff81000000",
    "VIRT_BASE": "0xffffffff80000000",
    "XEN_VERSION": "xen-3.0",
    "GUEST_OS": "linux",
    "GUEST_VERSION": "2.6",
    "LOADER": "generic",
    "FEATURES": "!writable_page_tables|auto_trans",
    "L1_MFN_VALID": "0x1/0x1",
    "SUSPEND_CANCEL": "0x1",
    "PHYS32_ENTRY": "0x1000000"
  }
}' -- notes --format=json uki

"$mkimage" elf narrow big none > foreign
expect "byte order" 1 "foreign: elf, 32 bits, big-endian, no Xen notes" -- \
    notes --format=text foreign

"$mkimage" elf narrow guest > old
expect "table" 0 "old: elf, 32 bits
  NOTE           VALUE
  HYPERCALL_PAGE 0xc0104000
  VIRT_BASE      0xc0000000
  XEN_VERSION    xen-3.0
  GUEST_OS       linux
  GUEST_VERSION  2.6
  LOADER         generic
  PAE_MODE       yes
  FEATURES       writable_page_tables
  BSD_SYMTAB     yes" -- notes --format=text old
finish
