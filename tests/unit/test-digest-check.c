/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Digests of an image, checked by several threads: what is damaged is found, whoever
 * comes to it; the listener hears of it in its own thread, and stops all of them.  If
 * this fails, verify overlooks damage, or threads go on in a program that has
 * closed the file.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flat_seal.h"
#include "format/pages.h"
#include "lib/digest_check.h"
#include "util/cleanup.h"

enum {
    EXTENTS = 40,
    EACH = 150,             /* pages of an extent; the last one has more */
    LONG_GAP = 9 << 20,
    UNIT = 4 << 20,
};

static struct digest_table table;
static int image = -1;

/* The n-th read fails, whichever thread it is of; 0: none. */
static atomic_uint fail_read, reads;
static off_t stands = -1; /* at each read; -1: anywhere */
static atomic_bool moved;
static atomic_bool no_threads;
static atomic_int living, most;

ssize_t __real_pread(int fd, void *out, size_t n, off_t offset);
ssize_t __wrap_pread(int fd, void *out, size_t n, off_t offset);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*run)(void *), void *data);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*run)(void *), void *data);
int __real_pthread_join(pthread_t thread, void **out);
int __wrap_pthread_join(pthread_t thread, void **out);

ssize_t __wrap_pread(int fd, void *out, size_t n, off_t offset)
{
    if (stands >= 0 && lseek(fd, 0, SEEK_CUR) != stands)
        moved = true;
    if (atomic_fetch_add(&reads, 1) + 1 == fail_read) {
        errno = EIO;
        return -1;
    }
    return __real_pread(fd, out, n, offset);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*run)(void *), void *data)
{
    if (no_threads)
        return EAGAIN;
    if (++living > most)
        most = (int)living;
    return __real_pthread_create(thread, attr, run, data);
}

int __wrap_pthread_join(pthread_t thread, void **out)
{
    int r = __real_pthread_join(thread, out);

    living--;
    return r;
}

/* A head, extents with a little between them, one of several units, a long gap. */
static int make_image(void **state)
{
    uint64_t at = 3 << 12;
    int i;

    (void)state;
    image = memfd_create("image", MFD_CLOEXEC);
    assert_true(image >= 0);
    memset(table.secret, 0xa5, sizeof(table.secret));
    for (i = 0; i < EXTENTS; i++) {
        uint64_t pages = i < EXTENTS - 1 ? EACH : 3 * EACH * 10;

        assert_int_equal(digest_table_add(&table, at, pages, NULL), 0);
        at += (pages + 1) << 12;
        if (i == EXTENTS / 2)
            at += LONG_GAP;
    }
    table.length = at + 100;
    assert_int_equal(ftruncate(image, (off_t)table.length), 0);
    for (at = 0; at < table.length; at += 4096)
        assert_int_equal(pwrite(image, &at, sizeof(at), (off_t)at),
                         sizeof(at));
    assert_int_equal(ftruncate(image, (off_t)table.length), 0);
    flat_seal_by(image, &table);
    return 0;
}

static int free_image(void **state)
{
    (void)state;
    digest_table_free(&table);
    close(image);
    return 0;
}

static void flip(uint64_t offset)
{
    uint8_t byte;

    assert_int_equal(__real_pread(image, &byte, 1, (off_t)offset), 1);
    byte ^= 1;
    assert_int_equal(pwrite(image, &byte, 1, (off_t)offset), 1);
}

static int check(unsigned int threads, const struct listener *listener,
                 struct damages *out, struct xr_error *err)
{
    int r = digest_check(image, 0, true, &table, threads, listener, out,
                         err);

    assert_int_equal(living, 0);
    return r;
}

static void finds_a_sound_image_sound(void **state)
{
    struct damages damages;
    unsigned int threads;

    (void)state;
    for (threads = 0; threads <= 20; threads++) {
        assert_int_equal(check(threads, NULL, &damages, NULL), 0);
        assert_int_equal(damages.found, 0);
    }
    assert_int_equal(most, DIGEST_CHECK_THREADS_MAX - 1);
    assert_in_range(digest_check_threads(), 1, DIGEST_CHECK_THREADS_MAX);
}

