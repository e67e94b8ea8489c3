/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench-flat IMAGE <STREAM: lays the stream out flat in IMAGE, over what is there if
 * that is a flat image, and prints how many MiB of memory it had at most, and how many
 * pages it wrote.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/flat_writer.h"
#include "util/cleanup.h"

static int read_parent(int fd, struct flat_layout *layout,
                       struct xr_error *err)
{
    CLEANUP_FREE char *uuid = NULL;
    struct stat st;

    if (fstat(fd, &st) || !st.st_size)
        return 1;
    return flat_layout_read(fd, layout, &uuid, err);
}

enum { AHEAD = 1 << 20 }; /* as a checkpoint has it */

static int lay_out(int fd, struct flat_outcome *outcome, struct xr_error *err)
{
    CLEANUP_FLAT_LAYOUT struct flat_layout parent = { .pages_begin = 0 };
    CLEANUP_FLAT_WRITER struct flat_writer *writer = NULL;
    struct flat_order order = {
        .in = STDIN_FILENO,
        .out = fd,
        .seal = true,
    };
    int r = read_parent(fd, &parent, err);

    if (r < 0)
        return r;
    order.parent = r ? NULL : &parent;
    r = spool_new(STDIN_FILENO, AHEAD, AHEAD, &order.spool, err);
    if (!r)
        r = flat_writer_new(&order, &writer, err);
    if (!r)
        r = flat_writer_take(writer, err);
    if (!r)
        r = flat_writer_close(writer, outcome, err);
    spool_free(&order.spool);
    return r;
}

int main(int argc, char **argv)
{
    CLEANUP_CLOSE int fd = -1;
    struct flat_outcome outcome;
    struct rusage usage;
    struct xr_error err;

    if (argc != 2)
        return 2;
    fd = open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        perror(argv[1]);
        return 1;
    }
    if (lay_out(fd, &outcome, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("%ld %llu\n", usage.ru_maxrss / 1024,
           (unsigned long long)outcome.pages_changed);
    return 0;
}
