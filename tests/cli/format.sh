#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# FORMAT.md is enough to read and write the record and the seal: a second
# implementation, made from its text, and ours understand each other.  If this
# fails, one of them is wrong, and other programs' images are lost on us.
set -eu
. "$top_srcdir/tests/cli/functions.sh"

python=${PYTHON:-python3}
image=$top_srcdir/tests/data/saves/thin-pv-4.17.img

cat >format.py <<'PY'
import re, struct, subprocess, zlib

TYPE = 0xD8524D44

def list_read(text):                       # "The list"
    pairs = {}
    for pair in re.findall(rb"((?:[^,\\]|\\x[0-9a-fA-F]{2}|\\.)+)(?:,|$)",
                           text):
        key, value = pair.split(b"=", 1)
        pairs[key.decode("ascii")] = re.sub(
            rb"\\(x[0-9a-fA-F]{2}|.)", lambda m: m[1] if len(m[1]) == 1
            else bytes([int(m[1][1:], 16)]), value)
    return pairs

def list_write(pairs):
    def escape(byte):
        if byte in b"\\,":
            return "\\" + chr(byte)
        return chr(byte) if 32 <= byte < 127 else "\\x%02x" % byte
    return ",".join(key + "=" + "".join(map(escape, value))
                    for key, value in pairs.items()).encode("ascii")

def record_read(body):                     # "The record"
    magic, major, minor, n = struct.unpack_from("<8sHHI", body)
    assert magic == b"XENRMETA" and major == 1 and n <= 65000
    assert len(body) == 20 + n
    crc, = struct.unpack_from("<I", body, 16 + n)
    assert crc == zlib.crc32(body[:16 + n])
    return list_read(body[16:16 + n])

def record_write(pairs, minor=0):
    text = list_write(pairs)
    body = struct.pack("<8sHHI", b"XENRMETA", 1, minor, len(text)) + text
    body += struct.pack("<I", zlib.crc32(body))
    return (struct.pack("<II", TYPE, len(body)) + body
            + bytes(-len(body) % 8))

def seal_write(image):                     # "The seal"
    digest = subprocess.run(["xxh128sum"], input=image, check=True,
                            capture_output=True).stdout.split()[0]
    seal = struct.pack("<8sHHIQ16s", b"XENRSEAL", 1, 1, 0, len(image),
                       bytes.fromhex(digest.decode()))
    return seal + struct.pack("<II", zlib.crc32(seal), 0)
PY

"$program" show --format=json "$image" >shown.json
"$python" - "$image" <<'PY' || fail "a reader of FORMAT.md's reads our record"
import json, struct, sys
from format import *
shown = json.load(open("shown.json"))["metadata"]
image = open(sys.argv[1], "rb").read()
kind, length = struct.unpack_from("<II", image, shown["offset"])
assert (kind, length) == (TYPE, shown["length"])
body = image[shown["offset"] + 8:][:length]
pairs = record_read(body)
assert {k: v.decode() for k, v in pairs.items()} == shown["keys"]
assert pairs["image.SUSPEND_CANCEL"] == b"0x1" and len(pairs) > 8
# Keys in another order, unknown ones, escapes, a later minor version.
pairs = dict(reversed(list(pairs.items())))
pairs["user.note"] = b"a,b\\c=d \xc3\xbc"
pairs["somebody.elses"] = b""
padded = (length + 7) // 8 * 8
with open("theirs", "wb") as out:
    out.write(image[:shown["offset"]] + record_write(pairs, 7)
              + image[shown["offset"] + 8 + padded:])
json.dump({k: v.decode() for k, v in pairs.items()}, open("pairs.json", "w"))
theirs = open("theirs", "rb").read()
open("theirs-sealed", "wb").write(theirs + seal_write(theirs))
PY

"$program" verify theirs >out || fail "we take what a writer of FORMAT.md's wrote"
grep -q '^Record *sound$' out || fail "and its record for sound"
"$program" show --format=json theirs >shown.json || fail "we show it"
"$python" - <<'PY' || fail "with the pairs that were written"
import json
shown = json.load(open("shown.json"))["metadata"]
assert shown["version"] == "1.7"
assert shown["keys"] == json.load(open("pairs.json"))
PY
"$program" verify theirs-sealed >out || fail "we take its seal"
grep -q '^Seal *match$' out || fail "for one that matches"
cp theirs ours-sealed
"$program" seal ours-sealed >/dev/null
cmp theirs-sealed ours-sealed || fail "and write the same"
finish
