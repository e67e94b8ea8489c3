#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# FORMAT.md is enough to read and write the record, the seal and the flat layout: a
# second implementation, made from its text, and ours understand each other.  If
# this fails, one of them is wrong, and other programs' images are lost on us.
set -eu
. "$top_srcdir/tests/cli/functions.sh"

python=${PYTHON:-python3}
image=$top_srcdir/tests/data/saves/thin-pv-4.17.img
mkstream=$top_builddir/tests/streams/mkstream

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

def digest(data):                          # the default secret
    out = subprocess.run(["xxh128sum"], input=data, check=True,
                         capture_output=True).stdout.split()[0]
    return bytes.fromhex(out.decode())

def seal_48(version, extents, n, of):      # "The seal"
    seal = struct.pack("<8sHHIQ16s", b"XENRSEAL", version, version, extents,
                       n, of)
    return seal + struct.pack("<II", zlib.crc32(seal), 0)

def seal_write(image):                     # "Version 1"
    return seal_48(1, 0, len(image), digest(image))
PY

cat >flat.py <<'PY'
import struct
from format import digest, seal_48

PADDING, PAGE_DATA, END, PAGE = 0xD8524D45, 1, 0, 4096
ALL = (1 << 64) - 1
P32 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
P64 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
       0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)

def merge(acc, words, start):
    total = start
    for i in range(0, 8, 2):
        product = (acc[i] ^ words[i]) * (acc[i + 1] ^ words[i + 1])
        total += product & ALL ^ product >> 64
    total &= ALL
    total ^= total >> 37
    total = total * 0x165667919E3779F9 & ALL
    return total ^ total >> 32

