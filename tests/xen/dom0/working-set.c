/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * working-set MIB CHANGING: what a Linux guest of the lab works on.  It fills MIB of
 * memory with what it can tell, and then, every few seconds, writes the first CHANGING
 * of them anew and reads all of them:
 *
 *   sweep 7
 *   pattern: page 4711 is WRONG
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PAGE = 4096, WORDS = PAGE / 8, REST_SECONDS = 3 };

struct set {
    uint64_t *words;
    size_t pages;
    size_t changing;
    uint64_t generation; /* of the changing pages */
};

/* A program's data: neither noise nor all the same. */
static uint64_t first_word(const struct set *s, size_t page)
{
    uint64_t generation = page < s->changing ? s->generation : 0;

    return (page + 1) * 0x9e3779b97f4a7c15 ^ generation * 0xc2b2ae3d27d4eb4f;
}

static void write_page(const struct set *s, size_t page)
{
    uint64_t word = first_word(s, page), *at = s->words + page * WORDS;
    size_t i;

    for (i = 0; i < WORDS; i++)
        at[i] = word + i;
}

static bool is_right(const struct set *s, size_t page)
{
    uint64_t word = first_word(s, page), *at = s->words + page * WORDS;
    size_t i;

    for (i = 0; i < WORDS; i++)
        if (at[i] != word + i)
            return false;
    return true;
}

static void sweep(struct set *s)
{
    size_t page;

    s->generation++;
    for (page = 0; page < s->changing; page++)
        write_page(s, page);
    for (page = 0; page < s->pages; page++)
        if (!is_right(s, page))
            printf("pattern: page %zu is WRONG\n", page);
    printf("sweep %llu\n", (unsigned long long)s->generation);
}

int main(int argc, char **argv)
{
    struct set s = { .generation = 0 };
    size_t page;

    if (argc != 3)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    s.pages = (size_t)atoi(argv[1]) * (1 << 20) / PAGE;
    s.changing = (size_t)atoi(argv[2]) * (1 << 20) / PAGE;
    s.words = malloc(s.pages * PAGE);
    if (!s.words || s.changing > s.pages) {
        printf("pattern: no memory\n");
        return 1;
    }
    for (page = 0; page < s.pages; page++)
        write_page(&s, page);
    for (;;) {
        sweep(&s);
        sleep(REST_SECONDS);
    }
}
