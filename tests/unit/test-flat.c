/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A flat image says of every page what the stream said last, whatever the
 * stream, and whatever image it began as a copy of.  If this fails, a guest
 * comes back with another page's contents, or with one of an hour ago.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/padding.h"
#include "format/pages.h"
#include "lib/diff.h"
#include "lib/flat_writer.h"
#include "lib/verify.h"
#include "lib/walk.h"
#include "stream_builder.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

enum {
    PAGES = 400,
    BATCH_MAX = 40,
    GENERATIONS = 12,
    LIVES = 20,
    UNSAID = 99, /* a type that is none */
};

/* What a page is: its type, and a number that its contents are made of. */
struct page {
    unsigned int type;
    uint32_t contents; /* 0: zeros */
};

struct guest {
    bool hvm;
    bool still;        /* does nothing while it is sent */
    bool named;        /* its image says of each page that it is not there */
    const char *config;
    struct page pages[PAGES];
    bool dirty[PAGES];
};

static uint32_t random_state;

static uint32_t dice(uint32_t sides)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % sides;
}

static void fill(uint8_t *bytes, uint32_t contents)
{
    size_t i;

    memset(bytes, 0, PAGE_SIZE_BYTES);
    for (i = 0; contents && i < PAGE_SIZE_BYTES; i += 4)
        store_le32(bytes + i, contents + (uint32_t)i);
}

static unsigned int some_type(const struct guest *g, uint32_t none_in)
{
    if (!dice(none_in))
        return PAGE_XTAB;
    if (g->hvm || dice(4))
        return PAGE_NOTAB;
    return 1 + dice(4) + 8 * dice(2);
}

/* none_in: of so many pages one has no data. */
static void change(struct guest *g, uint32_t number, uint32_t none_in)
{
    g->pages[number].type = some_type(g, none_in);
    g->pages[number].contents = dice(3) ? 1 + dice(100000) : 0;
    g->dirty[number] = true;
}

/* One PAGE_DATA record; now and then a page's data are put off. */
static void send_batch(struct guest *g, struct buffer *b,
                       const uint32_t *numbers, uint32_t count)
{
    CLEANUP_BUFFER struct buffer body = { 0 };
    uint8_t bytes[PAGE_SIZE_BYTES];
    bool put_off[BATCH_MAX];
    uint32_t i;

    build_le64(&body, count);
    for (i = 0; i < count; i++) {
        struct page *p = &g->pages[numbers[i]];

        put_off[i] = p->type < PAGE_BROKEN && !dice(30);
        build_le64(&body, numbers[i]
                   | (uint64_t)(put_off[i] ? PAGE_XALLOC : p->type) << 60);
        g->dirty[numbers[i]] = put_off[i];
    }
    for (i = 0; i < count; i++) {
        if (put_off[i] || g->pages[numbers[i]].type >= PAGE_BROKEN)
            continue;
        fill(bytes, g->pages[numbers[i]].contents);
        build_bytes(&body, bytes, sizeof(bytes));
    }
    build_record(b, LIBXC_REC_PAGE_DATA, body.data, body.length);
}

/* All, or those that are dirty; while they are sent the guest goes on. */
static void send_round(struct guest *g, struct buffer *b, bool all, bool lives,
                       uint32_t none_in)
{
    uint32_t numbers[BATCH_MAX], count = 0, size = 1 + dice(BATCH_MAX), i;

    for (i = 0; i < PAGES; i++) {
        if (all || g->dirty[i])
            numbers[count++] = i;
        if (count < size && i + 1 < PAGES)
            continue;
        if (count)
            send_batch(g, b, numbers, count);
        count = 0;
        size = 1 + dice(BATCH_MAX);
        if (lives)
            change(g, dice(PAGES), none_in);
    }
}

static bool any_dirty(const struct guest *g)
{
    uint32_t i;

    for (i = 0; i < PAGES; i++)
        if (g->dirty[i])
            return true;
    return false;
}

