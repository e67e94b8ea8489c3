/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/record_rewrite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/libxc.h"
#include "lib/walk.h"
#include "util/cleanup.h"
#include "util/io.h"

struct search {
    struct walk walk;
    struct record_finder finder;
};

static int find_record(struct search *s, int fd, struct xr_error *err)
{
    int r = 0;

    walk_open(&s->walk, fd);
    reader_open_at(&s->walk.reader, fd, 0);
    record_finder_init(&s->finder);
    while (!r && !record_finder_is_done(&s->finder)) {
        r = walk_next(&s->walk, err);
        if (!r)
            r = walk_find_record(&s->walk, &s->finder, err);
    }
    if (r)
        return r;
    if (!s->finder.found)
        return error_set(err, ENOENT, "the image has no record");
    return s->finder.length <= RECORD_BODY_MAX
           ? 0 : error_at(err, EINVAL, s->finder.offset, "the record is too "
                          "long");
}

int record_rewrite_file(int fd, const struct keylist *keys,
                        struct xr_error *err)
{
    CLEANUP_FREE struct search *s = calloc(1, sizeof(*s));
    int r = s ? find_record(s, fd, err)
              : error_set(err, ENOMEM, "out of memory");

    if (!r)
        r = record_rewrite(s->finder.body, s->finder.length, keys, err);
    if (r)
        return r;
    r = pwrite_full(fd, s->finder.body, s->finder.length,
                    (off_t)s->finder.offset + LIBXC_RECORD_HEADER_SIZE);
    return r ? error_system(err, -r, "the record cannot be written") : 0;
}
