/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The finder over a whole image, or over a bare libxc stream somewhere in its
 * file: it finds the same however the bodies come in pieces, and within the
 * bytes that there are.
 */
#include "config.h"

#include <string.h>

#include "format/record_finder.h"
#include "fuzz.h"
#include "util/cleanup.h"

static bool has(size_t n, uint64_t at, size_t want)
{
    return at <= n && want <= n - at;
}

/* What is wanted of a body, in steps of so many bytes. */
static bool push_wanted(struct record_finder *f, const uint8_t *bytes,
                        size_t n, uint64_t at, size_t step)
{
    size_t want;

    while ((want = record_finder_wants(f))) {
        want = want < step ? want : step;
        if (!has(n, at, want))
            return false;
        record_finder_push(f, bytes + at, want);
        at += want;
    }
    return true;
}

/* Up to the end of the search, of the bytes, or to what cannot be read. */
static void look(struct stream *s, struct record_finder *f,
                 const uint8_t *bytes, size_t n, size_t step)
{
    struct stream_event event;
    uint64_t at;

    record_finder_init(f);
    while (!record_finder_is_done(f)) {
        if (!has(n, s->offset, stream_needs(s)))
            return;
        at = s->offset + stream_needs(s);
        if (stream_push(s, bytes + s->offset, &event, NULL))
            return;
        record_finder_event(f, &event);
        if (!push_wanted(f, bytes, n, at, step))
            return;
    }
}

static void same(const struct record_finder *a, const struct record_finder *b)
{
    must(a->found == b->found && a->over == b->over);
    must(!a->found || (a->offset == b->offset && a->length == b->length));
}

static void read_it(const struct record_finder *f, size_t n)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct xr_error err;
    int r = record_finder_read(f, NULL, &list, &err);

    must(f->found || r);
    must(!f->found || f->offset < n);
    must(!r || !list.count);
    must(!r || err.offset <= n || err.offset == XR_NO_OFFSET);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP_FREE struct record_finder *f = calloc(2, sizeof(*f));
    size_t step = n ? bytes[n - 1] % 64 + 1 : 1;
    struct stream s;

    must(f != NULL);
    stream_init(&s);
    look(&s, &f[0], bytes, n, SIZE_MAX);
    stream_init(&s);
    look(&s, &f[1], bytes, n, step);
    same(&f[0], &f[1]);
    read_it(&f[0], n);
    stream_init_libxc(&s, step);
    look(&s, &f[0], bytes, n, 1);
    read_it(&f[0], n);
    return 0;
}