static void does_it_alone_where_no_thread_can_be_made(void **state)
{
    struct damages damages;

    (void)state;
    no_threads = true;
    assert_int_equal(check(8, NULL, &damages, NULL), 0);
    no_threads = false;
    assert_int_equal(damages.found, 0);
}

/* First and last bytes of gaps and of extents. */
static void finds_each_damage(void **state)
{
    struct damages damages;
    const struct damage *d = damages.items;
    uint64_t begin, end;
    size_t i;

    (void)state;
    for (i = 0; i <= EXTENTS; i++) {
        begin = digest_table_gap(&table, i, &end);
        flip(i % 2 ? begin : end - 1);
        assert_int_equal(check(8, NULL, &damages, NULL), 0);
        assert_int_equal(damages.found, 1);
        assert_false(d->is_page);
        assert_int_equal(d->offset, begin);
        assert_int_equal(d->length, end - begin);
        flip(i % 2 ? begin : end - 1);
    }
    for (i = 0; i < EXTENTS; i++) {
        begin = table.extents[i].offset;
        end = extent_end(&table.extents[i]);
        flip(i % 2 ? begin : end - 1);
        assert_int_equal(check(8, NULL, &damages, NULL), 0);
        assert_int_equal(damages.found, 1);
        assert_true(d->is_page);
        assert_int_equal(d->offset, i % 2 ? begin : end - 4096);
        assert_int_equal(d->extent, i);
        assert_int_equal(d->page, i % 2 ? 0 : table.extents[i].pages - 1);
        flip(i % 2 ? begin : end - 1);
    }
}

/* Of more than are kept the first ones, in the order of the file. */
static void keeps_the_first_ones(void **state)
{
    struct damages damages;
    uint64_t at;
    unsigned int threads;
    size_t i;

    (void)state;
    for (at = 0; at < table.length; at += 4096)
        flip(at);
    for (threads = 1; threads <= 8; threads++) {
        assert_int_equal(check(threads, NULL, &damages, NULL), 0);
        assert_int_equal(damages.found, table.pages + EXTENTS + 1);
        assert_int_equal(damages.count, DAMAGES_MAX);
        assert_int_equal(damages.items[0].offset, 0);
        for (i = 1; i < DAMAGES_MAX; i++)
            assert_int_equal(damages.items[i].offset,
                             damages.items[i - 1].offset
                             + damages.items[i - 1].length);
    }
    for (at = 0; at < table.length; at += 4096)
        flip(at);
}

struct heard {
    pthread_t thread;
    uint64_t done;
    unsigned int calls, stop_at;
};

static int hear(void *data, uint64_t done, uint64_t all)
{
    struct heard *h = data;

    assert_true(pthread_equal(h->thread, pthread_self()));
    assert_true(done >= h->done && done <= all);
    assert_int_equal(all, table.length);
    h->done = done;
    return ++h->calls == h->stop_at;
}

static void tells_the_listener_in_its_own_thread(void **state)
{
    struct heard heard = { .thread = pthread_self() };
    const struct listener listener = { .progress = hear, .data = &heard };
    struct damages damages;
    struct xr_error err;
    unsigned int i;

    (void)state;
    assert_int_equal(check(8, &listener, &damages, NULL), 0);
    assert_int_equal(heard.done, table.length);
    assert_true(heard.calls > LONG_GAP / UNIT);
    for (i = 1; i < 20; i++) {
        heard = (struct heard){ .thread = pthread_self(), .stop_at = i };
        assert_int_equal(check(8, &listener, &damages, &err), -ECANCELED);
        assert_int_equal(err.code, ECANCELED);
        assert_int_equal(heard.calls, i);
    }
}

