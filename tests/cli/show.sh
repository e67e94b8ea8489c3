#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xen-resumable show on real images, whole and damaged, from files and pipes.
# If this fails, an administrator is told wrong of an image, or nothing at all.
set -eu
. "$top_srcdir/tests/cli/functions.sh"

pv=$top_srcdir/tests/data/saves/xl-pv-4.17.img
pvh=$top_srcdir/tests/data/saves/xl-pvh-4.17.img

mkstream=$top_builddir/tests/streams/mkstream
python=${PYTHON:-python3}

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

for image in "$pv" "$pvh"; do
    for from in "$image" -; do
        show --format=json "$from" <"$image" || fail "$from is shown as JSON"
        "$python" - "$from" <<PY || fail "the JSON of $image by $from"
import json, sys
image = json.loads('''$out''')
assert image["ok"] is True
assert set(image) == {"ok", "container", "config", "xml", "xen", "type",
                      "metadata", "disks", "seal", "layout", "bytes_occupied",
                      "bytes_shared"}, image.keys()
assert image["layout"] == "stream"
assert image["container"] == "xl" and image["xen"] == "4.17"
assert image["type"] in ("x86 PV", "x86 HVM")
assert image["config"]["c_info"]["name"] == \
    image["metadata"]["keys"]["domain.name"]
assert image["metadata"]["version"] == "1.0"
assert image["metadata"]["keys"]["image.SUSPEND_CANCEL"] == "0x1"
PY
    done
done

show --extract=config "$pvh" 2>/dev/null ||
    fail "the configuration is extracted"
[ "${out:0:1}" = "{" ] || fail "it is libxl's JSON"
show --extract=metadata "$pv" || fail "the metadata are extracted"
case $out in
*,image.SUSPEND_CANCEL=0x1,domain.uuid=*) ;;
*) fail "they are the list: $out" ;;
esac
expect_failure "a part is not JSON" 2 usage -- \
    show --extract=xml --format text --form json "$pv"
expect "what is not there is not extracted" 2 "" -- show --extract=xml "$pv"
said "$pv: the image has no such part"

# A part comes out byte for byte; on a terminal nothing of it steers.
printf '{"c_info":{"name":"a\033[2Jb\302\233c"}}\n' >config
"$mkstream" xl pages=2 config=config >image
"$program" show --extract=config image | cmp - config ||
    fail "the extracted configuration is as it was"
on_terminal() { # COMMAND...: its output on a terminal of its own
    "$python" -c 'import os, pty, sys
status = pty.spawn(sys.argv[1:], lambda fd: os.read(fd, 65536).replace(
    b"\r\n", b"\n"))
sys.exit(os.waitstatus_to_exitcode(status))' "$@" </dev/null
}
on_terminal "$program" show --extract=config image >out ||
    fail "a part is shown on a terminal"
grep -qF 'a\x1b[2Jb\xc2\x9bc' out || { fail "it is escaped"; cat out; }
[ "$(wc -l <out)" = 1 ] || fail "lines stay lines"

# libvirt's NULs and all.
printf '<domain><name>web</name></domain>' >xml
"$mkstream" libvirt pages=2 config=xml >image
"$program" show --extract=xml image | cmp - xml || fail "the XML is as it was"
show --format=json image || fail "an image of libvirt's is shown as JSON"
"$python" -m json.tool <<<"$out" >/dev/null || fail "which Python can read"

# JSON that a reader takes, whatever UTF-8 the configuration claims to be.
for bytes in '\300\257' '\355\240\200' '\364\220\200\200' '\377' '\302\233' \
    '\177' '\\ud800' '\\u0000' '\303\244'; do
    # shellcheck disable=SC2059
    printf '{"c_info":{"name":"a%b"},"%b":1}' "$bytes" "$bytes" >config
    "$mkstream" xl pages=2 config=config >image
    "$program" show --format=json image >out 2>/dev/null ||
        fail "a name with $bytes is shown"
    "$python" - <<'PY' || fail "$bytes: JSON that Python reads"
