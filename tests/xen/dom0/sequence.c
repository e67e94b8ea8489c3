/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a Linux guest of the lab does with its disk: "sequence DEVICE" writes 1,
 * 2, 3 and so on to the slots of a ring, past every cache, and reads the whole
 * ring before it writes the next.  A disk that does not belong to this memory
 * is found at the first glance, for it has higher numbers, of which a write
 * that was under way replaces one at most:
 *
 *   disk: disagrees: in memory 812, on the disk 977
 *   disk: tick 812 agrees
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SLOT = 512, SLOTS = 16, RING = SLOT * SLOTS, ALIGNMENT = 4096 };

static void fail(const char *what)
{
    printf("disk: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t highest(int fd, char *ring)
{
    uint64_t number = 0;
    size_t i;

    if (pread(fd, ring, RING, 0) != RING)
        fail("read");
    for (i = 0; i < SLOTS; i++) {
        uint64_t found = strtoull(ring + i * SLOT, NULL, 10);

        if (found > number)
            number = found;
    }
    return number;
}

static void put(int fd, char *slot, uint64_t number)
{
    memset(slot, 0, SLOT);
    snprintf(slot, SLOT, "%" PRIu64 "\n", number);
    if (pwrite(fd, slot, SLOT, (off_t)(number % SLOTS * SLOT)) != SLOT)
        fail("write");
}

int main(int argc, char **argv)
{
    int fd = argc > 1 ? open(argv[1], O_RDWR | O_DIRECT | O_SYNC) : -1;
    time_t said = 0;
    uint64_t number = 0;
    void *ring;

    if (fd < 0 || posix_memalign(&ring, ALIGNMENT, RING))
        fail("open");
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (put(fd, ring, number);; put(fd, ring, ++number)) {
        uint64_t found = highest(fd, ring);
        time_t now = time(NULL);

        if (found != number)
            printf("disk: disagrees: in memory %" PRIu64 ", on the disk %"
                   PRIu64 "\n", number, found);
        else if (now != said)
            printf("disk: tick %" PRIu64 " agrees\n", number);
        if (found > number)
            number = found;
        said = now;
    }
}