static void passes_on_a_failed_read_of_any_thread(void **state)
{
    struct damages damages;
    struct xr_error err;
    unsigned int all, i;

    (void)state;
    reads = 0;
    assert_int_equal(check(8, NULL, &damages, NULL), 0);
    all = reads;
    for (i = 1; i <= all; i += 1 + i / 8) {
        reads = 0;
        fail_read = i;
        assert_int_equal(check(8, NULL, &damages, &err), -EIO);
        assert_int_equal(err.code, EIO);
    }
    fail_read = 0;
}

static void punch(int fd, uint64_t page, uint64_t pages)
{
    assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                               (off_t)page << 12, (off_t)pages << 12), 0);
}

/* Zeros that were written, and then are a hole; and data that are one. */
static void takes_a_hole_for_zeros_without_reading_it(void **state)
{
    enum { FIRST = 3, PAGES = 3000, LOST = FIRST + 2999 };
    struct digest_table t = { .length = (FIRST + PAGES) << 12 };
    CLEANUP_CLOSE int fd = memfd_create("holes", MFD_CLOEXEC);
    CLEANUP_FREE uint8_t *zeros = calloc(PAGES, PAGE_SIZE_BYTES);
    struct damages damages;
    unsigned int all;

    (void)state;
    assert_non_null(zeros);
    assert_int_equal(digest_table_add(&t, FIRST << 12, PAGES, NULL), 0);
    assert_int_equal(pwrite(fd, "head", 4, 0), 4);
    assert_int_equal(pwrite(fd, zeros, PAGES << 12, FIRST << 12), PAGES << 12);
    assert_int_equal(pwrite(fd, "data", 4, (off_t)LOST << 12), 4);
    flat_seal_by(fd, &t);
    assert_int_equal(lseek(fd, 5, SEEK_SET), 5);
    reads = 0;
    assert_int_equal(digest_check(fd, 0, true, &t, 1, NULL, &damages, NULL),
                     0);
    assert_int_equal(damages.found, 0);
    all = reads;
    punch(fd, FIRST, PAGES - 1);
    reads = 0;
    assert_int_equal(digest_check(fd, 0, true, &t, 1, NULL, &damages, NULL),
                     0);
    assert_int_equal(damages.found, 0);
    assert_true(reads < all / 2);
    /* Nobody who shares the open file may find it elsewhere. */
    stands = 5;
    reads = 0;
    assert_int_equal(digest_check(fd, 0, false, &t, 2, NULL, &damages, NULL),
                     0);
    assert_int_equal(damages.found, 0);
    assert_int_equal(reads, all);
    assert_false(moved);
    stands = -1;
    punch(fd, LOST, 1);
    assert_int_equal(digest_check(fd, 0, true, &t, 2, NULL, &damages, NULL),
                     0);
    assert_int_equal(damages.found, 1);
    assert_int_equal(damages.items[0].offset, LOST << 12);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 5);
    digest_table_free(&t);
}

static void says_where_a_file_ends_early(void **state)
{
    struct damages damages;
    struct xr_error err;
    struct stat st;
    CLEANUP_CLOSE int whole = image;

    (void)state;
    assert_int_equal(fstat(image, &st), 0);
    image = memfd_create("short", MFD_CLOEXEC);
    assert_int_equal(ftruncate(image, 4096), 0);
    assert_int_equal(check(8, NULL, &damages, &err), -ENODATA);
    close(image);
    image = whole;
    whole = -1;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_sound_image_sound),
        cmocka_unit_test(does_it_alone_where_no_thread_can_be_made),
        cmocka_unit_test(finds_each_damage),
        cmocka_unit_test(keeps_the_first_ones),
        cmocka_unit_test(tells_the_listener_in_its_own_thread),
        cmocka_unit_test(passes_on_a_failed_read_of_any_thread),
        cmocka_unit_test(takes_a_hole_for_zeros_without_reading_it),
        cmocka_unit_test(says_where_a_file_ends_early),
    };

    return cmocka_run_group_tests(tests, make_image, free_image);
}
