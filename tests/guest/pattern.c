/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "pattern=1": what a guest knows of its own memory.  It fills what is free,
 * and then, sweep after sweep, writes some of the pages anew and reads all
 * of them.
 *
 * The Nth page that is written is page N modulo their number, and each word of
 * it depends on N.  So what a page must have follows from N alone, and a page
 * that is older than it should be, as a lost bit of a saver's log would leave
 * it, is found.
 *
 *   pattern: of 3700 pages
 *   pattern: sweep 12 right, 14799 written
 *   pattern: WRONG: page 812 of 3700 is of write 812, not of 4512
 *   pattern: WRONG: 5 pages in sweep 13
 *
 * With "pattern-spoil=1" one word is changed before the third sweep reads it,
 * and the sweep must find it.
 */
#include "platform.h"

enum {
    WORDS = PAGE_BYTES / sizeof(uint64_t),
    /* Of a step, which is a few milliseconds of an emulated CPU. */
    WRITES = 64,
    READS = 256,
    /* A sweep writes this part of the pages.  A page has to stay as it is for
     * longer than a save takes: written anew, it is logged anew. */
    PART_WRITTEN = 32,
    SPOILT_SWEEP = 3,
};

typedef uint64_t page_words[WORDS];

static page_words *memory;
static uint64_t pages;       /* 0: nothing to do */
static uint64_t latest;      /* the number of the last write */
static uint64_t sweep = 1;
static uint64_t left_to_write;
static uint64_t next_to_read;
static uint64_t wrong;       /* pages of this sweep */
static bool spoils;

/* Words differ from their neighbours, and from page to page. */
static uint64_t first_word(uint64_t number)
{
    return number * 0x9e3779b97f4a7c15u;
}
static const uint64_t from_word_to_word = 0xbf58476d1ce4e5b9u;

static void write_page(uint64_t number)
{
    uint64_t *page = memory[number % pages];
    uint64_t word = first_word(number);
    unsigned int i;

    page[0] = number;
    for (i = 1; i < WORDS; i++)
        page[i] = word += from_word_to_word;
}

static bool is_right(const uint64_t *page, uint64_t number)
{
    uint64_t word = first_word(number);
    unsigned int i;

    if (page[0] != number)
        return false;
    for (i = 1; i < WORDS; i++)
        if (page[i] != (word += from_word_to_word))
            return false;
    return true;
}

/* The last number up to the latest one that fell to this page. */
static uint64_t expected(uint64_t page)
{
    return latest - (latest - page) % pages;
}

static void say_first_wrong(uint64_t page)
{
    print("pattern: WRONG: page ");
    print_number(page);
    print(" of ");
    print_number(pages);
    print(" is of write ");
    print_number(memory[page][0]);
    print(", not of ");
    print_number(expected(page));
    print("\n");
}

static void say_sweep(void)
{
    print(wrong ? "pattern: WRONG: " : "pattern: sweep ");
    print_number(wrong ? wrong : sweep);
    print(wrong ? " pages in sweep " : " right, ");
    print_number(wrong ? sweep : latest);
    print(wrong ? "\n" : " written\n");
}

static void begin_sweep(void)
{
    left_to_write = pages / PART_WRITTEN;
    next_to_read = 0;
    wrong = 0;
}

void pattern_start(bool spoils_a_word)
{
    memory = (page_words *)platform_take_memory(UINT64_MAX, &pages);
    if (!pages) {
        print("pattern: no memory\n");
        return;
    }
    print("pattern: of ");
    print_number(pages);
    print(" pages\n");
    for (latest = 0; latest < pages; latest++)
        write_page(latest);
    latest--;
    spoils = spoils_a_word;
    begin_sweep();
}

static void write_some(void)
{
    unsigned int i;

    for (i = 0; i < WRITES && left_to_write; i++, left_to_write--)
        write_page(++latest);
}

static void read_some(void)
{
    uint64_t end = next_to_read + READS;

    for (; next_to_read < end && next_to_read < pages; next_to_read++)
        if (!is_right(memory[next_to_read], expected(next_to_read)) &&
            !wrong++)
            say_first_wrong(next_to_read);
}

static void spoil_one_word(void)
{
    memory[pages / 2][WORDS / 2] ^= 1;
    spoils = false;
}

/* A portion; the guest sleeps between two of them. */
void pattern_step(void)
{
    if (!pages)
        return;
    if (left_to_write) {
        write_some();
        return;
    }
    if (spoils && sweep == SPOILT_SWEEP)
        spoil_one_word();
    read_some();
    if (next_to_read < pages)
        return;
    say_sweep();
    sweep++;
    begin_sweep();
}
