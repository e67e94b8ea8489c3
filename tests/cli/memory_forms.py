#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""memory_forms.py IMAGE FORM FILE: does FILE have the memory of IMAGE, page by page?

A second implementation of all: the image's stream, and the forms that the command
writes. A page is what it was the last time that it had data, as libxc's restore has it. Ends with a message if anything differs."""
import struct
import sys

PAGE = 4096


def records(image):
    """Type and body of each record of libxc's."""
    at = image.index(b"\xff" * 8 + b"XENF") + 24 + 16
    while True:
        kind, length = struct.unpack_from("<II", image, at)
        yield kind, image[at + 8:at + 8 + length]
        at += 8 + (length + 7) // 8 * 8
        if not kind:
            return


def memory_of(image):
    """Pages by number; of those that were never written, zeros."""
    pages = {}
    for kind, body in records(image):
        if kind != 1:
            continue
        count = struct.unpack_from("<I", body)[0]
        data = 8 + 8 * count
        for entry in struct.unpack_from("<%dQ" % count, body, 8):
            number, what = entry & (1 << 52) - 1, entry >> 60
            if what < 13:
                pages[number] = body[data:data + PAGE]
                data += PAGE
            elif what == 14:
                pages.setdefault(number, bytes(PAGE))
    return pages


def of_raw(out):
    return {n: out[n * PAGE:(n + 1) * PAGE] for n in range(len(out) // PAGE)}


def of_lime(out):
    pages, at = {}, 0
    while at < len(out):
        magic, version, first, last, zero = struct.unpack_from("<IIQQQ", out, at)
        assert (magic, version, zero) == (0x4C694D45, 1, 0)
        at += 32
        for address in range(first, last + 1, PAGE):
            pages[address // PAGE] = out[at:at + PAGE]
            at += PAGE
    return pages


def of_elf(out):
    pages = {}
    start, = struct.unpack_from("<Q", out, 32)
    count, = struct.unpack_from("<H", out, 56)
    for i in range(count):
        kind, _, offset, _, address, size = struct.unpack_from(
            "<IIQQQQ", out, start + 56 * i)
        if kind != 1:
            continue
        for at in range(0, size, PAGE):
            pages[(address + at) // PAGE] = out[offset + at:offset + at + PAGE]
    return pages


def of_xen(out):
    start, = struct.unpack_from("<Q", out, 40)
    count, names = struct.unpack_from("<HH", out, 60)
    headers = [struct.unpack_from("<IIQQQQ", out, start + 64 * i)
               for i in range(count)]
    texts = out[headers[names][4]:]
    sections = {}
    for name, _, _, _, offset, size in headers[1:]:
        sections[texts[name:].split(b"\0")[0].decode()] = out[offset:offset + size]
    data = sections[".xen_pages"]
    if ".xen_p2m" in sections:
        numbers = [a for a, _ in struct.iter_unpack("<QQ", sections[".xen_p2m"])]
    else:
        numbers = [a for a, in struct.iter_unpack("<Q", sections[".xen_pfn"])]
    assert len(numbers) * PAGE == len(data)
    return {n: data[i * PAGE:(i + 1) * PAGE] for i, n in enumerate(numbers)}


def main():
    image, form, path = sys.argv[1:]
    with open(image, "rb") as file:
        expected = memory_of(file.read())
    with open(path, "rb") as file:
        out = file.read()
    pages = {"raw": of_raw, "lime": of_lime, "elf": of_elf, "xen": of_xen}[form](out)
    if form == "raw":
        assert len(out) == (max(expected) + 1) * PAGE, "length %d" % len(out)
        gaps = set(pages) - set(expected)
        assert all(pages.pop(n) == bytes(PAGE) for n in gaps), "gaps"
    assert set(pages) == set(expected), "pages: %s" % sorted(
        set(pages) ^ set(expected))[:9]
    wrong = [n for n in expected if pages[n] != expected[n]]
    assert not wrong, "page %d and %d others" % (wrong[0], len(wrong) - 1)
    assert len(expected) > 100, "only %d pages" % len(expected)


main()
