/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a Linux guest of the lab knows of its own memory: "pattern MIB" fills so
 * much of it, and again and again writes a quarter of its pages anew and reads
 * all of them.
 *
 * The Nth page that is written is page N modulo their number, and each word of
 * it depends on N.  So what a page must have follows from N alone, and a page
 * that is older than it should be, as a lost bit of a saver's log would leave
 * it, is found.
 *
 *   pattern: sweep 12 right, 45678 written
 *   pattern: WRONG: page 812 of 16384 is of write 812, not of 17196
 *   pattern: WRONG: 5 pages in sweep 13
 *
 * The first at most once a second, the others always.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { PAGE = 4096, WORDS = PAGE / 8, REST_AFTER = 64, READS_LIKE_WRITE = 8 };

/* After so many pages. */
static void rest_at(uint64_t number, unsigned int pages)
{
    const struct timespec moment = { .tv_nsec = 4000000 };

    if (number % pages == 0)
        nanosleep(&moment, NULL);
}

/* splitmix64's step: every word differs from its neighbours and from page to
 * page. */
static uint64_t word(uint64_t number, unsigned int i)
{
    return number * 0x9e3779b97f4a7c15u + i * 0xbf58476d1ce4e5b9u;
}

static void put(uint64_t *page, uint64_t number)
{
    unsigned int i;

    page[0] = number;
    for (i = 1; i < WORDS; i++)
        page[i] = word(number, i);
}

static int is_right(const uint64_t *page, uint64_t number)
{
    unsigned int i;

    if (page[0] != number)
        return 0;
    for (i = 1; i < WORDS; i++)
        if (page[i] != word(number, i))
            return 0;
    return 1;
}

/* The last number up to the latest one that fell to this page. */
static uint64_t expected(uint64_t latest, uint64_t page, uint64_t pages)
{
    return latest - (latest - page) % pages;
}

/* How many pages are not what they should be; says it of the first one. */
static uint64_t look(const uint64_t *memory, uint64_t pages, uint64_t latest)
{
    uint64_t wrong = 0, i;

    for (i = 0; i < pages; i++) {
        const uint64_t *page = memory + i * WORDS;
        uint64_t number = expected(latest, i, pages);

        rest_at(i, REST_AFTER * READS_LIKE_WRITE);
        if (!is_right(page, number) && !wrong++)
            printf("pattern: WRONG: page %" PRIu64 " of %" PRIu64
                   " is of write %" PRIu64 ", not of %" PRIu64 "\n", i, pages,
                   page[0], number);
    }
    return wrong;
}

int main(int argc, char **argv)
{
    uint64_t pages = argc > 1 ? strtoull(argv[1], NULL, 10) * 256 : 0;
    uint64_t latest = 0, sweep, wrong, i;
    time_t said = 0, now;
    uint64_t *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (!pages || memory == MAP_FAILED) {
        puts("pattern: no memory");
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("pattern: of %" PRIu64 " pages\n", pages);
    for (i = 0; i < pages; i++)
        put(memory + i * WORDS, latest = i);
    for (sweep = 1;; sweep++) {
        for (i = 0; i < pages / 4; i++) {
            latest++;
            put(memory + latest % pages * WORDS, latest);
            rest_at(latest, REST_AFTER);
        }
        wrong = look(memory, pages, latest);
        now = time(NULL);
        if (!wrong && now == said)
            continue;
        said = now;
        if (wrong)
            printf("pattern: WRONG: %" PRIu64 " pages in sweep %" PRIu64 "\n",
                   wrong, sweep);
        else
            printf("pattern: sweep %" PRIu64 " right, %" PRIu64 " written\n",
                   sweep, latest);
    }
}
