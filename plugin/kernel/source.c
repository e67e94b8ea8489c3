/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "kernel/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/checked.h"

ssize_t source_read_at(struct source *self, uint64_t offset, void *out,
                       size_t n, struct xr_error *err)
{
    ssize_t got = self->ops->read_at(self, offset, out, n, err);

    if (got < 0)
        self->failed = true;
    return got;
}

int source_read_all(struct source *self, uint64_t offset, void *out, size_t n,
                    const char *what, struct xr_error *err)
{
    ssize_t got = source_read_at(self, offset, out, n, err);

    if (got < 0)
        return (int)got;
    if ((size_t)got < n)
        return error_at(err, ENODATA, offset + (size_t)got, "%s cut off",
                        what);
    return 0;
}

void source_release(struct source **self)
{
    int saved = errno;

    if (*self)
        (*self)->ops->release(*self);
    *self = NULL;
    errno = saved;
}

struct memory_source {
    struct source source;
    const uint8_t *bytes;
    size_t size;
};

static ssize_t memory_read_at(struct source *self, uint64_t offset, void *out,
                              size_t n, struct xr_error *err)
{
    const struct memory_source *memory = (struct memory_source *)self;

    (void)err;
    if (offset >= memory->size)
        return 0;
    if (n > memory->size - offset)
        n = memory->size - offset;
    if (n)
        memcpy(out, memory->bytes + offset, n);
    return (ssize_t)n;
}

static void memory_release(struct source *self)
{
    free(self);
}

struct source *source_from_memory(const void *blob, size_t size)
{
    static const struct source_ops ops = {
        .read_at = memory_read_at,
        .release = memory_release,
    };
    struct memory_source *memory = malloc(sizeof(*memory));

    if (!memory)
        return NULL;
    *memory = (struct memory_source){ { .ops = &ops }, blob, size };
    return &memory->source;
}

struct part_source {
    struct source source;
    struct source *whole;
    uint64_t offset;
    uint64_t size;
};

static ssize_t part_read_at(struct source *self, uint64_t offset, void *out,
                            size_t n, struct xr_error *err)
{
    const struct part_source *part = (struct part_source *)self;
    uint64_t start;

    if (offset >= part->size || !checked_add(part->offset, offset, &start))
        return 0;
    if (n > part->size - offset)
        n = (size_t)(part->size - offset);
    return source_read_at(part->whole, start, out, n, err);
}

static void part_release(struct source *self)
{
    free(self);
}

struct source *source_part(struct source *whole, uint64_t offset,
                           uint64_t size)
{
    static const struct source_ops ops = {
        .read_at = part_read_at,
        .release = part_release,
    };
    struct part_source *part = malloc(sizeof(*part));

    if (!part)
        return NULL;
    *part = (struct part_source){ { .ops = &ops }, whole, offset, size };
    return &part->source;
}
