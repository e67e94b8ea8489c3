/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a toolstack short of memory crashes over a kernel's notes.
 *
 * The Nth allocation fails, for N = 1, 2, 3 ... until none is left to fail.
 * The linker puts the functions below in front of the real ones (--wrap).
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "image_builder.h"
#include "lib/image_notes.h"
#include "packers.h"
#include "unit.h"

static long failing;  /* counts down; 0: no failure is wanted */

static bool fails(void)
{
    return failing && !--failing;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *p, size_t n);
void *__real_reallocarray(void *p, size_t count, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t count, size_t n);

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t count, size_t n)
{
    return fails() ? NULL : __real_calloc(count, n);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

void *__wrap_reallocarray(void *p, size_t count, size_t n)
{
    return fails() ? NULL : __real_reallocarray(p, count, n);
}

/* How many allocations there were to fail. */
static long exhaust(const struct buffer *image)
{
    long n;

    for (n = 1;; n++) {
        CLEANUP_KEYLIST struct keylist list = { 0 };
        struct xr_error err;
        long left;
        int r;

        failing = n;
        r = image_notes_from_memory(image->data, image->length, &list, NULL,
                                    &err);
        left = failing;
        failing = 0;
        if (left) {
            assert_int_equal(r, 0);
            return n - 1;
        }
        /* The look for a loader's mark may do without memory. */
        assert_true(r == -ENOMEM || r == 0);
    }
}

static void every_allocation_may_fail(void **state)
{
    static const enum image_place places[] = { IMAGE_SEGMENT, IMAGE_SECTION,
                                               IMAGE_GUEST };
    static const char guest[] = "GUEST_OS=linux,VIRT_BASE=1";
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(places); i++) {
        const struct image_shape shape = { .place = places[i] };
        struct buffer notes = { 0 }, elf = { 0 };
        const struct packer *packer;

        if (places[i] == IMAGE_GUEST)
            buffer_append(&notes, guest, sizeof(guest));
        else
            image_linux_notes(&notes, &shape);
        image_elf(&elf, &shape, &notes);
        assert_true(exhaust(&elf) > 5);
        for (packer = packers; packer->name; packer++) {
            struct buffer payload = { 0 }, image = { 0 };

            packer->pack(&payload, &elf);
            image_bzimage(&image, &payload);
            assert_true(exhaust(&image) > 8);
            buffer_free(&payload);
            buffer_free(&image);
        }
        buffer_free(&notes);
        buffer_free(&elf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
