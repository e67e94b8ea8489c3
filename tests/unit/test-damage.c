/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happens to files on their way, done to real images of three Xens and to
 * made ones of the other kinds: verify finds it every time, but for the two
 * things that are said to need a seal.  If this fails, people trust images that
 * do not restore.  XR_SEED repeats a run whose seed was printed.
 */
#include "config.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "damage.h"
#include "lib/flat_writer.h"
#include "stream_builder.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

/* That verify is right takes every byte; that it is safe, some of them. */
#ifdef __SANITIZE_ADDRESS__
enum {
    CUTS = 200, FLIPS = 200, LIES = 10, BIT_STEP = 7, EVERY_BYTE = false,
};
#else
enum {
    CUTS = 1000, FLIPS = 1000, LIES = 40, BIT_STEP = 1, EVERY_BYTE = true,
};
#endif

static const struct source {
    const char *name;
    struct image_plan plan; /* of one that is made */
    uint32_t former_pages;  /* it is our writer's second image of a guest that has
                             * grown: so many it shares with the first; 0: it is
                             * made as it stands */
} sources[] = {
    { .name = "thin-pv-4.14" },
    { .name = "thin-pv-4.17" },
    { .name = "thin-pv-4.20" },
    { .name = "made: xl, PV, live",
      .plan = { .container = 'x', .live = true, .metadata = true, .pages = 14,
        .batch = 4 } },
    { .name = "made: xl, HVM, live, QEMU",
      .plan = { .container = 'x', .hvm = true, .emulator = true, .live = true,
        .metadata = true, .pages = 14, .batch = 4, .vcpus = 3 } },
    { .name = "made: libvirt, HVM, QEMU",
      .plan = { .container = 'v', .hvm = true, .emulator = true, .pages = 14,
        .batch = 4, .vcpus = 2 } },
    { .name = "made: libvirt, PV",
      .plan = { .container = 'v', .metadata = true, .pages = 14, .batch = 4 } },
    { .name = "made: libxl, PVH",
      .plan = { .container = 'l', .hvm = true, .pages = 9 } },
    { .name = "made: libxc, PV, version 2",
      .plan = { .container = 'c', .version2 = true, .pages = 9 } },
    /* These have their seals from the beginning. */
    { .name = "made: xl, PV, flat",
      .plan = { .container = 'x', .flat = true, .live = true, .metadata = true,
        .pages = 14, .batch = 4 } },
    { .name = "made: libvirt, HVM, QEMU, flat",
      .plan = { .container = 'v', .flat = true, .hvm = true, .emulator = true,
        .pages = 14, .batch = 4, .vcpus = 2 } },
    { .name = "written: xl, PV, flat, incremental",
      .plan = { .container = 'x', .flat = true, .live = true, .metadata = true,
        .pages = 14, .batch = 4 }, .former_pages = 9 },
    { .name = "written: libvirt, HVM, QEMU, flat, incremental",
      .plan = { .container = 'v', .flat = true, .hvm = true, .emulator = true,
        .pages = 14, .batch = 4, .vcpus = 2 }, .former_pages = 9 },
};
static struct buffer images[COUNT(sources)];
static uint32_t seed;

