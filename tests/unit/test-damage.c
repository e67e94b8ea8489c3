/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happens to files on their way, done to real images of three Xens: verify
 * finds it every time.  If this fails, people trust images that do not restore.
 * XR_SEED repeats a run whose seed was printed.
 */
#include "config.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "damage.h"
#include "stream_builder.h"
#include "util/bytes.h"

enum { CUTS = 1000, LIES = 40 };

static const char *const names[] = {
    "thin-pv-4.14", "thin-pv-4.17", "thin-pv-4.20",
};
static struct buffer images[COUNT(names)];
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

static int read_images(void **state)
{
    const char *wanted = getenv("XR_SEED");
    size_t i;

    (void)state;
    seed = wanted ? (uint32_t)strtoul(wanted, NULL, 10)
                  : (uint32_t)time(NULL);
    printf("XR_SEED=%u\n", seed);
    for (i = 0; i < COUNT(names); i++) {
        read_image(names[i], &images[i]);
        assert_true(image_is_sound(&images[i]));
    }
    return 0;
}

static int free_images(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(names); i++)
        buffer_free(&images[i]);
    return 0;
}

static void cut_off_anywhere(void **state)
{
    size_t i, j;

    (void)state;
    for (i = 0; i < COUNT(names); i++) {
        struct buffer cut = images[i];

        for (j = 0; j < CUTS; j++) {
            cut.length = next_random() % images[i].length;
            if (image_is_sound(&cut))
                fail_msg("%s cut off after %zu bytes", names[i], cut.length);
        }
    }
}

/* Every bit of every type and length. */
static void any_header_flipped(void **state)
{
    struct place places[PLACES_MAX];
    size_t i, j, k, count;

    (void)state;
    for (i = 0; i < COUNT(names); i++) {
        struct buffer *b = &images[i];

        count = image_find_records(b, places);
        for (j = 0; j < count; j++) {
            for (k = 0; k < 64; k++) {
                char *byte = b->data + places[j].offset + k / 8;
                char was = *byte;

                *byte = (char)(was ^ 1 << k % 8);
                if (image_is_sound(b))
                    fail_msg("%s, bit %zu of the record at %llu", names[i], k,
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
    for (i = 0; i < COUNT(names); i++) {
        count = image_find_records(&images[i], places);
        for (j = 0; j < count; j++) {
            for (k = j + 1; k < count; k++) {
                CLEANUP_BUFFER struct buffer other = { 0 };

                /* Across the layers nothing could be read at all. */
                if (places[j].layer != places[k].layer)
                    continue;
                image_swap(&other, &images[i], &places[j], &places[k]);
                if (image_is_sound(&other))
                    fail_msg("%s, records %zu and %zu", names[i], j, k);
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
    for (i = 0; i < COUNT(names); i++) {
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
                if (said != length && image_is_sound(&images[i]))
                    fail_msg("%s, %u for %u in the record at %llu", names[i],
                             said, length,
                             (unsigned long long)places[j].offset);
            }
            memcpy(field, was, 4);
        }
    }
}

/* Whatever byte it is, whatever bit of it. */
static void any_byte_under_a_seal(void **state)
{
    size_t i, at;

    (void)state;
    for (i = 0; i < COUNT(names); i++) {
        CLEANUP_BUFFER struct buffer b = { 0 };

        build_bytes(&b, images[i].data, images[i].length);
        image_seal(&b);
        assert_true(image_is_sound(&b));
        for (at = 0; at < b.length; at++) {
            char flip = (char)(1 << next_random() % 8);

            b.data[at] ^= flip;
            if (image_is_sound(&b))
                fail_msg("%s, byte %zu ^ 0x%x", names[i], at,
                         (unsigned char)flip);
            b.data[at] ^= flip;
        }
        assert_true(image_is_sound(&b));
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
    };

    return cmocka_run_group_tests(tests, read_images, free_images);
}
