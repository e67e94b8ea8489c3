/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of a guest's pages, by their numbers.  If this fails, a page is
 * lost or taken for another, or an image that lies costs the host its memory.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <malloc.h>

#include "lib/page_map.h"

static void set_place(struct page_map *map, uint64_t number, uint32_t place)
{
    struct page_state nowhere, *page = &nowhere;

    assert_int_equal(page_map_at(map, number, &page, NULL), 0);
    page->place = place;
    page->filed = 0;
}

static void finds_what_was_set(void **state)
{
    static const uint64_t numbers[] = {
        0, 1, 63, 64, 511, 512, 0x3ffff, 0x40000, 0xfeff8, 0x7ffffff,
        0x8000000, PAGE_MAP_MAX - 1,
    };
    struct page_map map = { .taken = 0 };
    const struct page_state *page;
    uint64_t number = 0;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(numbers); i++)
        set_place(&map, numbers[i], (uint32_t)i);
    for (i = 0; i < COUNT(numbers); i++, number++) {
        page = page_map_find(&map, numbers[i]);
        assert_non_null(page);
        assert_int_equal(page->place, i);
        while ((page = page_map_next(&map, &number)) && page->filed)
            number++;
        assert_int_equal(number, numbers[i]);
    }
    assert_null(page_map_next(&map, &number));
    assert_null(page_map_find(&map, 0x100000));
    assert_null(page_map_find(&map, PAGE_MAP_MAX));
    assert_int_equal(page_map_visit(&map, PAGE_MAP_MAX, NULL), -E2BIG);
    assert_int_equal(page_map_visit(&map, UINT64_MAX, NULL), -E2BIG);
    assert_int_equal(page_map_find(&map, 2)->filed, PAGE_UNSEEN);
    assert_int_equal(page_map_find(&map, 2)->place, PAGE_NO_PLACE);
    assert_true(page_map_find(&map, 2)->digest == PAGE_NO_DIGEST);
    number = 64;
    page = page_map_next(&map, &number);
    assert_int_equal(page[511 % PAGE_MAP_LEAF].place, PAGE_NO_PLACE);
    assert_int_equal(page[0].place, 3);
    page_map_free(&map);
}

static int count_ascending(void *data, uint64_t number,
                           struct page_state *page)
{
    uint64_t *last = data;

    assert_true(number > *last);
    assert_int_equal(page->place, number);
    *last = number;
    return number == 0x7000000 ? -EIO : 0;
}

static void visits_in_order(void **state)
{
    struct page_map map = { .taken = 0 };
    uint64_t last = 0;

    (void)state;
    set_place(&map, 0x8000001, 0x8000001);
    set_place(&map, 0x7000000, 0x7000000);
    set_place(&map, 5, 5);
    set_place(&map, 600, 600);
    assert_int_equal(page_map_each(&map, count_ascending, &last), -EIO);
    assert_int_equal(last, 0x7000000);
    page_map_free(&map);
}

/* Of memory as malloc(3) counts it; a sanitizer's counts nothing. */
static size_t allocated(void)
{
    return mallinfo2().uordblks + mallinfo2().hblkhd;
}

/* Entries of an image are 8 bytes each there. */
static void costs_what_an_honest_image_costs(void **state)
{
    enum { HONEST = 1 << 20 };
    struct page_map map = { .taken = 0 };
    size_t before = allocated(), honest;
    struct page_state *page;
    uint64_t i;
    int r = 0;

    (void)state;
    set_place(&map, PAGE_MAP_MAX - 1, 0);
    assert_true(allocated() - before < 4096);
    page_map_free(&map);
    for (i = 0; i < HONEST; i++)
        set_place(&map, i, 0);
    honest = allocated() - before;
    assert_true(honest < HONEST * 10);
    page_map_free(&map);
    for (i = 0; !r && i < HONEST; i++)
        r = page_map_at(&map, i * 0x40001 % PAGE_MAP_MAX, &page, NULL);
    assert_int_equal(r, -E2BIG);
    assert_true(allocated() - before < (40 << 20));
    page_map_free(&map);
    assert_int_equal(allocated(), before);
}

/* A balloon has taken all but one of 16 pages, here and there. */
static void bears_what_a_balloon_leaves(void **state)
{
    enum { LEFT = 1 << 19, OF = 16 };
    struct page_map map = { .taken = 0 };
    uint64_t i;

    (void)state;
    for (i = 0; i < LEFT; i++)
        set_place(&map, i * OF + i % 7, (uint32_t)i);
    for (i = 0; i < LEFT; i++)
        assert_int_equal(page_map_find(&map, i * OF + i % 7)->place, i);
    page_map_free(&map);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_set),
        cmocka_unit_test(visits_in_order),
        cmocka_unit_test(bears_what_a_balloon_leaves),
        cmocka_unit_test(costs_what_an_honest_image_costs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
