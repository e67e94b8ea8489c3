/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "image_builder.h"

#include <string.h>

static void put(struct buffer *out, bool big_endian, uint64_t value, size_t n)
{
    uint8_t bytes[8];
    size_t i;

    for (i = 0; i < n; i++)
        bytes[big_endian ? n - 1 - i : i] = (uint8_t)(value >> (8 * i));
    buffer_append(out, bytes, n);
}

static void zeros(struct buffer *out, size_t n)
{
    static const char none[64];

    for (; n > sizeof(none); n -= sizeof(none))
        buffer_append(out, none, sizeof(none));
    buffer_append(out, none, n);
}

static void align(struct buffer *out, size_t alignment)
{
    zeros(out, (alignment - out->length % alignment) % alignment);
}

void image_note(struct buffer *out, const struct image_shape *shape,
                const char *name, uint32_t type, const void *desc, size_t n)
{
    size_t alignment = shape->alignment ? (size_t)shape->alignment : 4;
    size_t name_size = strlen(name) + 1;

    put(out, shape->big_endian, name_size, 4);
    put(out, shape->big_endian, n, 4);
    put(out, shape->big_endian, type, 4);
    buffer_append(out, name, name_size);
    align(out, alignment);
    buffer_append(out, desc, n);
    align(out, alignment);
}

void image_note_number(struct buffer *out, const struct image_shape *shape,
                       uint32_t type, uint64_t value, size_t width)
{
    struct buffer desc = { 0 };

    put(&desc, shape->big_endian, value, width);
    image_note(out, shape, "Xen", type, desc.data, desc.length);
    buffer_free(&desc);
}

void image_note_string(struct buffer *out, const struct image_shape *shape,
                       uint32_t type, const char *text)
{
    image_note(out, shape, "Xen", type, text, strlen(text) + 1);
}

void image_linux_notes(struct buffer *out, const struct image_shape *shape)
{
    size_t word = shape->narrow ? 4 : 8;
    uint64_t base = shape->narrow ? 0xc0000000 : 0xffffffff80000000;
    struct buffer pair = { 0 };

    image_note(out, shape, "GNU", 3, "build-id-of-20-bytes", 20);
    image_note_string(out, shape, 6, "linux");
    image_note_string(out, shape, 7, "2.6");
    image_note_string(out, shape, 5, "xen-3.0");
    image_note_number(out, shape, 3, base, word);
    image_note_number(out, shape, 1, base + 0x1000000, word);
    image_note_string(out, shape, 10, "!writable_page_tables|auto_trans");
    image_note_string(out, shape, 8, "generic");
    put(&pair, shape->big_endian, 1, 8);
    put(&pair, shape->big_endian, 1, 8);
    image_note(out, shape, "Xen", 13, pair.data, pair.length);
    buffer_free(&pair);
    image_note_number(out, shape, 14, 1, 4);
    image_note_number(out, shape, 18, 0x1000000, word);
}

void image_code(struct buffer *out, size_t n)
{
    static const uint8_t words[8][6] = {
        { 0x48, 0x89, 0xe5, 0x55, 0x53, 0x90 }, { 0xe8, 0, 0, 0, 0, 0xc3 },
        { 0x48, 0x8b, 0x45, 0xf8, 0x48, 0x85 }, { 0x0f, 0x1f, 0x44, 0, 0, 5 },
        { 0x31, 0xc0, 0x5b, 0x5d, 0xc3, 0xcc }, { 0, 0, 0, 0, 0, 0 },
        { 0x48, 0xc7, 0xc0, 1, 0, 0 }, { 'p', 'r', 'i', 'n', 't', 'k' },
    };
    uint32_t seed = 1;
    size_t i;

    for (i = 0; i + 6 <= n; i += 6) {
        uint8_t word[6];

        seed = seed * 1664525 + 1013904223;
        memcpy(word, words[seed >> 29], sizeof(word));
        if (seed & 0x1000000)
            word[5] = (uint8_t)(seed >> 16);
        buffer_append(out, word, sizeof(word));
    }
    zeros(out, n - i);
}

struct layout {
    size_t header_size, segment_size, section_size;
    uint64_t code, notes, names, sections;
};

static const char section_names[] = "\0.shstrtab\0.notes\0__xen_guest";

/* [header][program headers][code][notes][code][names][section headers] */
static struct layout lay_out(const struct image_shape *shape, size_t n)
{
    struct layout at = {
        .header_size = shape->narrow ? 52 : 64,
        .segment_size = shape->narrow ? 32 : 56,
        .section_size = shape->narrow ? 40 : 64,
    };

    at.code = at.header_size + 2 * at.segment_size;
    at.notes = (at.code + shape->code_before + 15) & ~(uint64_t)15;
    at.names = at.notes + n + shape->code_behind;
    at.sections = (at.names + sizeof(section_names) + 7) & ~(uint64_t)7;
    return at;
}

static void put_header(struct buffer *out, const struct image_shape *shape,
                       const struct layout *at)
{
    bool be = shape->big_endian;
    size_t word = shape->narrow ? 4 : 8;

    buffer_append(out, "\177ELF", 4);
    put(out, be, shape->narrow ? 1 : 2, 1);
    put(out, be, be ? 2 : 1, 1);
    put(out, be, 1, 1);
    zeros(out, 9);
    put(out, be, 2, 2);                          /* ET_EXEC */
    put(out, be, shape->narrow ? 3 : 62, 2);     /* machine */
    put(out, be, 1, 4);
    put(out, be, 0x1000000, word);
    put(out, be, at->header_size, word);
    put(out, be, at->sections, word);
    put(out, be, 0, 4);
    put(out, be, at->header_size, 2);
    put(out, be, at->segment_size, 2);
    put(out, be, 2, 2);
    put(out, be, at->section_size, 2);
    put(out, be, 3, 2);
    put(out, be, 1, 2);
}