static uint32_t next_random(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

static void read_image(const char *name, struct buffer *out)
{
    const char *top = getenv("top_srcdir");
    char path[4096], chunk[65536];
    FILE *file;
    size_t n;

    snprintf(path, sizeof(path), "%s/tests/data/saves/%s.img",
             top ? top : ".", name);
    file = fopen(path, "rbe");
    if (!file)
        fail_msg("%s cannot be read", path);
    while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
        buffer_append(out, chunk, n);
    fclose(file);
}

/* Over what stands there, if that is an image. */
static void lay_out(const struct image_plan *plan, int fd,
                    struct flat_outcome *out)
{
    CLEANUP_FLAT_LAYOUT struct flat_layout parent = { .pages_begin = 0 };
    CLEANUP_CLOSE int in = memfd_create("stream", MFD_CLOEXEC);
    CLEANUP_FLAT_WRITER struct flat_writer *w = NULL;
    CLEANUP_BUFFER struct buffer b = { 0 };
    CLEANUP_FREE char *uuid = NULL;
    struct image_plan stream = *plan;
    struct flat_order order = { .in = in, .out = fd, .seal = true };

    stream.flat = false;
    image_build(&b, &stream);
    assert_int_equal(write_full(in, b.data, b.length, NULL), 0);
    assert_int_equal(lseek(in, 0, SEEK_SET), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    if (!flat_layout_read(fd, &parent, &uuid, NULL))
        order.parent = &parent;
    assert_int_equal(flat_writer_new(&order, &w, NULL), 0);
    assert_int_equal(flat_writer_take(w, NULL), 0);
    assert_int_equal(flat_writer_close(w, out, NULL), 0);
}

static void write_second(const struct source *source, struct buffer *out)
{
    CLEANUP_CLOSE int fd = memfd_create("image", MFD_CLOEXEC);
    struct image_plan first = source->plan;
    struct flat_outcome outcome;
    char *bytes;

    first.pages = source->former_pages;
    lay_out(&first, fd, &outcome);
    lay_out(&source->plan, fd, &outcome);
    assert_null(outcome.full);
    assert_true(outcome.bytes_shared > 0);
    bytes = malloc(outcome.bytes);
    assert_int_equal(pread_full(fd, bytes, outcome.bytes, 0), outcome.bytes);
    build_bytes(out, bytes, outcome.bytes);
    free(bytes);
}

static int read_images(void **state)
{
    const char *wanted = getenv("XR_SEED");
    size_t i;

    (void)state;
    seed = wanted ? (uint32_t)strtoul(wanted, NULL, 10)
                  : (uint32_t)time(NULL);
    printf("XR_SEED=%u\n", seed);
    for (i = 0; i < COUNT(sources); i++) {
        if (sources[i].former_pages)
            write_second(&sources[i], &images[i]);
        else if (sources[i].plan.container)
            image_build(&images[i], &sources[i].plan);
        else
            read_image(sources[i].name, &images[i]);
        assert_true(image_is_sound(&images[i]));
    }
    return 0;
}

/*
 * Which length of a state of QEMU's is right, nothing tells, as long as the
 * record ends in the same eight bytes: QEMU itself stops at its EOF.
 */
static bool is_length_of_qemu(const struct place *place, uint32_t length)
{
    return place->layer == STREAM_LIBXL
           && place->type == LIBXL_REC_EMULATOR_CONTEXT
           && 8 + libxc_padded_length(length) == place->size;
}

/* Of the later rounds of a live image: any order of records may be the right
   one. */
static bool is_later_round(const struct source *source,
                           const struct place *places, size_t k)
{
    const struct image_plan *plan = &source->plan;
    size_t first_round = (plan->pages + 3) / 4, i, before = 0;

    for (i = 0; i < k; i++)
        before += places[i].layer == STREAM_LIBXC
                  && places[i].type == LIBXC_REC_PAGE_DATA;
    return plan->live && !plan->flat && places[k].layer == STREAM_LIBXC
           && places[k].type == LIBXC_REC_PAGE_DATA && before >= first_round;
}

static int free_images(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(sources); i++)
        buffer_free(&images[i]);
    return 0;
}

/* That it had a seal, nothing tells. */
static bool is_cut_before_its_seal(const struct buffer *whole,
                                   const struct buffer *cut)
{
    return whole->length - cut->length >= SEAL_SIZE
           && seal_is_one((const uint8_t *)whole->data + cut->length);
}

static void cut_off_anywhere(void **state)
{
    size_t i, j;

    (void)state;
    for (i = 0; i < COUNT(sources); i++) {
        struct buffer cut = images[i];

        for (j = 0; j < CUTS; j++) {
            cut.length = next_random() % images[i].length;
            if (image_is_sound(&cut)
                && !is_cut_before_its_seal(&images[i], &cut))
                fail_msg("%s cut off after %zu bytes", sources[i].name, cut.length);
        }
    }
}

static uint32_t length_at(const struct buffer *b, const struct place *place)
{
    return load_le32((const uint8_t *)b->data + place->offset + 4);
}

/* Every bit of every type and length; with a sanitizer, one of every byte. */
static void any_header_flipped(void **state)
{
    struct place places[PLACES_MAX];
    size_t i, j, k, count;

    (void)state;
    for (i = 0; i < COUNT(sources); i++) {
        struct buffer *b = &images[i];

        count = image_find_records(b, places);
        for (j = 0; j < count; j++) {
            for (k = 0; k < 64; k += BIT_STEP) {
                char *byte = b->data + places[j].offset + k / 8;
                char was = *byte;

                *byte = (char)(was ^ 1 << k % 8);
                if (!is_length_of_qemu(&places[j], length_at(b, &places[j]))
                    && image_is_sound(b))
                    fail_msg("%s, bit %zu of the record at %llu", sources[i].name, k,
                             (unsigned long long)places[j].offset);
                *byte = was;
            }
        }
    }
}

static void any_two_records_swapped(void **state)
{
    struct place places[PLACES_MAX];
    size_t i, j, k, count;

    (void)state;
    for (i = 0; i < COUNT(sources); i++) {
        count = image_find_records(&images[i], places);
        for (j = 0; j < count; j++) {
            for (k = j + 1; k < count; k++) {
                CLEANUP_BUFFER struct buffer other = { 0 };

                /* Across the layers nothing could be read at all. */
                if (places[j].layer != places[k].layer)
                    continue;
                image_swap(&other, &images[i], &places[j], &places[k]);
                if (!memcmp(other.data, images[i].data, other.length))
                    continue; /* paddings are all alike */
                if (is_later_round(&sources[i], places, j)
                    && is_later_round(&sources[i], places, k))
                    continue;
                if (image_is_sound(&other))
                    fail_msg("%s, records %zu and %zu", sources[i].name, j, k);
            }
        }
    }
}

static uint32_t lie(uint32_t length)
{
    static const uint32_t lies[] = {
        0, 1, 8, 0x07fffff8, 0x08000000, 0x08000001, 0x7fffffff, 0x80000000,
        0xfffffff8, 0xffffffff,
    };
    uint32_t which = next_random() % (COUNT(lies) + 4);

    if (which < COUNT(lies))
        return lies[which];
    return which % 2 ? length + 1 + next_random() % 64
                     : length - 1 - next_random() % 64;
}

static void any_length_a_lie(void **state)
{
    struct place places[PLACES_MAX];
    size_t i, j, k, count;

    (void)state;
    for (i = 0; i < COUNT(sources); i++) {
        count = image_find_records(&images[i], places);
        for (j = 0; j < count; j++) {
            char *field = images[i].data + places[j].offset + 4, was[4];
            uint32_t length = load_le32((uint8_t *)field), said;

            memcpy(was, field, 4);
            for (k = 0; k < LIES; k++) {
                said = lie(length);
                field[0] = (char)said;
                field[1] = (char)(said >> 8);
                field[2] = (char)(said >> 16);
                field[3] = (char)(said >> 24);
                if (said != length && !is_length_of_qemu(&places[j], said)
                    && image_is_sound(&images[i]))
                    fail_msg("%s, %u for %u in the record at %llu", sources[i].name,
                             said, length,
                             (unsigned long long)places[j].offset);
            }
            memcpy(field, was, 4);
        }
    }
}

/* Whatever byte it is, whatever bit of it; of large images, some of them. */
static void any_byte_under_a_seal(void **state)
{
    size_t i, at, step;

    (void)state;
    for (i = 0; i < COUNT(sources); i++) {
        CLEANUP_BUFFER struct buffer b = { 0 };

        build_bytes(&b, images[i].data, images[i].length);
        if (!sources[i].plan.flat)
            image_seal(&b);
        assert_true(image_is_sound(&b));
        step = EVERY_BYTE && !sources[i].plan.container
             ? 1 : 1 + b.length / 4000;
        for (at = 0; at < b.length; at += 1 + next_random() % step) {
            char flip = (char)(1 << next_random() % 8);

            b.data[at] ^= flip;
            if (image_is_sound(&b))
                fail_msg("%s, byte %zu ^ 0x%x", sources[i].name, at,
                         (unsigned char)flip);
            b.data[at] ^= flip;
        }
        assert_true(image_is_sound(&b));
    }
}

/* The record of pages in whose data that byte is; NULL: in none's. */
static const struct place *record_of(const struct place *places, size_t count,
                                     const struct buffer *b, size_t at)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const struct place *p = &places[i];
        uint64_t pages = load_le32((uint8_t *)b->data + p->offset + 8);

        if (p->layer == STREAM_LIBXC && p->type == LIBXC_REC_PAGE_DATA
            && at >= p->offset + 16 + 8 * pages && at < p->offset + p->size)
            return p;
    }
    return NULL;
}

