/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a Linux guest of the lab does with a bare disk: "sequence DEVICE" writes 1,
 * 2, 3 and so on to the slots of a ring, past every cache of its own, and reads
 * the whole ring before it writes the next.  It never asks for a flush, as no file
 * system does for most of what it writes (dom0/blocks.c is for what they do).
 *
 * Memory and disk agree if every slot has what it is remembered to have.  There
 * is no allowance in that: a write that was under way when the guest was saved
 * may or may not be on the disk, but it is done again when the guest wakes, and
 * before the guest looks.  A disk that has gone on differs in all slots but the
 * one of that write, and so does one that is behind.
 *
 *   disk: tick 812 agrees
 *   disk: woke after 7 s: in memory 812, on the disk 812, 0 of 16 differ
 *   disk: disagrees: in memory 812, on the disk 977, 15 of 16 differ
 *
 * The second is its first look after its clock has jumped, which a restore makes
 * it do.  After the third it ends: there is nothing to go on from.
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

enum {
    SLOT = 512,
    SLOTS = 16,
    RING = SLOT * SLOTS,
    ALIGNMENT = 4096,
    PAUSE = 2,          /* seconds */
    REST_NS = 30000000, /* between writes; an emulated CPU is dear */
};

/* What is found on the disk. */
struct look {
    unsigned int differ; /* slots, from what is remembered */
    uint64_t number;     /* the highest of these, or the last one of all */
};

static void fail(const char *what)
{
    printf("disk: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* The last SLOTS numbers up to the last one; 0 where none has been yet. */
static uint64_t remembered(uint64_t last, uint64_t slot)
{
    uint64_t back = (last - slot) % SLOTS;

    return back <= last ? last - back : 0;
}

static struct look look_at(int fd, char *ring, uint64_t last)
{
    struct look look = { .number = last };
    uint64_t i;

    if (pread(fd, ring, RING, 0) != RING)
        fail("read");
    for (i = 0; i < SLOTS; i++) {
        uint64_t found = strtoull(ring + i * SLOT, NULL, 10);

        if (found == remembered(last, i))
            continue;
        if (!look.differ++ || found > look.number)
            look.number = found;
    }
    return look;
}

static void put(int fd, char *slot, uint64_t number)
{
    memset(slot, 0, SLOT);
    snprintf(slot, SLOT, "%" PRIu64 "\n", number);
    if (pwrite(fd, slot, SLOT, (off_t)(number % SLOTS * SLOT)) != SLOT)
        fail("write");
}

static void say(const char *what, uint64_t last, struct look look)
{
    printf("disk: %s: in memory %" PRIu64 ", on the disk %" PRIu64
           ", %u of %d differ\n", what, last, look.number, look.differ, SLOTS);
}

/* A look a second is said, and each one after a pause. */
static void tell(uint64_t last, struct look look, time_t now)
{
    static time_t said;
    time_t pause = said ? now - said : 0;
    char woke[64];

    snprintf(woke, sizeof(woke), "woke after %lld s", (long long)pause);
    if (pause >= PAUSE)
        say(woke, last, look);
    if (look.differ) {
        say("disagrees", last, look);
        exit(1);
    }
    if (now != said)
        printf("disk: tick %" PRIu64 " agrees\n", last);
    said = now;
}

/* What was read before the guest was saved is no look: then it looks again. */
static void look_and_tell(int fd, char *ring, uint64_t last)
{
    struct look look;
    time_t began;

    do {
        began = time(NULL);
        look = look_at(fd, ring, last);
    } while (time(NULL) - began >= PAUSE);
    tell(last, look, began);
}

int main(int argc, char **argv)
{
    const struct timespec rest = { .tv_nsec = REST_NS };
    int fd = argc > 1 ? open(argv[1], O_RDWR | O_DIRECT) : -1;
    uint64_t number;
    void *ring;

    if (fd < 0 || posix_memalign(&ring, ALIGNMENT, RING))
        fail("open");
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (number = 1;; number++) {
        put(fd, ring, number);
        look_and_tell(fd, ring, number);
        nanosleep(&rest, NULL);
    }
}
