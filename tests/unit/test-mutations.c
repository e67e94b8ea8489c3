/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a broken or hostile kernel image can crash a toolstack.
 *
 * Images of every kind, cut off at every byte, and with bytes changed 10,000
 * times, always the same way.  Worth most under --enable-sanitize.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_builder.h"
#include "lib/image_notes.h"
#include "packers.h"
#include "unit.h"

enum { MUTATIONS = 10000, IMAGES_MAX = 24 };

struct images {
    struct buffer items[IMAGES_MAX];
    size_t count;
};

static void add_elf(struct images *images, const struct image_shape *shape)
{
    static const char guest[] = "GUEST_OS=linux,HYPERCALL_PAGE=0x1,PAE=yes";
    struct buffer notes = { 0 };

    if (shape->place == IMAGE_GUEST)
        buffer_append(&notes, guest, sizeof(guest));
    else
        image_linux_notes(&notes, shape);
    image_elf(&images->items[images->count++], shape, &notes);
    buffer_free(&notes);
}

static void add_elfs(struct images *images)
{
    static const enum image_place places[] = { IMAGE_SEGMENT, IMAGE_SECTION,
                                               IMAGE_GUEST };
    size_t i;

    for (i = 0; i < 12; i++)
        add_elf(images, &(struct image_shape){
            .narrow = i & 1,
            .big_endian = i == 2,
            .place = places[i / 4],
            .alignment = i == 3 ? 8 : 4,
            .code_before = 64,
        });
}

static void add_packed(struct images *images)
{
    const struct image_shape shape = { .place = IMAGE_SEGMENT,
                                       .code_before = 1000,
                                       .code_behind = 1000 };
    const struct packer *packer;
    struct buffer notes = { 0 }, elf = { 0 };

    image_linux_notes(&notes, &shape);
    image_elf(&elf, &shape, &notes);
    for (packer = packers; packer->name; packer++) {
        struct buffer payload = { 0 };

        packer->pack(&payload, &elf);
        image_bzimage(&images->items[images->count++], &payload);
        buffer_free(&payload);
    }
    image_pe(&images->items[images->count], ".linux",
             &images->items[images->count - 1]);
    images->count++;
    buffer_free(&notes);
    buffer_free(&elf);
}

static int make_images(void **state)
{
    struct images *images = calloc(1, sizeof(*images));

    if (!images)
        return -1;
    add_elfs(images);
    add_packed(images);
    *state = images;
    return 0;
}

static int free_images(void **state)
{
    struct images *images = *state;
    size_t i;

    for (i = 0; i < images->count; i++)
        buffer_free(&images->items[i]);
    free(images);
    return 0;
}

/*
 * The bytes in a block of their own, so that a sanitizer sees the first read
 * beyond them.  Any answer is right that is a list that can be read back, or
 * an error that says where.
 */
static int judge(const void *bytes, size_t n)
{
    CLEANUP_KEYLIST struct keylist list = { 0 }, again = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct xr_error err = { .offset = XR_NO_OFFSET };
    void *copy = malloc(n ? n : 1);
    int r;

    assert_non_null(copy);
    memcpy(copy, bytes, n);
    r = image_notes_from_memory(copy, n, &list, NULL, &err);
    free(copy);
    if (r) {
        assert_int_equal(list.count, 0);
        if (r != -ENOENT && err.offset == XR_NO_OFFSET)
            print_error("no offset: %s\n", err.message);
        assert_true(r == -ENOENT || err.offset != XR_NO_OFFSET);
        return r;
    }
    keylist_print(&list, &text);
    assert_int_equal(keylist_parse(text.data, text.length, &again, NULL), 0);
    assert_int_equal(again.count, list.count);
    return 0;
}

static void the_images_are_sound(void **state)
{
    const struct images *images = *state;
    size_t i;

    for (i = 0; i < images->count; i++)
        assert_int_equal(judge(images->items[i].data,
                               images->items[i].length), 0);
}

static void cut_off_at_every_byte(void **state)
{
    const struct images *images = *state;
    size_t i, n;

    for (i = 0; i < images->count; i++)
        for (n = 0; n < images->items[i].length; n++)
            judge(images->items[i].data, n);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void mutate(struct buffer *image, uint32_t *seed)
{
    static const uint32_t extremes[] = {
        0, 1, 0x7f, 0xff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0,
        0x1000, 0x10000, 0x100000,
    };
    unsigned changes = 1 + next_random(seed) % 4;

    while (changes--) {
        size_t at = next_random(seed) % image->length;
        uint32_t value = extremes[next_random(seed) % COUNT(extremes)];
        size_t n = (size_t)1 << next_random(seed) % 3;

        /* Headers are where the lies are: half of the changes go there. */
        if (next_random(seed) & 1)
            at %= 0x300;
        if (n > image->length - at)
            n = image->length - at;
        if (next_random(seed) & 1)
            memcpy(image->data + at, &value, n);
        else
            image->data[at] ^= (char)(1 << next_random(seed) % 8);
    }
}

static void changed_ten_thousand_times(void **state)
{
    const struct images *images = *state;
    uint32_t seed = 20070103;
    int i;

    for (i = 0; i < MUTATIONS; i++) {
        const struct buffer *image = &images->items[i % images->count];
        CLEANUP_BUFFER struct buffer changed = { 0 };

        buffer_append(&changed, image->data, image->length);
        mutate(&changed, &seed);
        judge(changed.data, changed.length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_images_are_sound),
        cmocka_unit_test(cut_off_at_every_byte),
        cmocka_unit_test(changed_ten_thousand_times),
    };

    return cmocka_run_group_tests(tests, make_images, free_images);
}