/* Which page's data it is stands in the record's list. */
static void expect_its_number(const struct buffer *b, const struct place *p,
                              size_t at)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    size_t page = at / 4096 * 4096, list = (size_t)p->offset + 16, pages;
    const uint8_t *bytes = (uint8_t *)b->data;
    char what[80];

    pages = load_le32(bytes + p->offset + 8);
    snprintf(what, sizeof(what), "page 0x%x is not what was sealed",
             load_le32(bytes + list + 8 * ((page - list - 8 * pages) / 4096)));
    assert_int_equal(image_verify(b, &result, NULL), 0);
    assert_int_equal(result.problems.found, 1);
    assert_string_equal(result.problems.items[0].what, what);
    assert_int_equal(result.problems.items[0].offset, page);
}

static void any_byte_of_a_flat_image_with_its_page(void **state)
{
    struct place places[PLACES_MAX];
    size_t i, j, count, at;
    const struct place *record;

    (void)state;
    for (i = 0; i < COUNT(sources); i++) {
        struct buffer *b = &images[i];

        if (!sources[i].plan.flat)
            continue;
        count = image_find_records(b, places);
        for (j = 0; j < FLIPS; j++) {
            char flip = (char)(1 + next_random() % 255);

            at = next_random() % b->length;
            record = record_of(places, count, b, at);
            b->data[at] ^= flip;
            if (record)
                expect_its_number(b, record, at);
            else if (image_is_sound(b))
                fail_msg("%s, byte %zu ^ 0x%x", sources[i].name, at,
                         (unsigned char)flip);
            b->data[at] ^= flip;
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_off_anywhere),
        cmocka_unit_test(any_header_flipped),
        cmocka_unit_test(any_two_records_swapped),
        cmocka_unit_test(any_length_a_lie),
        cmocka_unit_test(any_byte_under_a_seal),
        cmocka_unit_test(any_byte_of_a_flat_image_with_its_page),
    };

    return cmocka_run_group_tests(tests, read_images, free_images);
}
