#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What "xen-resumable memory" has written, read without any code of ours.

memory-pages.py pattern PAGES FORM FILE    is each of the PAGES pages of a guest with
                                           "pattern=1" there, once, and what it was last?
memory-pages.py same FILE                  is it what comes from standard input?
memory-pages.py differ FORM FILE CORE IMAGE
                                           which pages of FILE are others in CORE, by
                                           xl dump-core, or only in one of the two and
                                           not zeros; those are left out that libxc writes
                                           anew when it restores IMAGE: page tables,
                                           and where a PV guest's P2M lies
"""
import mmap
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

PAGE = 4096
WORDS = PAGE // 8
FIRST = 0x9e3779b97f4a7c15
STEP = 0xbf58476d1ce4e5b9
MASK = (1 << 64) - 1
PAGE_DATA, PV_P2M_FRAMES = 1, 3


def raw(data, path):
    """Without what lies in holes: to read these would fill them, on a tmpfs."""
    where, at = {}, 0
    with open(path, "rb") as file:
        while True:
            try:
                at = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:
                return where
            end = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            for n in range(at // PAGE, (end + PAGE - 1) // PAGE):
                where[n] = n * PAGE
            at = end


def lime(data, _path=None):
    where, at = {}, 0
    while at < len(data):
        magic, version, first, last, _ = struct.unpack_from("<IIQQQ", data, at)
        assert (magic, version) == (0x4C694D45, 1), "no header of LiME's"
        at += 32
        for address in range(first, last + 1, PAGE):
            where[address // PAGE] = at
            at += PAGE
    return where


def elf(data, _path=None):
    where = {}
    start, = struct.unpack_from("<Q", data, 32)
    count, = struct.unpack_from("<H", data, 56)
    for i in range(count):
        kind, _, offset, _, address, size = struct.unpack_from(
            "<IIQQQQ", data, start + 56 * i)
        for at in range(0, size if kind == 1 else 0, PAGE):
            where[(address + at) // PAGE] = offset + at
    return where


def xen(data, _path=None):
    start, = struct.unpack_from("<Q", data, 40)
    count, names = struct.unpack_from("<HH", data, 60)
    headers = [struct.unpack_from("<IIQQQQ", data, start + 64 * i)
               for i in range(count)]
    sections = {}
    for name, _, _, _, offset, size in headers[1:]:
        at = headers[names][4] + name
        sections[data[at:data.find(b"\0", at)].decode()] = (offset, size)
    entry = 16 if ".xen_p2m" in sections else 8
    offset, size = sections[".xen_p2m" if entry == 16 else ".xen_pfn"]
    pages = sections[".xen_pages"][0]
    return {struct.unpack_from("<Q", data, offset + at)[0]:
            pages + at // entry * PAGE for at in range(0, size, entry)}


FORMS = {"raw": raw, "lime": lime, "elf": elf, "xen": xen}


def opened(path):
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


# Each second word of a page, with room above it for what is carried, so that all
# of them are added up at once: a word by itself costs an emulated CPU a hundred
# times as much.
def lanes(words):
    return int.from_bytes(b"".join(struct.pack("<QQ", w & MASK, 0) for w in words),
                          "little")


EVEN_STEPS = lanes(STEP * i for i in range(0, WORDS, 2))
ODD_STEPS = lanes(STEP * i for i in range(1, WORDS, 2))
EACH = lanes([1] * (WORDS // 2))
LANES = lanes([MASK] * (WORDS // 2))


def page_of_write(number):
    word = EACH * (number * FIRST & MASK)
    page = (word + EVEN_STEPS & LANES) | (word + ODD_STEPS & LANES) << 64
    return struct.pack("<Q", number) + page.to_bytes(PAGE, "little")[8:]


def number_of(page):
    """Of the write that the page is of; None: it is no page of the pattern."""
    number, second = struct.unpack_from("<QQ", page)
    if second != number * FIRST + STEP & MASK:
        return None
    return number if page == page_of_write(number) else None


def check_pattern(count, form, path):
    """Numbers follow from the latest one alone, and pages lie in their order."""
    data = opened(path)
    where = FORMS[form](data, path)
    numbers = {n: number_of(data[at:at + PAGE]) for n, at in where.items()}
    found = {n: number for n, number in numbers.items() if number is not None}
    latest = max(found.values())
    first = min(found)
    wrong = [i for i in range(count)
             if found.get(first + i) != latest - (latest - i) % count]
    print("%s: %d pages of the pattern, the latest of write %d, %d wrong"
          % (form, len(found), latest, len(wrong)))
    if wrong or len(found) != count:
        sys.exit("wrong: %s" % wrong[:9])


def check_same(path):
    """busybox' cmp looks at each byte by itself, and takes ten times as long."""
    size = 1 << 20
    with open(path, "rb") as file:
        while True:
            ours, theirs = file.read(size), sys.stdin.buffer.read(size)
            if ours != theirs:
                sys.exit("it differs, %d bytes or less before %d"
                         % (size, file.tell()))
            if not ours:
                return


def written_at_restore(image):
    pages = __import__("image-pages")
    out = set()
    for kind, at, _ in pages.records(image):
        if kind == PAGE_DATA:
            count, = struct.unpack_from("<I", image, at + 8)
            for entry in struct.unpack_from("<%dQ" % count, image, at + 16):
                if 1 <= entry >> 60 & 7 <= 4 and entry >> 60 < 13:
                    out.add(entry & (1 << 52) - 1)
        elif kind == PV_P2M_FRAMES:
            length, = struct.unpack_from("<I", image, at + 4)
            out.update(struct.unpack_from("<%dQ" % (length // 8 - 1), image,
                                          at + 16))
    return out


def differ(form, path, core, image):
    ours, theirs = opened(path), opened(core)
    here, there = FORMS[form](ours, path), xen(theirs)
    left_out = written_at_restore(opened(image))
    others = sorted(n for n in here.keys() & there.keys() if n not in left_out
                    and ours[here[n]:here[n] + PAGE]
                    != theirs[there[n]:there[n] + PAGE])
    # A hole of raw is a page of zeros, which "only-there" compares it with.
    holes = {n for n in there.keys() - here.keys()
             if form == "raw" and n < len(ours) // PAGE}
    print("pages", len(here.keys() & there.keys()) + len(holes))
    print("others", len(others), *("0x%x" % n for n in others[:30]))
    for name, data, where, other in (("only-here", ours, here, there),
                                     ("only-there", theirs, there, here)):
        alone = sorted(n for n in where.keys() - other.keys()
                       if data[where[n]:where[n] + PAGE] != bytes(PAGE))
        print(name, len(alone), *("0x%x" % n for n in alone[:30]))


def main():
    verb, *rest = sys.argv[1:]
    if verb == "pattern":
        check_pattern(int(rest[0]), *rest[1:])
    elif verb == "same":
        check_same(*rest)
    else:
        differ(*rest)


if __name__ == "__main__":
    main()
