#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xen-resumable show on real images, whole and damaged, from files and pipes.
# If this fails, an administrator is told wrong of an image, or nothing at all.
set -eu
. "$top_srcdir/tests/cli/functions.sh"

pv=$top_srcdir/tests/data/saves/xl-pv-4.17.img
pvh=$top_srcdir/tests/data/saves/xl-pvh-4.17.img

has() { # WHAT TEXT: the last output has that line
    grep -qxF -- "$2" <<<"$out" || { fail "$1"; printf '%s\n' "$out"; }
}

show() { out=$("$program" show "$@" 2>"$scratch/.stderr") || return 1; }

show "$pv" || fail "a real image is shown"
has "its container" "Container   xl, with the configuration"
has "its stream" "Stream      x86 PV, written on Xen 4.17"
has "its verdict" "Resumable   yes: the kernel's SUSPEND_CANCEL note is 1"
has "its record" "Record      version 1.0, 484 bytes at offset 2207"
has "its notes" "image.SUSPEND_CANCEL 0x1"

python=${PYTHON:-python3}
for image in "$pv" "$pvh"; do
    for from in "$image" -; do
        show --format=json "$from" <"$image" || fail "$from is shown as JSON"
        "$python" - "$from" <<PY || fail "the JSON of $image by $from"
import json, sys
image = json.loads('''$out''')
assert set(image) == {"container", "config", "xml", "xen", "type",
                      "metadata", "seal"}, image.keys()
assert image["container"] == "xl" and image["xen"] == "4.17"
assert image["type"] in ("x86 PV", "x86 HVM")
assert image["config"]["c_info"]["name"] == \
    image["metadata"]["keys"]["domain.name"]
assert image["metadata"]["version"] == "1.0"
assert image["metadata"]["keys"]["image.SUSPEND_CANCEL"] == "0x1"
PY
    done
done

show --extract=config "$pvh" || fail "the configuration is extracted"
[ "${out:0:1}" = "{" ] || fail "it is libxl's JSON"
show --extract=metadata "$pv" || fail "the metadata are extracted"
case $out in
*,image.SUSPEND_CANCEL=0x1,domain.uuid=*) ;;
*) fail "they are the list: $out" ;;
esac
expect "what is not there is not extracted" 2 "" -- show --extract=xml "$pv"
said "$pv: the image has no such part"

# Reading stops at the first page: of a large image next to nothing is read.
if command -v strace >/dev/null &&
    strace -o trace -e trace=read,pread64 "$program" show "$pv" >/dev/null \
        2>&1; then
    bytes=$(grep -v -e ELF -e /proc trace |
        sed -n 's/.* = \([0-9]*\)$/\1/p' | paste -sd+ | bc 2>/dev/null || echo 0)
    [ "${bytes:-0}" -lt 65536 ] || fail "$bytes bytes were read"
fi

"$program" show --records "$pv" >out 2>err && fail "a cut image is no success"
grep -q 'the input ends early, at offset 7168' err || fail "it names the cut"
grep -q '2207 .*libxc 0xd8524d44 484 .*METADATA' out ||
    fail "what could be read is shown"

# What a name or a value smuggles in does not reach the terminal.
sed 's/domain.name=web/domain.name=\x1b[2J/' "$pv" >evil
show evil || true
if grep -q $'\033' <<<"$out"; then fail "an escape sequence came through"; fi

echo "no image" >text
expect "a text is no image" 2 "" -- show text
said "text: no save image of xl, libvirt, libxl or libxc, at offset 0"
: >empty
expect "an empty file" 2 "" -- show empty
said "empty: the input ends early, at offset 0"
expect "no file" 2 "" -- show missing
said "missing: No such file or directory"
expect "a folder" 2 "" -- show .
expect "no image named" 2 "" -- show
expect "two images" 2 "" -- show "$pv" "$pvh"
expect "unknown format" 2 "" -- show --format=xml "$pv"
expect "unknown part" 2 "" -- show --extract=pages "$pv"

if "$program" show "$pv" >/dev/full 2>err; then
    fail "a result that was not written is no success"
fi
finish
