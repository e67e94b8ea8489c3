/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a Linux guest of the lab does with a file system: "blocks FOLDER" has 16
 * numbered blocks, each with a checksum, in memory and in a file each.  By turns it
 * replaces them, in memory and on the disk.  Those with an even number go to a new
 * file, which is flushed and gets the name of the one that it replaces, so that the
 * file system's journal and its maps are at work all the time.  Those with an odd
 * number are written where the former one is, and nobody is asked to flush them: the
 * guest's own maps, which are in its memory, lead there even if the disk is another
 * one.  Before the next block it reads all files, past every cache, and compares them
 * with its memory, byte by byte.
 *
 * There is no allowance in that: what was under way when the guest was saved is
 * done when it wakes, and before it looks (dom0/sequence.c has the same for a bare
 * disk, and the same lines):
 *
 *   files: tick 812 agrees
 *   files: woke after 7 s: in memory 812, on the disk 812, 0 of 16 differ
 *   files: disagrees: in memory 812, on the disk 977, 15 of 16 differ
 *
 * After the third it ends: there is nothing to go on from.  SIGTERM ends it between
 * two blocks.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    BLOCK = 4096,
    WORDS = BLOCK / 8,
    FILES = 16,
    PAUSE = 2,           /* seconds */
    REST_NS = 500000000, /* between blocks, of which each is two dozen requests */
};

/* As it is in memory and on the disk: the checksum is of all the rest. */
struct block {
    uint64_t number;
    uint64_t words[WORDS - 2];
    uint64_t checksum;
};

/* What is found on the disk. */
struct look {
    unsigned int differ; /* files, from memory */
    uint64_t number;     /* the highest of these, or the last one of all */
};

static struct block *memory; /* FILES of them */
static struct block *buffer;
static volatile sig_atomic_t is_to_end;

static void end(int signal)
{
    (void)signal;
    is_to_end = 1;
}

static void fail(const char *what)
{
    printf("files: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* FNV-1a, by words. */
static uint64_t checksum(const struct block *block)
{
    uint64_t sum = 0xcbf29ce484222325 ^ block->number;
    size_t i;

    for (i = 0; i < WORDS - 2; i++)
        sum = (sum ^ block->words[i]) * 0x100000001b3;
    return sum;
}

static void fill(struct block *block, uint64_t number)
{
    uint64_t word = number * 0x9e3779b97f4a7c15;
    size_t i;

    block->number = number;
    for (i = 0; i < WORDS - 2; i++)
        block->words[i] = word = word * 6364136223846793005 + number;
    block->checksum = checksum(block);
}

static const char *name_of(size_t file)
{
    static char name[32];

    snprintf(name, sizeof(name), "block-%zu", file);
    return name;
}

static void write_block(const struct block *block, const char *name,
                        bool is_new)
{
    int flags = is_new ? O_CREAT | O_TRUNC : 0;
    int fd = open(name, O_WRONLY | O_DIRECT | flags, 0644);

    if (fd < 0)
        fail("open");
    memcpy(buffer, block, BLOCK);
    if (write(fd, buffer, BLOCK) != BLOCK || (is_new && fsync(fd)))
        fail("write");
    close(fd);
}

/* Into a file of its own, which then takes the place of the former one. */
static void replace(const struct block *block, const char *name)
{
    write_block(block, "new", true);
    if (rename("new", name))
        fail("rename");
}

static void put(const struct block *block, const char *name)
{
    if (block->number % 2)
        write_block(block, name, false);
    else
        replace(block, name);
}

static bool is_on_the_disk(size_t file)
{
    int fd = open(name_of(file), O_RDONLY | O_DIRECT);
    ssize_t got;

    if (fd < 0 && errno == ENOENT)
        return false;
    memset(buffer, 0, BLOCK);
    got = fd < 0 ? -1 : read(fd, buffer, BLOCK);
    if (got < 0)
        fail("read");
    close(fd);
    return got == BLOCK && !memcmp(buffer, &memory[file], BLOCK);
}

static struct look look_at(uint64_t last)
{
    struct look look = { .number = last };
    size_t i;

    for (i = 0; i < FILES; i++) {
        if (memory[i].checksum != checksum(&memory[i])) {
            printf("files: block %zu in memory is WRONG\n", i);
            look.differ++;
            continue;
        }
        if (is_on_the_disk(i))
            continue;
        if (!look.differ++ || buffer->number > look.number)
            look.number = buffer->number;
    }
    return look;
}

static void say(const char *what, uint64_t last, struct look look)
{
    printf("files: %s: in memory %" PRIu64 ", on the disk %" PRIu64
           ", %u of %d differ\n", what, last, look.number, look.differ, FILES);
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
        printf("files: tick %" PRIu64 " agrees\n", last);
    said = now;
}

/* What was read before the guest was saved is no look: then it looks again. */
static void look_and_tell(uint64_t last)
{
    struct look look;
    time_t began;

    do {
        began = time(NULL);
        look = look_at(last);
    } while (time(NULL) - began >= PAUSE);
    tell(last, look, began);
}

static void begin(const char *folder)
{
    void *memory_of_it, *buffer_of_it;
    size_t i;

    if (chdir(folder) || posix_memalign(&memory_of_it, BLOCK, FILES * BLOCK) ||
        posix_memalign(&buffer_of_it, BLOCK, BLOCK))
        fail(folder);
    memory = memory_of_it;
    buffer = buffer_of_it;
    for (i = 0; i < FILES; i++) {
        fill(&memory[i], 0);
        replace(&memory[i], name_of(i));
    }
}

int main(int argc, char **argv)
{
    const struct timespec rest = { .tv_nsec = REST_NS };
    uint64_t number;

    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGTERM, end);
    if (argc != 2)
        return 2;
    begin(argv[1]);
    for (number = 1; !is_to_end; number++) {
        fill(&memory[number % FILES], number);
        put(&memory[number % FILES], name_of(number % FILES));
        look_and_tell(number);
        nanosleep(&rest, NULL);
    }
    printf("files: ended after %" PRIu64 "\n", number - 1);
    return 0;
}