static void send_guest(struct guest *g, struct buffer *b, uint32_t none_in)
{
    uint32_t rounds = g->still ? 0 : dice(4);

    build_xl(b, g->config);
    build_libxl(b);
    build_record(b, LIBXL_REC_LIBXC_CONTEXT, NULL, 0);
    build_libxc(b, 3, g->hvm && !g->named ? LIBXC_DOMAIN_X86_HVM
                                          : LIBXC_DOMAIN_X86_PV);
    build_record(b, LIBXC_REC_STATIC_DATA_END, NULL, 0);
    build_metadata(b);
    send_round(g, b, true, rounds, none_in);
    while (rounds--)
        send_round(g, b, false, true, none_in);
    while (any_dirty(g))
        send_round(g, b, false, false, none_in);
    build_record(b, LIBXC_REC_X86_TSC_INFO, "what the time is, at last", 24);
    build_record(b, LIBXC_REC_HVM_CONTEXT, &random_state, 4);
    build_record(b, LIBXC_REC_END, NULL, 0);
    build_record(b, LIBXL_REC_EMULATOR_CONTEXT, "QEMU's", 6);
    build_record(b, LIBXL_REC_END, NULL, 0);
}

/* What a reader of the image makes of it. */
struct seen {
    bool flat;
    struct guest guest;
    bool taken[PAGES];    /* memory is taken for it */
    uint64_t entries;     /* with data */
    struct buffer others; /* records but pages and padding */
    char *config;
};

static void see_page(struct seen *s, struct walk *w, uint64_t entry,
                     uint32_t *at)
{
    struct page *p = &s->guest.pages[entry & PAGE_NUMBER_MASK];
    uint8_t expected[PAGE_SIZE_BYTES];
    const uint8_t *bytes;

    assert_true((entry & PAGE_NUMBER_MASK) < PAGES);
    p->type = page_type(entry);
    if (!page_has_data(entry))
        return;
    assert_true(!s->flat || (w->body + *at) % PAGE_SIZE_BYTES == 0);
    assert_int_equal(walk_view(w, *at, PAGE_SIZE_BYTES, &bytes, NULL), 0);
    p->contents = load_le32(bytes);
    fill(expected, p->contents);
    assert_memory_equal(bytes, expected, PAGE_SIZE_BYTES);
    s->taken[entry & PAGE_NUMBER_MASK] = true;
    s->entries++;
    *at += PAGE_SIZE_BYTES;
}

static void see_pages(struct seen *s, struct walk *w)
{
    uint64_t entries[1024];
    const uint8_t *bytes;
    uint32_t count, i, at;

    assert_int_equal(walk_view(w, 0, 8, &bytes, NULL), 0);
    count = load_le32(bytes);
    assert_true(count <= COUNT(entries));
    assert_int_equal(walk_view(w, 8, 8 * count, &bytes, NULL), 0);
    for (i = 0; i < count; i++)
        entries[i] = load_le64(bytes + 8 * i);
    at = 8 + 8 * count;
    for (i = 0; i < count; i++)
        see_page(s, w, entries[i], &at);
    assert_int_equal(at, w->event.length);
}

static void see_other(struct seen *s, struct walk *w)
{
    const uint8_t *bytes;

    build_le32(&s->others, w->event.type);
    assert_int_equal(walk_view(w, 0, w->event.length, &bytes, NULL), 0);
    build_bytes(&s->others, bytes, w->event.length);
}

static void see_image_of(int fd, struct seen *s, bool flat)
{
    struct walk *w = malloc(sizeof(*w));
    size_t i;

    *s = (struct seen){ .flat = flat };
    for (i = 0; i < PAGES; i++)
        s->guest.pages[i].type = UNSAID;
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    walk_open(w, fd);
    do {
        assert_int_equal(walk_next(w, NULL), 0);
        if (w->event.kind == STREAM_EVENT_TEXT)
            assert_int_equal(walk_text(w, &s->config, NULL), 0);
        if (w->event.kind != STREAM_EVENT_RECORD)
            continue;
        if (w->event.layer == STREAM_LIBXC
            && w->event.type == LIBXC_REC_PAGE_DATA)
            see_pages(s, w);
        else if (w->event.type != PADDING_TYPE)
            see_other(s, w);
    } while (w->event.kind != STREAM_EVENT_END);
    free(w);
}

static void seen_free(struct seen *s)
{
    buffer_free(&s->others);
    free(s->config);
}

