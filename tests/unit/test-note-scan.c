/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a guest's notes in its memory are overlooked, or seen where
 * there are none, or hostile memory is read for ever.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "unit.h"
#include "format/note_scan.h"
#include "format/notes.h"
#include "util/buffer.h"
#include "util/bytes.h"

static void put_note(struct buffer *b, const char *name, uint32_t type,
                     const void *desc, size_t n)
{
    uint8_t header[12];

    store_le32(header, (uint32_t)strlen(name) + 1);
    store_le32(header + 4, (uint32_t)n);
    store_le32(header + 8, type);
    buffer_append(b, header, sizeof(header));
    buffer_append(b, name, strlen(name) + 1);
    while (b->length & 3)
        buffer_append(b, "", 1);
    buffer_append(b, desc, n);
    while (b->length & 3)
        buffer_append(b, "", 1);
}

/* XEN_VERSION, a note of GNU's between them, GUEST_OS, SUSPEND_CANCEL. */
static void put_row(struct buffer *b, const char *os, uint8_t cancel)
{
    const uint8_t number[4] = { cancel };

    put_note(b, "Xen", 5, "xen-3.0", 8);
    put_note(b, "GNU", 3, "0123456789012345678", 19);
    put_note(b, "Xen", 6, os, strlen(os) + 1);
    put_note(b, "Xen", 14, number, 4);
}

static void put_zeros(struct buffer *b, size_t n)
{
    while (n--)
        buffer_append(b, "", 1);
}

struct finds {
    size_t count;
    uint64_t address[8];
    char os[8][32];
    int result;
};

static int found(void *data, uint64_t address, struct keylist *notes)
{
    struct finds *f = data;

    assert_true(f->count < 8);
    f->address[f->count] = address;
    strncpy(f->os[f->count], keylist_get(notes, "GUEST_OS"), 31);
    f->count++;
    return f->result;
}

static size_t scan(const struct buffer *b, bool more, struct finds *f)
{
    size_t used = 0;

    memset(f, 0, sizeof(*f));
    assert_int_equal(note_scan((const uint8_t *)b->data, b->length, 0x10000,
                               more, found, f, &used), 0);
    assert_true(used <= b->length);
    return used;
}

static void rows_are_found(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct finds f;

    (void)state;
    put_zeros(&b, 100);
    put_row(&b, "linux", 1);
    put_zeros(&b, 20000);
    put_row(&b, "NetBSD", 0);
    scan(&b, false, &f);
    assert_int_equal(f.count, 2);
    assert_int_equal(f.address[0], 0x10000 + 100);
    assert_string_equal(f.os[0], "linux");
    assert_string_equal(f.os[1], "NetBSD");
}

/* What is no row: too few notes, no GUEST_OS, out of step, cut off. */
static void others_are_not(void **state)
{
    static const char large[NOTE_DESC_MAX + 1];
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct finds f;

    (void)state;
    put_note(&b, "Xen", 6, "linux", 6);
    put_note(&b, "Xen", 14, "\1\0\0\0", 4);
    put_zeros(&b, 16);
    put_note(&b, "Xen", 5, "xen-3.0", 8);
    put_note(&b, "Xen", 8, "generic", 8);
    put_note(&b, "Xen", 14, "\1\0\0\0", 4);
    put_zeros(&b, 15);
    put_note(&b, "Xen", 100, "", 0);
    put_zeros(&b, 16);
    buffer_puts(&b, "XenXenXenXen");
    scan(&b, false, &f);
    assert_int_equal(f.count, 0);
    buffer_free(&b);

    put_row(&b, "linux", 1);
    b.length -= 20; /* the last note */
    put_note(&b, "Xen", 100, large, NOTE_DESC_MAX);
    put_note(&b, "Xen", 14, "\1\0\0\0", 4);
    scan(&b, false, &f);
    assert_int_equal(f.count, 1);
    buffer_free(&b);
    put_row(&b, "linux", 1);
    b.length -= 20;
    put_note(&b, "Xen", 100, large, NOTE_DESC_MAX + 1);
    put_note(&b, "Xen", 14, "\1\0\0\0", 4);
    scan(&b, false, &f);
    assert_int_equal(f.count, 0); /* nor is a row that such a note would end */
    buffer_free(&b);

    put_row(&b, "linux", 1);
    b.length -= 20; /* SUSPEND_CANCEL is behind the end of memory */
    scan(&b, false, &f);
    assert_int_equal(f.count, 0);
}

/* Cut at any place, and fed piece by piece, a row is found once. */
static void across_pieces(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    size_t cut;

    (void)state;
    put_zeros(&b, 9000);
    put_row(&b, "linux", 1);
    put_zeros(&b, 9000);
    for (cut = 8900; cut < 9200; cut += 4) {
        struct buffer first = { .data = b.data, .length = cut };
        struct finds f;
        size_t used = scan(&first, true, &f), again = 0;

        assert_int_equal(f.count, 0);
        assert_int_equal(note_scan((const uint8_t *)b.data + used,
                                   b.length - used, used, false, found, &f,
                                   &again), 0);
        assert_int_equal(f.count, 1);
        assert_int_equal(f.address[0], 9000);
    }
}

static void callers_failure_is_passed_on(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct finds f = { .result = -EIO };
    size_t used = 77;

    (void)state;
    put_row(&b, "linux", 1);
    put_row(&b, "linux", 1);
    assert_int_equal(note_scan((const uint8_t *)b.data, b.length, 0, false,
                               found, &f, &used), -EIO);
    assert_int_equal(f.count, 1);
    assert_int_equal(used, 77);
}

/* Megabytes of beginnings: each is looked at once. */
static void hostile_memory(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct finds f;

    (void)state;
    while (b.length < 8 << 20)
        put_note(&b, "Xen", 99, "", 0);
    scan(&b, false, &f);
    assert_int_equal(f.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_found),
        cmocka_unit_test(others_are_not),
        cmocka_unit_test(across_pieces),
        cmocka_unit_test(callers_failure_is_passed_on),
        cmocka_unit_test(hostile_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