static void put_segment(struct buffer *out, const struct image_shape *shape,
                        uint32_t type, uint64_t offset, uint64_t size)
{
    bool be = shape->big_endian;
    size_t word = shape->narrow ? 4 : 8;
    uint64_t alignment = shape->alignment ? shape->alignment : 4;

    put(out, be, type, 4);
    if (!shape->narrow)
        put(out, be, 4, 4);
    put(out, be, offset, word);
    put(out, be, 0, word);
    put(out, be, 0, word);
    put(out, be, size, word);
    put(out, be, size, word);
    if (shape->narrow)
        put(out, be, 4, 4);
    put(out, be, alignment, word);
}

static void put_section(struct buffer *out, const struct image_shape *shape,
                        uint32_t name, uint32_t type, uint64_t offset,
                        uint64_t size)
{
    bool be = shape->big_endian;
    size_t word = shape->narrow ? 4 : 8;
    uint64_t alignment = shape->alignment ? shape->alignment : 4;

    put(out, be, name, 4);
    put(out, be, type, 4);
    put(out, be, 0, word);
    put(out, be, 0, word);
    put(out, be, offset, word);
    put(out, be, size, word);
    put(out, be, 0, 4);
    put(out, be, 0, 4);
    put(out, be, alignment, word);
    put(out, be, 0, word);
}

void image_elf(struct buffer *out, const struct image_shape *shape,
               const struct buffer *notes)
{
    static const struct buffer none;
    const struct buffer *area = notes ? notes : &none;
    struct layout at = lay_out(shape, area->length);
    bool guest = shape->place == IMAGE_GUEST;
    struct buffer elf = { 0 };

    put_header(&elf, shape, &at);
    put_segment(&elf, shape, 1, at.code, shape->code_before);
    put_segment(&elf, shape, shape->place == IMAGE_SEGMENT ? 4 : 0, at.notes,
                area->length);
    image_code(&elf, shape->code_before);
    align(&elf, 16);
    buffer_append(&elf, area->data, area->length);
    image_code(&elf, shape->code_behind);
    buffer_append(&elf, section_names, sizeof(section_names));
    align(&elf, 8);
    put_section(&elf, shape, 0, 0, 0, 0);
    put_section(&elf, shape, 1, 3, at.names, sizeof(section_names));
    put_section(&elf, shape, guest ? 18 : 11,
                shape->place == IMAGE_SECTION ? 7 : 1, at.notes,
                area->length);
    buffer_append(out, elf.data, elf.length);
    buffer_free(&elf);
}

void image_bzimage(struct buffer *out, const struct buffer *payload)
{
    enum { SETUP_SECTS = 4, STUB = 0x300 };
    struct buffer head = { 0 };

    zeros(&head, 0x1f1);
    put(&head, false, SETUP_SECTS, 1);
    zeros(&head, 0x1fe - head.length);
    put(&head, false, 0xaa55, 2);
    put(&head, false, 0x66eb, 2);
    buffer_append(&head, "HdrS", 4);
    put(&head, false, 0x020f, 2);
    zeros(&head, 0x248 - head.length);
    put(&head, false, STUB, 4);
    put(&head, false, payload->length, 4);
    zeros(&head, (SETUP_SECTS + 1) * 512 - head.length);
    image_code(&head, STUB);
    buffer_append(out, head.data, head.length);
    buffer_append(out, payload->data, payload->length);
    image_code(out, 0x200);
    buffer_free(&head);
}

static void put_pe_section(struct buffer *out, const char *name, size_t size,
                           size_t raw, size_t offset)
{
    char padded[8] = { 0 };

    memcpy(padded, name, strnlen(name, sizeof(padded)));
    buffer_append(out, padded, sizeof(padded));
    put(out, false, size, 4);
    put(out, false, offset, 4);
    put(out, false, raw, 4);
    put(out, false, offset, 4);
    zeros(out, 16);
}

void image_pe(struct buffer *out, const char *name,
              const struct buffer *content)
{
    enum { HEADER = 0x400, TEXT = 0x600 };
    size_t raw = (content->length + 511) & ~(size_t)511;
    struct buffer pe = { 0 };

    buffer_append(&pe, "MZ", 2);
    zeros(&pe, 0x3c - pe.length);
    put(&pe, false, 0x80, 4);
    zeros(&pe, 0x80 - pe.length);
    buffer_append(&pe, "PE\0\0", 4);
    put(&pe, false, 0x8664, 2);
    put(&pe, false, 3, 2);
    zeros(&pe, 12);
    put(&pe, false, 0xf0, 2);
    put(&pe, false, 0x206, 2);
    zeros(&pe, 0xf0);
    put_pe_section(&pe, ".text", TEXT, TEXT, HEADER);
    put_pe_section(&pe, name, content->length, raw, HEADER + TEXT);
    put_pe_section(&pe, ".tail", 16, 512, HEADER + TEXT + raw);
    zeros(&pe, HEADER - pe.length);
    image_code(&pe, TEXT);
    buffer_append(&pe, content->data, content->length);
    zeros(&pe, raw - content->length + 512);
    buffer_append(out, pe.data, pe.length);
    buffer_free(&pe);
}