static int memory_file(const void *bytes, size_t n)
{
    int fd = memfd_create("image", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write_full(fd, bytes, n, NULL), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static int copy_of(int fd)
{
    CLEANUP_FREE char *bytes = NULL;
    struct stat st;

    fstat(fd, &st);
    bytes = malloc((size_t)st.st_size);
    assert_int_equal(pread_full(fd, bytes, (size_t)st.st_size, 0),
                     st.st_size);
    return memory_file(bytes, (size_t)st.st_size);
}

static int lay_out(const struct buffer *stream, int out,
                   struct flat_layout *parent, struct flat_outcome *outcome,
                   struct xr_error *err)
{
    CLEANUP_CLOSE int in = memory_file(stream->data, stream->length);
    CLEANUP_FLAT_WRITER struct flat_writer *w = NULL;
    const struct flat_order order = {
        .in = in, .out = out, .parent = parent, .seal = true,
    };
    int r = flat_writer_new(&order, &w, err);

    if (!r)
        r = flat_writer_take(w, err);
    return r ? r : flat_writer_close(w, outcome, err);
}

/* Each place is what its digest says. */
static void check_places(int fd, struct flat_layout *out)
{
    CLEANUP_FREE char *uuid = NULL;
    uint8_t page[PAGE_SIZE_BYTES], digest[SEAL_DIGEST_SIZE];
    struct xr_error err = { .code = 0 };
    uint32_t i;

    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    if (flat_layout_read(fd, out, &uuid, &err))
        fail_msg("%s at %llu", err.message, (unsigned long long)err.offset);
    assert_string_equal(uuid, "");
    for (i = 0; i < out->table.pages; i++) {
        assert_int_equal(pread_full(fd, page, sizeof(page),
                                    (off_t)flat_layout_place(out, i, NULL)),
                         sizeof(page));
        seal_digest_page(out->table.secret, page, digest);
        assert_memory_equal(digest, out->digests[i], sizeof(digest));
    }
}

/* Of pages that an HVM guest never had nothing need be said. */
static void check_same(const struct guest *g, const struct seen *s)
{
    uint32_t i;

    for (i = 0; i < PAGES; i++) {
        if (!g->hvm || g->pages[i].type != PAGE_XTAB
            || s->guest.pages[i].type != UNSAID)
            assert_int_equal(s->guest.pages[i].type, g->pages[i].type);
        if (g->pages[i].type >= PAGE_BROKEN)
            assert_false(s->taken[i]);
        else
            assert_int_equal(s->guest.pages[i].contents,
                             g->pages[i].contents);
    }
}

/* In the stream and in the image: everything that is no page. */
static void check_others(const struct buffer *stream, const struct seen *image)
{
    CLEANUP_CLOSE int in = memory_file(stream->data, stream->length);
    struct seen original;

    see_image_of(in, &original, false);
    assert_string_equal(image->config, original.config);
    assert_int_equal(image->others.length, original.others.length);
    assert_memory_equal(image->others.data, original.others.data,
                        original.others.length);
    seen_free(&original);
}

/* The guest's image; former: what the file begins as a copy of, or -1. */
static int checkpoint(struct guest *g, int former, uint32_t none_in,
                      struct flat_outcome *outcome)
{
    CLEANUP_FLAT_LAYOUT struct flat_layout parent = { .pages_begin = 0 };
    CLEANUP_FLAT_LAYOUT struct flat_layout layout = { .pages_begin = 0 };
    CLEANUP_BUFFER struct buffer stream = { 0 };
    int out = former < 0 ? memory_file("", 0) : copy_of(former);
    struct xr_error err;
    struct seen seen;

    if (former >= 0)
        check_places(former, &parent);
    send_guest(g, &stream, none_in);
    if (lay_out(&stream, out, former < 0 ? NULL : &parent, outcome,
                &err))
        fail_msg("%s", err.message);
    see_image_of(out, &seen, true);
    check_same(g, &seen);
    check_others(&stream, &seen);
    check_places(out, &layout);
    assert_int_equal(seen.entries, layout.table.pages);
    seen_free(&seen);
    return out;
}

static void begin(struct guest *g, bool hvm, uint32_t seed)
{
    uint32_t i;

    random_state = seed;
    *g = (struct guest){ .hvm = hvm, .config = "{\"a\":1}" };
    for (i = 0; i < PAGES; i++)
        change(g, i, 10);
    memset(g->dirty, 0, sizeof(g->dirty));
}

static void has_what_the_stream_said_last(void **state)
{
    struct flat_outcome outcome;
    struct guest g;
    uint32_t seed;

    (void)state;
    for (seed = 1; seed <= LIVES; seed++) {
        begin(&g, seed % 2, seed);
        close(checkpoint(&g, -1, 10, &outcome));
        assert_int_equal(outcome.bytes_shared, 0);
        assert_null(outcome.full);
    }
}

static uint64_t count_differences(const int fds[2],
                                  struct page_digests *digests)
{
    CLEANUP_IMAGE_STATE struct image_state a = { .page_count = 0 };
    CLEANUP_IMAGE_STATE struct image_state b = { .page_count = 0 };
    CLEANUP_IMAGE_DIFF struct image_diff diff = { .same = false };
    struct image_state *states[] = { &a, &b };
    struct xr_error err;
    int i;

    for (i = 0; i < 2; i++) {
        assert_int_equal(lseek(fds[i], 0, SEEK_SET), 0);
        if (image_state_read(fds[i], digests ? &digests[i] : NULL, NULL,
                             states[i], &err))
            fail_msg("%s", err.message);
    }
    assert_int_equal(image_diff(&a, &b, &diff, NULL), 0);
    return diff.pages_changed;
}

/* By their tables as by their pages. */
static void compare_both_ways(int former, int fd)
{
    const int fds[] = { former, fd };
    struct page_digests digests[2];

    assert_int_equal(lseek(former, 0, SEEK_SET), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_true(page_digests_find_both(fds, digests));
    assert_int_equal(count_differences(fds, digests),
                     count_differences(fds, NULL));
}

/* Pages come and go; each image begins as a copy of the one before. */
static void follows_a_guest_from_image_to_image(void **state)
{
    struct flat_outcome outcome;
    struct guest g;
    uint32_t seed, i, j;
    int former, fd;

    (void)state;
    for (seed = 1; seed <= LIVES; seed++) {
        begin(&g, seed % 2, 1000 + seed);
        former = checkpoint(&g, -1, 10, &outcome);
        for (i = 0; i < GENERATIONS; i++) {
            for (j = dice(60); j; j--)
                change(&g, dice(PAGES), 4);
            memset(g.dirty, 0, sizeof(g.dirty));
            fd = checkpoint(&g, former, 4, &outcome);
            assert_null(outcome.full);
            assert_true(outcome.bytes_shared > 0);
            compare_both_ways(former, fd);
            close(former);
            former = fd;
        }
        close(former);
    }
}

/* libxc sends entries of all pages; PV guests' P2Ms have them, too. */
static void tells_pv_guests_alone_of_pages_that_never_were(void **state)
{
    struct flat_outcome outcome;
    struct seen seen;
    struct guest g;
    uint32_t hvm, i;
    int fd;

    (void)state;
    for (hvm = 0; hvm < 2; hvm++) {
        begin(&g, hvm, 42);
        g.still = true;
        fd = checkpoint(&g, -1, 10, &outcome);
        see_image_of(fd, &seen, true);
        for (i = 0; i < PAGES; i++)
            if (g.pages[i].type == PAGE_XTAB)
                assert_int_equal(seen.guest.pages[i].type,
                                 hvm ? UNSAID : PAGE_XTAB);
        seen_free(&seen);
        close(fd);
    }
}

/* As images were before entries of pages that are not there were left out. */
static void goes_on_from_a_parent_that_names_all_pages(void **state)
{
    struct flat_outcome outcome;
    struct seen seen;
    struct guest g;
    uint32_t seed, i, j;
    int former, fd;

    (void)state;
    for (seed = 1; seed <= LIVES; seed++) {
        begin(&g, true, 2000 + seed);
        g.named = true;
        former = checkpoint(&g, -1, 3, &outcome);
        see_image_of(former, &seen, true);
        for (i = 0; i < PAGES; i++)
            assert_int_not_equal(seen.guest.pages[i].type, UNSAID);
        seen_free(&seen);
        g.named = false;
        for (i = 0; i < 3; i++) {
            for (j = dice(60); j; j--)
                change(&g, dice(PAGES), 4);
            memset(g.dirty, 0, sizeof(g.dirty));
            fd = checkpoint(&g, former, 4, &outcome);
            assert_null(outcome.full);
            compare_both_ways(former, fd);
            close(former);
            former = fd;
        }
        close(former);
    }
}

/* But for an entry of each, at most: what stands in its place stays there. */
static void writes_nothing_for_what_has_long_gone(void **state)
{
    struct flat_outcome idle, outcome;
    struct guest g;
    uint32_t gone = 0, i;
    int fds[4];

    (void)state;
    begin(&g, true, 9);
    g.still = true;
    fds[0] = checkpoint(&g, -1, 10, &outcome);
    fds[1] = checkpoint(&g, fds[0], 10, &idle);
    for (i = 0; i < PAGES; i += 3) {
        gone += g.pages[i].type < PAGE_BROKEN;
        g.pages[i].type = PAGE_XTAB;
    }
    fds[2] = checkpoint(&g, fds[1], 10, &outcome);
    fds[3] = checkpoint(&g, fds[2], 10, &outcome);
    assert_int_equal(outcome.pages_changed, 0);
    assert_true(gone > PAGES / 5);
    assert_true(outcome.bytes_written <= idle.bytes_written + 16 + 8 * gone);
    for (i = 0; i < COUNT(fds); i++)
        close(fds[i]);
}

/* Nothing has changed: no page is written, and no entry moves. */
static void writes_no_page_that_is_there(void **state)
{
    CLEANUP_FLAT_LAYOUT struct flat_layout parent = { .pages_begin = 0 };
    CLEANUP_BUFFER struct buffer stream = { 0 };
    struct flat_outcome first, second;
    struct guest g;
    int fd, copy;

    (void)state;
    begin(&g, true, 7);
    g.still = true;
    send_guest(&g, &stream, 10);
    fd = memory_file("", 0);
    assert_int_equal(lay_out(&stream, fd, NULL, &first, NULL), 0);
    copy = copy_of(fd);
    check_places(fd, &parent);
    assert_int_equal(lay_out(&stream, copy, &parent, &second, NULL), 0);
    assert_int_equal(second.pages_changed, 0);
    assert_int_equal(second.bytes, first.bytes);
    assert_int_equal(second.pages, first.pages);
    assert_true(second.bytes_written < 5 * PAGE_SIZE_BYTES);
    assert_true(second.bytes_shared > first.bytes_written / 2);
    close(fd);
    close(copy);
}

/* A configuration that has grown a little leaves the pages where they are. */
static void bears_another_head(void **state)
{
    static char longer[6000], far_longer[30000];
    struct flat_outcome outcome;
    struct guest g;
    int first, second, third;

    (void)state;
    memset(longer, 'x', sizeof(longer) - 1);
    memset(far_longer, 'x', sizeof(far_longer) - 1);
    begin(&g, true, 3);
    first = checkpoint(&g, -1, 10, &outcome);
    g.config = longer;
    second = checkpoint(&g, first, 10, &outcome);
    assert_null(outcome.full);
    g.config = far_longer;
    third = checkpoint(&g, second, 10, &outcome);
    assert_non_null(outcome.full);
    assert_int_equal(outcome.bytes_shared, 0);
    close(first);
    close(second);
    close(third);
}

/* As long as its head fits it has a parent, and can be one, to the last byte. */
static void can_be_a_parent_whatever_its_head(void **state)
{
    static char longer[20000];
    struct flat_outcome outcome;
    size_t n = 0, step = 1000;
    struct guest g;
    int first, second;

    (void)state;
    begin(&g, true, 4);
    g.config = longer;
    first = checkpoint(&g, -1, 10, &outcome);
    while (step) {
        assert_true(n + step < sizeof(longer));
        memset(longer, 'x', n + step);
        longer[n + step] = '\0';
        second = checkpoint(&g, first, 10, &outcome);
        close(second);
        if (outcome.full)
            step = step == 1000 ? 100 : step == 100 ? 4 : 0;
        else
            n += step;
    }
    assert_true(n > PAGE_SIZE_BYTES);
    close(first);
}

/* What stands before the pages is put together in memory, while the guest may wait. */
static void takes_no_parent_with_an_endless_head(void **state)
{
    CLEANUP_FLAT_LAYOUT struct flat_layout parent = { .pages_begin = 0 };
    CLEANUP_BUFFER struct buffer stream = { 0 };
    struct flat_outcome outcome;
    struct guest g;
    int fd, copy;

    (void)state;
    begin(&g, true, 6);
    send_guest(&g, &stream, 10);
    fd = memory_file("", 0);
    assert_int_equal(lay_out(&stream, fd, NULL, &outcome, NULL), 0);
    copy = copy_of(fd);
    check_places(fd, &parent);
    parent.pages_begin += 100 << 20;
    assert_int_equal(lay_out(&stream, copy, &parent, &outcome, NULL), 0);
    assert_non_null(outcome.full);
    assert_non_null(strstr(outcome.full, "before its pages"));
    assert_int_equal(outcome.bytes_shared, 0);
    close(fd);
    close(copy);
}

/* Cut off anywhere it is an error, and at the last byte none. */
static void knows_a_cut_off_stream(void **state)
{
    CLEANUP_BUFFER struct buffer stream = { 0 };
    struct flat_outcome outcome;
    struct guest g;
    size_t whole;
    int r, fd;

    (void)state;
    begin(&g, false, 5);
    send_guest(&g, &stream, 10);
    whole = stream.length;
    for (stream.length = 13; stream.length < whole;
         stream.length += 1 + dice(20000)) {
        fd = memory_file("", 0);
        r = lay_out(&stream, fd, NULL, &outcome, NULL);
        assert_int_equal(r, -ENODATA);
        close(fd);
    }
}

/* What must not be moved behind the pages. */
static void refuses_a_stream_of_another_kind(void **state)
{
    static const uint32_t types[] = {
        LIBXC_REC_VERIFY, LIBXC_REC_CHECKPOINT, 0x55,
    };
    struct flat_outcome outcome;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(types); i++) {
        CLEANUP_BUFFER struct buffer stream = { 0 };
        CLEANUP_CLOSE int fd = memory_file("", 0);

        build_libxc(&stream, 3, LIBXC_DOMAIN_X86_HVM);
        build_record(&stream, LIBXC_REC_STATIC_DATA_END, NULL, 0);
        build_pages(&stream, 0, 10);
        build_record(&stream, types[i], NULL, 0);
        build_record(&stream, LIBXC_REC_END, NULL, 0);
        assert_int_equal(lay_out(&stream, fd, NULL, &outcome, NULL),
                         -ENOTSUP);
    }
}

/* Whatever wrote it, and whatever it is wrapped in. */
static void is_sound_when_the_stream_is(void **state)
{
    static const struct image_plan plans[] = {
        { .container = 'x', .metadata = true, .vcpus = 2 },
        { .container = 'x', .hvm = true, .live = true, .emulator = true },
        { .container = 'v', .hvm = true, .live = true, .metadata = true },
        { .container = 'v', .live = true },
        { .container = 'l', .hvm = true },
        { .container = 'c', .version2 = true },
    };
    const struct verify_options options = { .structure = false };
    struct flat_outcome outcome;
    struct xr_error err;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(plans); i++) {
        CLEANUP_VERIFY struct verify_result result = { .ok = false };
        CLEANUP_BUFFER struct buffer stream = { 0 };
        CLEANUP_CLOSE int fd = memory_file("", 0);

        build_image(&stream, &plans[i]);
        assert_int_equal(lay_out(&stream, fd, NULL, &outcome, &err), 0);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(verify_image(fd, &options, &result, &err), 0);
        if (!result.ok)
            fail_msg("plan %zu: %s", i, result.problems.items[0].what);
        assert_int_equal(result.seal, SEAL_MATCH);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_sound_when_the_stream_is),
        cmocka_unit_test(has_what_the_stream_said_last),
        cmocka_unit_test(follows_a_guest_from_image_to_image),
        cmocka_unit_test(tells_pv_guests_alone_of_pages_that_never_were),
        cmocka_unit_test(goes_on_from_a_parent_that_names_all_pages),
        cmocka_unit_test(writes_nothing_for_what_has_long_gone),
        cmocka_unit_test(writes_no_page_that_is_there),
        cmocka_unit_test(bears_another_head),
        cmocka_unit_test(can_be_a_parent_whatever_its_head),
        cmocka_unit_test(takes_no_parent_with_an_endless_head),
        cmocka_unit_test(knows_a_cut_off_stream),
        cmocka_unit_test(refuses_a_stream_of_another_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
