/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The push parser sees every record of every kind of image at its place, and
 * names what it cannot read.  If this fails, show and verify read nothing.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <string.h>

#include "format/stream.h"
#include "stream_builder.h"

struct seen {
    unsigned texts, libxl, libxc, records, pages;
    bool ended;
    uint64_t end;
};

/* Gives the parser what it wants from the bytes; -ENODATA where they end. */
static int parse(const struct buffer *b, struct seen *seen,
                 struct xr_error *err)
{
    struct stream_event event;
    struct stream s;
    int r = 0;

    *seen = (struct seen){ 0 };
    stream_init(&s);
    while (!r && !seen->ended) {
        size_t needs = stream_needs(&s);

        if (s.offset > b->length || needs > b->length - s.offset)
            return -ENODATA;
        r = stream_push(&s, (const uint8_t *)b->data + s.offset, &event, err);
        if (r)
            return r;
        seen->texts += event.kind == STREAM_EVENT_TEXT;
        seen->libxl += event.kind == STREAM_EVENT_LIBXL;
        seen->libxc += event.kind == STREAM_EVENT_LIBXC;
        seen->records += event.kind == STREAM_EVENT_RECORD;
        seen->pages += event.kind == STREAM_EVENT_RECORD
                       && event.layer == STREAM_LIBXC
                       && event.type == LIBXC_REC_PAGE_DATA;
        seen->ended = event.kind == STREAM_EVENT_END;
        seen->end = event.offset;
    }
    return r;
}

static void sees_every_container(void **state)
{
    static const struct {
        char container;
        unsigned texts, libxl, records;
    } rows[] = {
        { 'x', 1, 1, 16 }, { 'v', 1, 1, 16 }, { 'l', 0, 1, 16 },
        { 'c', 0, 0, 14 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUFFER struct buffer b = { 0 };
        struct image_plan plan = { .container = rows[i].container };
        struct seen seen;

        build_image(&b, &plan);
        assert_int_equal(parse(&b, &seen, NULL), 0);
        assert_int_equal(seen.texts, rows[i].texts);
        assert_int_equal(seen.libxl, rows[i].libxl);
        assert_int_equal(seen.libxc, 1);
        assert_int_equal(seen.pages, 3);
        assert_int_equal(seen.records, rows[i].records);
        assert_int_equal(seen.end, b.length);
    }
}

/* Wherever it is cut, it asks for more, and never fails otherwise. */
static void asks_for_what_is_cut_off(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct image_plan plan = { .container = 'x', .pages = 2 };
    struct seen seen;
    size_t whole;

    (void)state;
    build_image(&b, &plan);
    whole = b.length;
    for (b.length = 0; b.length < whole; b.length++)
        assert_int_equal(parse(&b, &seen, NULL), -ENODATA);
}

/* libxl's records stand behind each CHECKPOINT, and libxc's go on after. */
static void follows_a_checkpointed_stream(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct seen seen;

    (void)state;
    build_libxl(&b);
    build_record(&b, LIBXL_REC_LIBXC_CONTEXT, NULL, 0);
    build_libxc(&b, 3, LIBXC_DOMAIN_X86_PV);
    build_record(&b, LIBXC_REC_CHECKPOINT, NULL, 0);
    build_record(&b, LIBXL_REC_EMULATOR_CONTEXT, "12345678", 8);
    build_record(&b, LIBXL_REC_CHECKPOINT_END, NULL, 0);
    build_pages(&b, 0, 1);
    build_record(&b, LIBXC_REC_END, NULL, 0);
    build_record(&b, LIBXL_REC_END, NULL, 0);
    assert_int_equal(parse(&b, &seen, NULL), 0);
    assert_int_equal(seen.records, 7);
    assert_int_equal(seen.pages, 1);
}

static void names_what_it_does_not_read(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        int r;
        const char *says;
    } rows[] = {
        { "LinuxGuestRecord", 16, -ENOTSUP, "xend" },
        { "\0\0\1\0\0\0\0\0\377\377\377\377\377\377\377\377", 16, -ENOTSUP,
          "legacy" },
        { "no image at all\n", 16, -ENOEXEC, "not a save image" },
        { "\377\377\377\377\377\377\377\377\377\377\377\377", 12, -ENOEXEC,
          "not a save image" },
        { "#!/bin/sh\nexit 0\n", 16, -ENOEXEC, "not a save image" },
        { "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, -ENOEXEC, "not a save image" },
    };
    struct seen seen;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUFFER struct buffer b = { 0 };
        struct xr_error err;

        build_bytes(&b, rows[i].bytes, rows[i].n);
        assert_int_equal(parse(&b, &seen, &err), rows[i].r);
        assert_non_null(strstr(err.message, rows[i].says));
    }
}

/* A file of xl's from before Xen 4.6: the configuration, then no libxl. */
static void names_the_legacy_format_of_xl(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct xr_error err;
    struct seen seen;

    (void)state;
    build_xl(&b, "{}");
    b.data[36] = 1;
    build_bytes(&b, "0123456789abcdef", 16);
    assert_int_equal(parse(&b, &seen, &err), -ENOTSUP);
    assert_int_equal(seen.texts, 1);
    assert_non_null(strstr(err.message, "legacy"));
}

static void refuses_lengths_that_lie(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct xr_error err;
    struct seen seen;

    (void)state;
    build_xl(&b, "{}");
    b.data[48] = 100; /* a configuration longer than the optional data */
    assert_int_equal(parse(&b, &seen, &err), -EINVAL);
    assert_int_equal(err.offset, 48);

    b.length = 0;
    build_libxc(&b, 3, LIBXC_DOMAIN_X86_PV);
    build_le32(&b, LIBXC_REC_PAGE_DATA);
    build_le32(&b, (128 << 20) + 1);
    assert_int_equal(parse(&b, &seen, &err), -EINVAL);
    assert_int_equal(err.offset, 44);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sees_every_container),
        cmocka_unit_test(asks_for_what_is_cut_off),
        cmocka_unit_test(follows_a_checkpointed_stream),
        cmocka_unit_test(names_what_it_does_not_read),
        cmocka_unit_test(names_the_legacy_format_of_xl),
        cmocka_unit_test(refuses_lengths_that_lie),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