import json
data = open("out", "rb").read()
assert json.loads(data.decode("utf-8"))["config"]
assert not any(b < 32 and b != 10 or b == 127 for b in data)
assert b"\xc2\x9b" not in data
PY
done

# Reading stops at the first page: of a large image next to nothing is read.
"$mkstream" xl metadata holes pages=262144 >large
[ "$(stat -c %s large)" -gt 1073741824 ] || fail "the image is large"
for image in "$pv" large; do
    ASAN_OPTIONS=detect_leaks=0 strace -y -o trace -e trace=read,pread64 \
        "$program" show "$image" >/dev/null 2>err ||
        fail "strace runs: $(tail -n 1 err)"
    bytes=$(sed -n "s|.*/${image##*/}>.* = \([0-9]*\)\$|\1|p" trace |
        awk '{ n += $1 } END { print n + 0 }')
    echo "$bytes bytes read of ${image##*/}"
    [ "$bytes" -gt 1000 ] && [ "$bytes" -lt 65536 ] ||
        fail "$bytes bytes of $image were read"
done

# A flat image says so, and its seal stands at the file's end, too: its table is
# not read.
"$mkstream" xl flat metadata seal pages=3000 >flat
show flat || fail "a flat image is shown"
has "its layout" "Layout      flat"
grep -q '^Seal        XXH3-128 of each page, [0-9a-f]* over [0-9]* bytes$' \
    <<<"$out" || { fail "its seal"; printf '%s\n' "$out"; }
show --format=json flat || fail "a flat image is shown as JSON"
"$python" - <<PY || fail "the JSON of a flat image"
import json, os
image = json.loads('''$out''')
seal, size = image["seal"], os.stat("flat").st_size
assert image["layout"] == "flat"
assert seal["length"] < size and seal["algorithm"] == "XXH3-128"
assert open("flat", "rb").read()[seal["length"] + 24:][:16].hex() \
    == seal["digest"]
PY
show --format=json - < <(cat flat) || fail "a flat image in a pipe is shown"
"$python" - <<PY || fail "the JSON of a pipe"
import json
image = json.loads('''$out''')
assert image["layout"] == "flat" and image["bytes_occupied"] is None
assert image["bytes_shared"] is None
PY

# What a file occupies, not how long it is; and what it shares, if this file system
# can share.
"$mkstream" xl flat seal pages=50000 holes 1<>sparse
show sparse || fail "a sparse image is shown"
show --format=json sparse || fail "a sparse image is shown as JSON"
"$python" - <<PY || fail "what it occupies"
import json, os
image, file = json.loads('''$out'''), os.stat("sparse")
assert image["bytes_occupied"] <= max(file.st_blocks * 512, file.st_size)
PY
if cp --reflink=always sparse copy 2>err; then
    show copy || fail "a copy is shown"
    grep -q '^Occupies .* of them shared with other files$' <<<"$out" ||
        fail "a copy shares its blocks: $out"
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
said "text: not a save image of xl, libvirt, libxl or libxc"
: >empty
expect "an empty file" 2 "" -- show empty
said "empty: not a save image, but an empty file"
expect "no file" 2 "" -- show missing
said "missing: No such file or directory"
expect "a folder" 2 "" -- show .
expect "no image named" 2 "" -- show
show "$pv" "$pvh" || fail "two images are shown"
has "the first" "Stream      x86 PV, written on Xen 4.17"
has "the second" "Stream      x86 HVM, written on Xen 4.17"
[ "$(grep -c '^Image ' <<<"$out")" = 2 ] || fail "each once"
show --format=json text "$pv" && fail "one of them is no image"
"$python" - <<PY || fail "the JSON of two"
import json
result = json.loads('''$out''')
text, pv = result["images"]
assert result["ok"] is False and text["error"] == result["error"]
assert text["image"] == "text" and set(text) == {"image", "ok", "error"}
assert pv["ok"] is True and pv["container"] == "xl"
PY
expect "unknown format" 2 "" -- show --format=xml "$pv"
expect "unknown part" 2 "" -- show --extract=pages "$pv"

full_device show "$pv"
finish
