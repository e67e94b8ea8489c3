/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/checked.h"
#include "util/cleanup.h"
#include "util/io.h"

void reader_open(struct reader *r, int fd)
{
    off_t start = lseek(fd, 0, SEEK_CUR);
    struct stat st;

    *r = (struct reader){ .fd = fd };
    if (start < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
        return;
    r->seekable = true;
    r->start = (uint64_t)start;
    r->size = st.st_size > start ? (uint64_t)(st.st_size - start) : 0;
}

static int cut_off(uint64_t at, struct xr_error *err)
{
    return error_at(err, ENODATA, at, "the input ends early");
}

int reader_peek(struct reader *r, uint8_t out[READER_PEEK_SIZE],
                struct xr_error *err)
{
    int rc = reader_read(r, r->peeked, READER_PEEK_SIZE, err);

    if (rc)
        return rc;
    memcpy(out, r->peeked, READER_PEEK_SIZE);
    r->peeked_count = READER_PEEK_SIZE;
    r->offset = 0;
    return 0;
}

/* From a pipe, what was peeked at comes first. */
static ssize_t read_pipe(struct reader *r, void *out, size_t n)
{
    size_t early = n < r->peeked_count ? n : r->peeked_count;
    ssize_t got;

    if (early)
        memcpy(out, r->peeked + READER_PEEK_SIZE - r->peeked_count, early);
    r->peeked_count -= early;
    got = read_full(r->fd, (uint8_t *)out + early, n - early);
    return got < 0 ? got : got + (ssize_t)early;
}

int reader_read(struct reader *r, void *out, size_t n, struct xr_error *err)
{
    ssize_t got;

    if (r->seekable)
        got = pread_full(r->fd, out, n, (off_t)(r->start + r->offset));
    else
        got = read_pipe(r, out, n);
    if (got < 0)
        return error_system(err, (int)-got, "cannot read");
    r->offset += (uint64_t)got;
    return (size_t)got == n ? 0 : cut_off(r->offset, err);
}

int reader_skip(struct reader *r, uint64_t n, struct xr_error *err)
{
    char drop[65536];
    int rc = 0;

    if (r->seekable) {
        if (!range_fits(r->offset, n, r->size))
            return cut_off(r->size, err);
        r->offset += n;
        return 0;
    }
    while (n && !rc) {
        size_t step = n < sizeof(drop) ? (size_t)n : sizeof(drop);

        rc = reader_read(r, drop, step, err);
        n -= step;
    }
    return rc;
}

int reader_text(struct reader *r, uint64_t n, size_t max, char **out,
                struct xr_error *err)
{
    CLEANUP_FREE char *text = NULL;
    int rc;

    if (n > max)
        return error_at(err, E2BIG, r->offset,
                        "a text of %llu bytes; %zu are possible",
                        (unsigned long long)n, max);
    /* Before memory is taken: has the input so much? */
    if (r->seekable && !range_fits(r->offset, n, r->size))
        return cut_off(r->size, err);
    text = malloc((size_t)n + 1);
    if (!text)
        return error_set(err, ENOMEM, "out of memory");
    rc = reader_read(r, text, (size_t)n, err);
    if (rc)
        return rc;
    text[n] = '\0';
    *out = STEAL(text);
    return 0;
}
