/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench-notes KEY ROUNDS KERNEL: reading a packed kernel's notes, over
 * decompressing all of its payload by the same library, in turn.  The library
 * is used as everyone uses it: for xz, that means with its checksums.
 *
 * Prints KEY, the ratio of the medians, "ratio", what it is a ratio to, the
 * figure to reach and the rounds, separated by tabs.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lzma.h>

#include "kernel/container.h"
#include "lib/image_notes.h"
#include "util/cleanup.h"

enum { ROUNDS_MAX = 101, CHUNK = 128 << 10 };

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int read_notes(int fd)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct xr_error err;

    return image_notes_from_fd(fd, &list, NULL, &err);
}

/* All that a source has, through the library's plain stream decoder. */
static int read_xz(struct source *packed)
{
    static uint8_t in[CHUNK], out[CHUNK];
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_ret result = lzma_stream_decoder(&stream, UINT64_MAX, 0);
    uint64_t offset = 0;
    ssize_t got;

    while (result == LZMA_OK) {
        if (!stream.avail_in) {
            got = source_read_at(packed, offset, in, CHUNK, NULL);
            if (got <= 0)
                break;
            offset += (uint64_t)got;
            stream.next_in = in;
            stream.avail_in = (size_t)got;
        }
        stream.next_out = out;
        stream.avail_out = CHUNK;
        result = lzma_code(&stream, LZMA_RUN);
    }
    lzma_end(&stream);
    return result == LZMA_STREAM_END ? 0 : -1;
}

/* The other decoders add nothing to their libraries. */
static int read_plain(struct source *plain)
{
    static uint8_t out[CHUNK];
    uint64_t offset = 0;
    ssize_t got;

    do {
        got = source_read_at(plain, offset, out, CHUNK, NULL);
        offset += got > 0 ? (uint64_t)got : 0;
    } while (got > 0);
    return (int)got;
}

static int read_payload(int fd)
{
    CLEANUP_SOURCE struct source *file = source_from_fd(fd);
    CLEANUP_CONTAINER struct container container = { 0 };
    int r;

    r = container_open(file, &container, NULL);
    if (r)
        return r;
    /* The layers of a bzImage: the payload, and what is in it. */
    return strcmp(container.compression, "xz")
        ? read_plain(container.elf) : read_xz(container.layers[0]);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static double median(double *times, size_t n)
{
    qsort(times, n, sizeof(*times), compare);
    return times[n / 2];
}

int main(int argc, char **argv)
{
    static double notes[ROUNDS_MAX], payload[ROUNDS_MAX];
    long rounds = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
    CLEANUP_CLOSE int fd = argc == 4 ? open(argv[3], O_RDONLY | O_CLOEXEC)
                                     : -1;
    double start;
    long i;

    if (fd < 0 || rounds < 1 || rounds > ROUNDS_MAX)
        return 2;
    for (i = 0; i < rounds; i++) {
        start = now();
        if (read_notes(fd))
            return 1;
        notes[i] = now() - start;
        start = now();
        if (read_payload(fd))
            return 1;
        payload[i] = now() - start;
    }
    printf("%s\t%.3f\tratio\twhole payload, same library\t%s\t%ld\n",
           argv[1], median(notes, (size_t)rounds)
                    / median(payload, (size_t)rounds),
           strcmp(argv[1], "notes-xz") ? "< 1" : "<= 0.65", rounds);
    return 0;
}
