#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What xl's save images have for pages, read without any code of ours.

image-pages.py count IMAGE         how many pages have data, and how many of them
                                   are not all zero
image-pages.py differ IMAGE OTHER  how many pages differ
image-pages.py strip IMAGE OUT     the image without optional records, which Xen's
                                   verify-stream-v2 does not know, and a seal
"""
import mmap
import struct
import sys

PAGE = 4096
END, PAGE_DATA, OPTIONAL = 0, 1, 1 << 31
WITHOUT_DATA = (0xd, 0xe, 0xf)  # XALLOC, BROKEN, XTAB
HEADERS = 24 + 16               # libxc's image and domain header


def libxc_begin(image):
    """Behind xl's header with its optional data, libxl's, and the record that says
    that libxc's stream follows."""
    optional, = struct.unpack_from("<I", image, 44)
    at = 48 + optional + 16
    assert image[48 + optional:][:8] == b"LibxlFmt", "no image of xl's"
    assert struct.unpack_from("<II", image, at) == (1, 0)
    return at + 8


def records_from(image, at):
    """(type, offset of the header, offset behind the body) up to END."""
    kind = None
    while kind != END:
        kind, length = struct.unpack_from("<II", image, at)
        behind = at + 8 + (length + 7) // 8 * 8
        yield kind, at, behind
        at = behind


def records(image):
    return records_from(image, libxc_begin(image) + HEADERS)


def places(image):
    """Where each page stands that has data: what comes later counts."""
    where = {}
    for kind, at, _ in records(image):
        if kind != PAGE_DATA:
            continue
        count, _ = struct.unpack_from("<II", image, at + 8)
        place = at + 16 + 8 * count
        for entry in struct.unpack_from("<%dQ" % count, image, at + 16):
            frame = entry & (1 << 52) - 1
            if entry >> 60 in WITHOUT_DATA:
                where.pop(frame, None)
            else:
                where[frame] = place
                place += PAGE
    return where


def count(image):
    zeros = bytes(PAGE)
    where = places(image)
    print(len(where), sum(image[at:at + PAGE] != zeros
                          for at in where.values()))


def differ(image, other):
    ours, theirs = places(image), places(other)
    both = ours.keys() & theirs.keys()
    print(len(ours.keys() ^ theirs.keys())
          + sum(image[ours[frame]:ours[frame] + PAGE]
                != other[theirs[frame]:theirs[frame] + PAGE]
                for frame in both))


def strip(image, out):
    with open(out, "wb") as file:
        behind = libxc_begin(image) + HEADERS
        file.write(image[:behind])
        for kind, at, behind in records(image):
            if not kind & OPTIONAL:
                file.write(image[at:behind])
        for _, at, behind in records_from(image, behind):
            file.write(image[at:behind])


def opened(path):
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def main():
    verb, image, *rest = sys.argv[1:]
    if verb == "count":
        count(opened(image))
    elif verb == "differ":
        differ(opened(image), opened(rest[0]))
    else:
        strip(opened(image), rest[0])


if __name__ == "__main__":
    main()