def xxh3_128(data, secret):
    """XXH3-128 with a secret, of more than 240 bytes, as its specification has it."""
    acc = [P32[2], P64[0], P64[1], P64[2], P64[3], P32[1], P64[4], P32[0]]
    def words(at, source=secret):
        return struct.unpack_from("<8Q", source, at)
    def accumulate(at, key):
        for i, (value, k) in enumerate(zip(words(at, data), words(key))):
            k ^= value
            acc[i ^ 1] = acc[i ^ 1] + value & ALL
            acc[i] = acc[i] + (k & 0xffffffff) * (k >> 32) & ALL
    last = len(secret) - 64
    stripes = last // 8
    for n in range((len(data) - 1) // 64):
        accumulate(n * 64, n % stripes * 8)
        if n % stripes == stripes - 1:
            for i, k in enumerate(words(last)):
                acc[i] = (acc[i] ^ acc[i] >> 47 ^ k) * P32[0] & ALL
    accumulate(len(data) - 64, last - 7)
    low = merge(acc, words(11), len(data) * P64[0] & ALL)
    high = merge(acc, words(last - 11), ~(len(data) * P64[1]) & ALL)
    return struct.pack(">QQ", high, low)

def records(image):
    """(where, type, length) of libxc's in an image of xl's, and where they begin"""
    at = 48 + struct.unpack_from("<I", image, 44)[0] + 16 + 8 + 40
    while True:
        kind, length = struct.unpack_from("<II", image, at)
        yield at, kind, length
        if kind == END:
            return
        at += 8 + (length + 7) // 8 * 8

def places(image):
    """Each PAGE_DATA record's first page, and the numbers of its pages."""
    for at, kind, length in records(image):
        if kind != PAGE_DATA:
            continue
        count, = struct.unpack_from("<I", image, at + 8)
        entries = struct.unpack_from("<%dQ" % count, image, at + 16)
        numbers = [e & (1 << 52) - 1 for e in entries if e >> 60 < 0xd]
        if numbers:
            yield at + 16 + 8 * count, numbers

def gaps(extents, n):
    begin = 0
    for offset, pages in extents:
        yield begin, offset
        begin = offset + pages * PAGE
    yield begin, n

def padding(offset, ahead, least=0):       # "The flat layout"
    n = -(offset + ahead) % PAGE
    while n < least:
        n += PAGE
    return struct.pack("<II", PADDING, n - 8) + bytes(n - 8) if n else b""

def flat_write(image, secret):
    """An image of xl's, laid out flat and sealed."""
    length, = struct.unpack_from("<I", image, 48)
    blanks = -(52 + length) % 8
    out = bytearray(image[:44])
    out += struct.pack("<II", length + 4 + blanks, length + blanks)
    out += image[52:52 + length] + b" " * blanks
    done, first = 52 + length, True
    for at, kind, length in records(image):
        out += image[done:at]
        if kind == PAGE_DATA:
            count, = struct.unpack_from("<I", image, at + 8)
            out += padding(len(out), 16 + 8 * count, PAGE if first else 0)
            first = False
        done = at
    out += image[done:]
    return bytes(out + table_write(bytes(out), secret))

def table_write(image, secret):            # "Version 2"
    extents = [(at, len(numbers)) for at, numbers in places(image)]
    table = secret
    table += b"".join(struct.pack("<QQ", *extent) for extent in extents)
    for at, pages in extents:
        table += b"".join(xxh3_128(image[at + i * PAGE:][:PAGE], secret)
                          for i in range(pages))
    table += b"".join(digest(image[begin:end])
                      for begin, end in gaps(extents, len(image)))
    seal = seal_48(2, len(extents), len(image), digest(table))
    return seal + table + seal

def judge(file):
    """The numbers of the pages that are damaged, and the gaps that are."""
    version, kind, e, n = struct.unpack_from("<HHIQ", file, len(file) - 40)
    assert version == kind == 2
    image, table = file[:n], file[n + 48:-48]
    assert seal_48(2, e, n, digest(table)) == file[n:n + 48] == file[-48:]
    secret, at = table[:192], 192 + 16 * e
    extents = [struct.unpack_from("<QQ", table, 192 + 16 * i)
               for i in range(e)]
    found = list(places(image))
    assert extents == [(at, len(numbers)) for at, numbers in found]
    pages = sum(count for _, count in extents)
    assert len(table) == at + 16 * pages + 16 * (e + 1)
    bad = []
    for offset, numbers in found:
        assert offset % PAGE == 0
        for number in numbers:
            if xxh3_128(image[offset:offset + PAGE], secret) \
                    != table[at:at + 16]:
                bad.append(number)
            offset, at = offset + PAGE, at + 16
    bad_gaps = []
    for begin, end in gaps(extents, n):
        if digest(image[begin:end]) != table[at:at + 16]:
            bad_gaps.append((begin, end))
        at += 16
    return bad, bad_gaps
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

# --- the flat layout, and the seal of each page

"$mkstream" xl metadata pages=37 batch=8 >stream
"$python" - <<'PY' || fail "a writer of FORMAT.md's lays an image out flat"
from flat import *
secret = bytes((i * 37 + i // 7) % 256 for i in range(192))
# As its specification has it: the default secret's digest is xxh128sum's.
default = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")
data = bytes(i * i % 251 for i in range(4096))
assert xxh3_128(data, default) == digest(data)
stream = open("stream", "rb").read()
file = flat_write(stream, secret)
assert judge(file) == ([], [])
open("theirs-flat", "wb").write(file)
begin, numbers = list(places(file))[2]
damaged = bytearray(file)
damaged[begin + 3 * PAGE + 77] ^= 1
open("theirs-damaged", "wb").write(damaged)
assert judge(damaged) == ([numbers[3]], [])
open("number", "w").write("0x%x" % numbers[3])
open("offset", "w").write(str(begin + 3 * PAGE))
PY
"$program" verify theirs-flat >out || fail "we take it: $(cat out)"
grep -q '^Seal *match$' out || fail "and its seal"
grep -q '^Contents .* 37 pages of data' out || fail "with all its pages"
"$program" show theirs-flat >out || fail "and show it"
grep -q '^Layout *flat$' out || fail "as flat"
if "$program" verify theirs-damaged >out; then
    fail "a page that is damaged is found"
fi
grep -q "^$(cat offset) *page $(cat number) is not what was sealed$" out ||
    fail "by its number and place: $(cat out)"

for words in xl 'xl live metadata' 'xl hvm live vcpus=2'; do
    # shellcheck disable=SC2086
    "$mkstream" flat seal $words pages=41 batch=7 >ours-flat
    "$python" - "$program" <<'PY' || fail "a reader of FORMAT.md's: $words"
import json, random, subprocess, sys
from flat import *
file = open("ours-flat", "rb").read()
assert judge(file) == ([], [])
n, = struct.unpack_from("<Q", file, len(file) - 32)
first = True
for at, kind, length in records(file):
    if kind == PADDING:
        assert not any(file[at + 8:at + 8 + length])
        assert not first or length + 8 >= PAGE
        first = False
assert not first
# Both find the same pages and gaps where bytes of the image were flipped.
random.seed(14)
for _ in range(12):
    damaged = bytearray(file)
    damaged[random.randrange(list(places(file))[0][0], n)] ^= 0x40
    pages, holes = [], []
    try:
        pages, holes = judge(damaged)
    except (AssertionError, struct.error):
        continue                           # a header: no table helps there
    open("damaged", "wb").write(damaged)
    said = subprocess.run([sys.argv[1], "verify", "--format=json", "damaged"],
                          capture_output=True).stdout
    said = [p["what"] for p in json.loads(said)["problems"]
            if "not what was sealed" in p["what"]]
    assert len(said) == len(pages) + len(holes) == 1
    assert all("page 0x%x " % p in said[0] for p in pages)
    assert all("bytes %d to %d," % (b, e - 1) in said[0] for b, e in holes)
PY
done
finish
