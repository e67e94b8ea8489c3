/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diff names just what differs.  If this fails, people who compare checkpoints
 * miss a change or look for one that is none.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/libxc.h"
#include "format/pages.h"
#include "lib/diff.h"
#include "stream_builder.h"
#include "util/cleanup.h"
#include "util/io.h"

static int read_state(const struct buffer *b, struct image_state *out,
                      struct xr_error *err)
{
    CLEANUP_CLOSE int fd = memfd_create("image", MFD_CLOEXEC);

    assert_int_equal(write_full(fd, b->data, b->length, NULL), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return image_state_read(fd, NULL, NULL, out, err);
}

struct pair {
    struct image_state a, b;
    struct image_diff diff;
};

static void compare(struct pair *p, const struct buffer *a,
                    const struct buffer *b)
{
    assert_int_equal(read_state(a, &p->a, NULL), 0);
    assert_int_equal(read_state(b, &p->b, NULL), 0);
    assert_int_equal(image_diff(&p->a, &p->b, &p->diff, NULL), 0);
}

static void free_pair(struct pair *p)
{
    image_diff_free(&p->diff);
    image_state_free(&p->a);
    image_state_free(&p->b);
}

static void finds_the_same_the_same(void **state)
{
    static const struct image_plan plans[] = {
        { .container = 'x', .metadata = true, .vcpus = 2 },
        { .container = 'v', .hvm = true, .live = true },
        { .container = 'c', .version2 = true },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(plans); i++) {
        CLEANUP_BUFFER struct buffer b = { 0 };
        struct pair p = { .diff = { .same = false } };

        build_image(&b, &plans[i]);
        compare(&p, &b, &b);
        assert_true(p.diff.same);
        assert_int_equal(p.a.page_count, 3000);
        free_pair(&p);
    }
}

/* The pages of later runs take the place of what came before. */
static void takes_a_page_as_sent_last(void **state)
{
    CLEANUP_BUFFER struct buffer a = { 0 }, b = { 0 };
    struct image_plan plan = { .container = 'x' };
    struct pair p = { .diff = { .same = false } };

    (void)state;
    build_image(&a, &plan);
    plan.live = true;
    build_image(&b, &plan);
    compare(&p, &a, &b);
    assert_true(p.diff.same);
    free_pair(&p);
}

/* How long a padding record is tells nothing of the guest. */
static void takes_no_padding_for_state(void **state)
{
    struct image_plan plan = { .container = 'x', .flat = true, .pages = 40,
                               .batch = 9 };
    CLEANUP_BUFFER struct buffer a = { 0 }, b = { 0 };
    struct pair p = { .a = { .page_count = 0 } };

    (void)state;
    build_image(&a, &plan);
    plan.batch = 11;
    build_image(&b, &plan);
    compare(&p, &a, &b);
    assert_true(p.diff.same);
    free_pair(&p);
}

static void names_what_differs(void **state)
{
    CLEANUP_BUFFER struct buffer a = { 0 }, b = { 0 };
    struct image_plan plan = {
        .container = 'x', .pages = 10, .batch = 10, .vcpus = 2,
        .config = "{\"b_info\":{\"max_vcpus\":2}}",
    };
    struct pair p = { .diff = { .same = false } };
    char *page;

    (void)state;
    build_image(&a, &plan);
    plan.config = "{\"b_info\":{\"max_vcpus\":3}}";
    plan.metadata = true;
    plan.vcpus = 1;
    build_image(&b, &plan);
    /* A page holds its number: page 4 and 5. */
    page = memmem(b.data, b.length, "\4\4\4\4\4\4\4\4\4\4\4\4", 12);
    page[0] = 'x';
    page[4096] = 'x';
    compare(&p, &a, &b);
    assert_false(p.diff.same);
    assert_int_equal(p.diff.config.count, 1);
    assert_string_equal(p.diff.config.items[0].key, "b_info.max_vcpus");
    assert_string_equal(p.diff.config.items[0].a, "2");
    assert_string_equal(p.diff.config.items[0].b, "3");
    assert_int_equal(p.diff.metadata.count, 3);
    assert_null(p.diff.metadata.items[0].a);
    assert_int_equal(p.diff.records.count, 3);
    assert_string_equal(p.diff.records.items[0].key, "X86_PV_VCPU_BASIC[1]");
    assert_null(p.diff.records.items[0].b);
    assert_int_equal(p.diff.pages_changed, 2);
    assert_int_equal(p.diff.range_count, 1);
    assert_int_equal(p.diff.ranges[0].first, 4);
    assert_int_equal(p.diff.ranges[0].last, 5);
    free_pair(&p);
}

/* Every cut is refused; nothing is compared by half. */
static void refuses_what_is_cut_off(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct image_plan plan = { .container = 'x', .pages = 3, .hvm = true,
                               .metadata = true };
    size_t whole;

    (void)state;
    build_image(&b, &plan);
    whole = b.length;
    for (b.length = 0; b.length < whole; b.length += 7) {
        struct image_state s;

        assert_int_not_equal(read_state(&b, &s, NULL), 0);
        assert_int_equal(s.page_count, 0);
        assert_null(s.pages.leaf);
    }
}

/* A page number far off does not take memory. */
static void refuses_a_gap(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct image_state s;

    (void)state;
    build_libxc(&b, 3, 1);
    build_pages(&b, UINT64_C(1) << 51, 1);
    assert_int_equal(read_state(&b, &s, NULL), -EINVAL);
}

/* A flat image says of pages that have gone that they have; a stream ends. */
static void takes_a_page_that_has_gone_for_none(void **state)
{
    CLEANUP_BUFFER struct buffer a = { 0 }, b = { 0 }, c = { 0 };
    struct pair p = { .diff = { .same = false } };
    struct pair q = { .diff = { .same = false } };
    uint64_t gone[4] = { 3 };
    int i;

    (void)state;
    for (i = 0; i < 3; i++)
        gone[1 + i] = (uint64_t)PAGE_XTAB << 60 | (5 + (unsigned int)i);
    build_libxc(&a, 3, LIBXC_DOMAIN_X86_HVM);
    build_pages(&a, 0, 5);
    build_bytes(&b, a.data, a.length);
    build_record(&b, LIBXC_REC_PAGE_DATA, gone, sizeof(gone));
    build_bytes(&c, a.data, a.length);
    build_pages(&c, 5, 1);
    build_record(&a, LIBXC_REC_END, NULL, 0);
    build_record(&b, LIBXC_REC_END, NULL, 0);
    build_record(&c, LIBXC_REC_END, NULL, 0);
    compare(&p, &a, &b);
    assert_true(p.diff.same);
    free_pair(&p);
    compare(&q, &c, &b);
    assert_int_equal(q.diff.pages_changed, 1);
    free_pair(&q);
}

/* The flat image of an HVM guest that has these pages, which are all the same. */
static void build_flat_pages(struct buffer *b, const uint64_t *entries,
                             uint32_t count)
{
    static const char page[PAGE_SIZE_BYTES] = "the same";
    uint32_t i, data = 0;

    for (i = 0; i < count; i++)
        data += page_has_data(entries[i]);
    build_libxc(b, 3, LIBXC_DOMAIN_X86_HVM);
    build_padding(b, 0, 4096);
    build_le32(b, LIBXC_REC_PAGE_DATA);
    build_le32(b, 8 + 8 * count + data * PAGE_SIZE_BYTES);
    build_le64(b, count);
    for (i = 0; i < count; i++)
        build_le64(b, entries[i]);
    while (data--)
        build_bytes(b, page, sizeof(page));
    build_record(b, LIBXC_REC_END, NULL, 0);
}

/*
 * A balloon has taken most of 64 GiB, and left what lies at their end: no entry names
 * what has gone, nor need one.
 */
static void bears_what_a_balloon_has_taken(void **state)
{
    enum { LAST = 0xffffff };
    static const uint64_t few[] = { 0, 1, LAST };
    static const uint64_t told[] = {
        0, 1, (uint64_t)PAGE_XTAB << 60 | 0x800000, LAST,
    };
    static const uint64_t more[] = { 0, 1, 0x7fffff, 0x800000, LAST - 1 };
    CLEANUP_BUFFER struct buffer a = { 0 }, b = { 0 }, c = { 0 };
    struct pair p = { .a = { .page_count = 0 } };
    struct pair q = { .a = { .page_count = 0 } };

    (void)state;
    build_flat_pages(&a, few, COUNT(few));
    build_flat_pages(&b, told, COUNT(told));
    build_flat_pages(&c, more, COUNT(more));
    compare(&p, &a, &b);
    assert_true(p.diff.same);
    assert_int_equal(p.a.page_count, LAST + 1);
    free_pair(&p);
    compare(&q, &a, &c);
    assert_int_equal(q.diff.pages_total, COUNT(few));
    assert_int_equal(q.diff.pages_changed, 4);
    assert_int_equal(q.diff.range_count, 2);
    assert_int_equal(q.diff.ranges[0].first, 0x7fffff);
    assert_int_equal(q.diff.ranges[0].last, 0x800000);
    assert_int_equal(q.diff.ranges[1].first, LAST - 1);
    assert_int_equal(q.diff.ranges[1].last, LAST);
    free_pair(&q);
}

/* Its pages are so far apart that they are meant to cost memory. */
static void refuses_what_is_made_to_cost_memory(void **state)
{
    enum { FAR = 200000 };
    static uint64_t entries[FAR];
    CLEANUP_BUFFER struct buffer b = { 0 }, c = { 0 };
    uint64_t beyond = (uint64_t)PAGE_XTAB << 60 | PAGE_MAP_MAX;
    struct image_state s;
    uint64_t i;

    (void)state;
    for (i = 0; i < FAR; i++)
        entries[i] = (uint64_t)PAGE_XTAB << 60 | i * 4096;
    build_flat_pages(&b, entries, FAR);
    assert_int_equal(read_state(&b, &s, NULL), -E2BIG);
    build_flat_pages(&c, &beyond, 1);
    assert_int_equal(read_state(&c, &s, NULL), -E2BIG);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_same_the_same),
        cmocka_unit_test(takes_a_page_as_sent_last),
        cmocka_unit_test(takes_no_padding_for_state),
        cmocka_unit_test(names_what_differs),
        cmocka_unit_test(refuses_what_is_cut_off),
        cmocka_unit_test(refuses_a_gap),
        cmocka_unit_test(takes_a_page_that_has_gone_for_none),
        cmocka_unit_test(bears_what_a_balloon_has_taken),
        cmocka_unit_test(refuses_what_is_made_to_cost_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
