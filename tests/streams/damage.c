/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "unit.h"

#include "damage.h"

#include <sys/mman.h>
#include <unistd.h>

#include "flat_seal.h"
#include "util/cleanup.h"
#include "util/io.h"

int image_in_file(const struct buffer *b)
{
    int fd = memfd_create("image", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write_full(fd, b->data, b->length, NULL), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

/* Thousands come, one after the other: one file, whose pages are used again. */
int image_verify(const struct buffer *b, struct verify_result *result,
                 struct xr_error *err)
{
    static const struct verify_options everything = { .structure = false };
    static int fd = -1;

    if (fd < 0)
        fd = image_in_file(&(struct buffer){ 0 });
    assert_int_equal(ftruncate(fd, (off_t)b->length), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(write_full(fd, b->data, b->length, NULL), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return verify_image(fd, &everything, result, err);
}

bool image_is_sound(const struct buffer *b)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };

    return !image_verify(b, &result, NULL) && result.ok;
}

void image_build(struct buffer *b, const struct image_plan *plan)
{
    build_image(b, plan);
    if (plan->flat)
        flat_seal(b);
}

void image_seal(struct buffer *b)
{
    CLEANUP_SEALER struct sealer *s = sealer_new();
    uint8_t bytes[SEAL_SIZE];
    struct seal made;

    sealer_update(s, b->data, b->length);
    sealer_finish(s, &made);
    seal_encode(&made, bytes);
    build_bytes(b, bytes, sizeof(bytes));
}

size_t image_find_records(const struct buffer *b, struct place *out)
{
    struct stream_event event = { .kind = STREAM_EVENT_NONE };
    struct stream s;
    size_t count = 0;

    stream_init(&s);
    while (event.kind != STREAM_EVENT_END) {
        assert_true(s.offset + stream_needs(&s) <= b->length);
        assert_int_equal(stream_push(&s, (uint8_t *)b->data + s.offset,
                                     &event, NULL), 0);
        if (event.kind != STREAM_EVENT_RECORD)
            continue;
        assert_true(count < PLACES_MAX);
        out[count++] = (struct place){
            .offset = event.offset,
            .size = 8 + (size_t)libxc_padded_length(event.length),
            .layer = event.layer,
            .type = event.type,
        };
    }
    return count;
}

void image_swap(struct buffer *out, const struct buffer *in,
                const struct place *a, const struct place *b)
{
    size_t between = (size_t)(b->offset - a->offset) - a->size;
    size_t end = (size_t)b->offset + b->size;

    build_bytes(out, in->data, (size_t)a->offset);
    build_bytes(out, in->data + b->offset, b->size);
    build_bytes(out, in->data + a->offset + a->size, between);
    build_bytes(out, in->data + a->offset, a->size);
    build_bytes(out, in->data + end, in->length - end);
}
