/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mkimage elf [narrow] [big] [segment|section|guest|none] [align8] [far]
 *         [SIZE]
 *         an ELF kernel with Linux's notes and SIZE bytes of code, a third of
 *         them before the notes; far: its header says 640 MiB before them
 * mkimage bzimage   standard input as the payload of a bzImage
 * mkimage pe NAME   standard input as section NAME of a PE program
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_builder.h"
#include "util/bytes.h"

/* p_offset of the second program header of an ELF64. */
enum { FAR_FIELD = 64 + 56 + 8, FAR_OFFSET = 640 << 20 };

static void read_stdin(struct buffer *out)
{
    char chunk[65536];
    size_t n;

    while ((n = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
        buffer_append(out, chunk, n);
}

static void make_elf(char **words, struct buffer *out)
{
    static const char guest[] =
        "GUEST_OS=linux,GUEST_VER=2.6,XEN_VER=xen-3.0,VIRT_BASE=0xC0000000,"
        "HYPERCALL_PAGE=0x104,FEATURES=writable_page_tables,LOADER=generic,"
        "PAE=yes,BSD_SYMTAB";
    struct image_shape shape = { .place = IMAGE_SEGMENT };
    struct buffer notes = { 0 };
    bool far = false;
    size_t size;

    for (; *words; words++) {
        size = strtoul(*words, NULL, 0);
        shape.narrow |= !strcmp(*words, "narrow");
        shape.big_endian |= !strcmp(*words, "big");
        if (!strcmp(*words, "section"))
            shape.place = IMAGE_SECTION;
        else if (!strcmp(*words, "guest"))
            shape.place = IMAGE_GUEST;
        else if (!strcmp(*words, "none"))
            shape.place = IMAGE_NO_NOTES;
        else if (!strcmp(*words, "align8"))
            shape.alignment = 8;
        else if (!strcmp(*words, "far"))
            far = true;
        shape.code_before += size / 3;
        shape.code_behind += size - size / 3;
    }
    if (shape.place == IMAGE_GUEST)
        buffer_append(&notes, guest, sizeof(guest));
    else if (shape.place != IMAGE_NO_NOTES)
        image_linux_notes(&notes, &shape);
    image_elf(out, &shape, &notes);
    if (far)
        store_le64((uint8_t *)out->data + FAR_FIELD, FAR_OFFSET);
    buffer_free(&notes);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    struct buffer in = { 0 }, out = { 0 };

    if (!strcmp(what, "elf")) {
        make_elf(argv + 2, &out);
    } else if (!strcmp(what, "bzimage")) {
        read_stdin(&in);
        image_bzimage(&out, &in);
    } else if (!strcmp(what, "pe") && argc > 2) {
        read_stdin(&in);
        image_pe(&out, argv[2], &in);
    } else {
        fprintf(stderr, "mkimage: elf, bzimage or pe NAME is expected\n");
        return 2;
    }
    if (buffer_failed(&in) || buffer_failed(&out)
        || fwrite(out.data, 1, out.length, stdout) != out.length)
        return 2;
    buffer_free(&in);
    buffer_free(&out);
    return fflush(stdout) ? 2 : 0;
}
