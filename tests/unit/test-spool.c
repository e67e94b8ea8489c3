/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What empties a pipe while the guest stands still.  If this fails, the guest
 * stands still for a disk or a digest, the host runs out of memory, or an image
 * has bytes too few, too many or in another order.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/spool.h"
#include "util/cleanup.h"
#include "util/io.h"

enum { AHEAD = 1 << 20, LARGE = 8 << 20, PART = 65536 };

static atomic_bool no_memory;  /* for parts */

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

void *__wrap_malloc(size_t n)
{
    return n > PART && atomic_load(&no_memory) ? NULL : __real_malloc(n);
}

struct ends {
    int in, out;
};

static struct ends new_pipe(void)
{
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    return (struct ends){ .in = ends[0], .out = ends[1] };
}

static uint8_t byte_at(size_t i)
{
    return (uint8_t)(i * 2654435761U >> 13);
}

static uint8_t *made(size_t n)
{
    uint8_t *bytes = malloc(n);
    size_t i;

    assert_non_null(bytes);
    for (i = 0; i < n; i++)
        bytes[i] = byte_at(i);
    return bytes;
}

/* Everything that comes, which is n bytes. */
static void expect(struct spool *s, size_t n)
{
    uint8_t bytes[4099];
    size_t at = 0, i;
    ssize_t got;

    while ((got = spool_read(s, bytes, sizeof(bytes))) > 0)
        for (i = 0; i < (size_t)got; i++, at++)
            assert_int_equal(bytes[i], byte_at(at));
    assert_int_equal(got, 0);
    assert_int_equal(at, n);
    assert_int_equal(spool_read(s, bytes, sizeof(bytes)), 0);
}

/* As often as nobody has taken it all yet; a byte in a pipe stays there. */
static void wait_until_empty(int fd)
{
    int left = 1;

    while (left) {
        assert_int_equal(ioctl(fd, FIONREAD, &left), 0);
        sched_yield();
    }
}

static void passes_everything_on_in_order(void **state)
{
    struct ends p = new_pipe();
    struct spool *s;
    CLEANUP_FREE uint8_t *bytes = made(AHEAD / 2);

    (void)state;
    assert_int_equal(spool_new(p.in, AHEAD, AHEAD, &s, NULL), 0);
    assert_int_equal(write_full(p.out, bytes, AHEAD / 2, NULL), 0);
    close(p.out);
    expect(s, AHEAD / 2);
    spool_free(&s);
    assert_null(s);
    close(p.in);
}

/* Who writes is not stuck, though nobody reads: this would never return. */
static void takes_much_while_it_is_held(void **state)
{
    struct ends p = new_pipe();
    struct spool *s;
    CLEANUP_FREE uint8_t *bytes = made(LARGE);

    (void)state;
    assert_int_equal(spool_new(p.in, AHEAD, 4 * LARGE, &s, NULL), 0);
    spool_hold(s, true);
    assert_int_equal(write_full(p.out, bytes, LARGE, NULL), 0);
    close(p.out);
    spool_hold(s, false);
    expect(s, LARGE);
    spool_free(&s);
    close(p.in);
}

struct reading {
    struct spool *spool;
    size_t n;
    atomic_bool begins, ended;
};

static void *read_all(void *data)
{
    struct reading *reading = data;

    atomic_store(&reading->begins, true);
    expect(reading->spool, reading->n);
    atomic_store(&reading->ended, true);
    return NULL;
}

/* It is given nothing while it is held, though it is all there. */
static void lets_the_reader_wait_while_it_is_held(void **state)
{
    struct ends p = new_pipe();
    struct reading reading = { .n = 1000 };
    CLEANUP_FREE uint8_t *bytes = made(reading.n);
    pthread_t thread;

    (void)state;
    assert_int_equal(spool_new(p.in, AHEAD, AHEAD, &reading.spool, NULL), 0);
    spool_hold(reading.spool, true);
    assert_int_equal(pthread_create(&thread, NULL, read_all, &reading), 0);
    assert_int_equal(write_full(p.out, bytes, reading.n, NULL), 0);
    close(p.out);
    while (!atomic_load(&reading.begins))
        sched_yield();
    wait_until_empty(p.in);
    assert_false(atomic_load(&reading.ended));
    spool_hold(reading.spool, false);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(atomic_load(&reading.ended));
    spool_free(&reading.spool);
    close(p.in);
}

/* Where there is no room for more the reader has to go on: who writes waits. */
static void goes_on_when_it_is_full(void **state)
{
    struct ends p = new_pipe();
    struct reading reading = { .n = LARGE };
    CLEANUP_FREE uint8_t *bytes = made(reading.n);
    pthread_t thread;

    (void)state;
    assert_int_equal(spool_new(p.in, AHEAD, AHEAD, &reading.spool, NULL), 0);
    spool_hold(reading.spool, true);
    assert_int_equal(pthread_create(&thread, NULL, read_all, &reading), 0);
    assert_int_equal(write_full(p.out, bytes, reading.n, NULL), 0);
    close(p.out);
    spool_hold(reading.spool, false);
    assert_int_equal(pthread_join(thread, NULL), 0);
    spool_free(&reading.spool);
    close(p.in);
}

/* However much is sent, no more is taken than there may lie here. */
static void takes_no_more_than_it_may(void **state)
{
    CLEANUP_FREE uint8_t *bytes = made(LARGE);
    struct ends p = new_pipe();
    struct pollfd full = { .fd = p.out, .events = POLLOUT };
    struct spool *s;
    size_t n = 0;
    ssize_t sent;

    (void)state;
    assert_int_equal(fcntl(p.out, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(spool_new(p.in, AHEAD, AHEAD, &s, NULL), 0);
    /* Full for so long that nobody takes any more. */
    while (n < LARGE && poll(&full, 1, 500) > 0) {
        sent = write(p.out, bytes + n, LARGE - n);
        n += sent > 0 ? (size_t)sent : 0;
    }
    assert_true(n <= AHEAD + (size_t)fcntl(p.out, F_GETPIPE_SZ) + PART);
    spool_free(&s);
    close(p.out);
    close(p.in);
}

/* Who writes is not stuck when nobody wants it any more. */
static void throws_away_up_to_the_end(void **state)
{
    struct ends p = new_pipe();
    CLEANUP_FREE uint8_t *bytes = made(AHEAD / 2);
    struct spool *s;
    char byte;

    (void)state;
    assert_int_equal(spool_new(p.in, AHEAD, AHEAD, &s, NULL), 0);
    spool_hold(s, true);
    assert_int_equal(write_full(p.out, bytes, AHEAD / 2, NULL), 0);
    close(p.out);
    spool_drain(s);
    spool_hold(s, false);
    assert_int_equal(spool_read(s, &byte, 1), 0);
    spool_free(&s);
    close(p.in);
}

/* Before the guest is asked for anything. */
static void says_beforehand_that_there_is_no_memory(void **state)
{
    struct xr_error err = { .code = 0 };
    struct ends p = new_pipe();
    struct spool *s;

    (void)state;
    atomic_store(&no_memory, true);
    assert_int_equal(spool_new(p.in, AHEAD, AHEAD, &s, &err), -ENOMEM);
    atomic_store(&no_memory, false);
    assert_int_equal(err.code, ENOMEM);
    close(p.out);
    close(p.in);
}

/* While it is held: then the reader goes on with what there is, and nothing is lost. */
static void makes_do_with_the_memory_that_there_is(void **state)
{
    struct ends p = new_pipe();
    struct reading reading = { .n = LARGE };
    CLEANUP_FREE uint8_t *bytes = made(reading.n);
    pthread_t thread;

    (void)state;
    assert_int_equal(spool_new(p.in, AHEAD, 4 * LARGE, &reading.spool, NULL), 0);
    atomic_store(&no_memory, true);
    spool_hold(reading.spool, true);
    assert_int_equal(pthread_create(&thread, NULL, read_all, &reading), 0);
    assert_int_equal(write_full(p.out, bytes, reading.n, NULL), 0);
    close(p.out);
    spool_hold(reading.spool, false);
    assert_int_equal(pthread_join(thread, NULL), 0);
    atomic_store(&no_memory, false);
    assert_true(atomic_load(&reading.ended));
    spool_free(&reading.spool);
    close(p.in);
}

/* However little it may have, it has room for something. */
static void has_room_for_something(void **state)
{
    struct ends p = new_pipe();
    struct spool *s;
    CLEANUP_FREE uint8_t *bytes = made(1000);

    (void)state;
    assert_int_equal(spool_new(p.in, 0, 0, &s, NULL), 0);
    assert_int_equal(write_full(p.out, bytes, 1000, NULL), 0);
    close(p.out);
    expect(s, 1000);
    spool_free(&s);
    close(p.in);
}

static void *read_until_it_is_stopped(void *data)
{
    struct reading *reading = data;
    uint8_t bytes[4096];
    ssize_t got;

    while ((got = spool_read(reading->spool, bytes, sizeof(bytes))) > 0)
        continue;
    atomic_store(&reading->ended, got == -ECANCELED);
    return NULL;
}

/* Held or not, and though the pipe has not ended: this would never return. */
static void stops_whoever_reads(void **state)
{
    CLEANUP_FREE uint8_t *bytes = made(1000);
    struct ends p = new_pipe();
    struct reading reading = { .n = 0 };
    pthread_t thread;
    int held;

    (void)state;
    for (held = 0; held < 2; held++) {
        atomic_store(&reading.ended, false);
        assert_int_equal(spool_new(p.in, AHEAD, AHEAD, &reading.spool, NULL), 0);
        spool_hold(reading.spool, held);
        assert_int_equal(pthread_create(&thread, NULL,
                                        read_until_it_is_stopped, &reading), 0);
        assert_int_equal(write_full(p.out, bytes, 1000, NULL), 0);
        spool_stop(reading.spool);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(atomic_load(&reading.ended));
        spool_free(&reading.spool);
    }
    close(p.out);
    close(p.in);
}

/* --- whatever comes at the same time */

enum { ROUNDS = 16, PIECE_MAX = 3 * PART, SOME = 1 << 20 };

struct writing {
    int fd;
    const uint8_t *bytes;
    unsigned int seed;
};

static void *write_in_pieces(void *data)
{
    struct writing *w = data;
    size_t at = 0, n;

    while (at < SOME) {
        n = 1 + (size_t)rand_r(&w->seed) % PIECE_MAX;
        n = n < SOME - at ? n : SOME - at;
        assert_int_equal(write_full(w->fd, w->bytes + at, n, NULL), 0);
        at += n;
    }
    close(w->fd);
    return NULL;
}

static void *hold_now_and_then(void *data)
{
    struct reading *reading = data;
    bool held = false;

    while (!atomic_load(&reading->ended)) {
        held = !held;
        spool_hold(reading->spool, held);
        sched_yield();
    }
    return NULL;
}

/* With memory and without, in pieces of every length: nothing is lost or mixed up. */
static void passes_everything_on_whatever_happens(void **state)
{
    CLEANUP_FREE uint8_t *bytes = made(SOME);
    pthread_t writer, holder;
    unsigned int i;

    (void)state;
    for (i = 0; i < ROUNDS; i++) {
        struct ends p = new_pipe();
        struct reading reading = { .n = SOME };
        struct writing w = { .fd = p.out, .bytes = bytes, .seed = i };

        assert_int_equal(spool_new(p.in, (1 + i % 4) * 2 * PART, SOME / 2,
                                   &reading.spool, NULL), 0);
        atomic_store(&no_memory, i % 2);
        assert_int_equal(pthread_create(&holder, NULL, hold_now_and_then,
                                        &reading), 0);
        assert_int_equal(pthread_create(&writer, NULL, write_in_pieces, &w), 0);
        read_all(&reading);
        assert_int_equal(pthread_join(writer, NULL), 0);
        assert_int_equal(pthread_join(holder, NULL), 0);
        atomic_store(&no_memory, false);
        spool_free(&reading.spool);
        close(p.in);
    }
}

/* Somebody has the writing end, and does not write: this would never return. */
static void ends_before_the_pipe_does(void **state)
{
    struct ends p = new_pipe();
    struct spool *s;

    (void)state;
    assert_int_equal(spool_new(p.in, AHEAD, AHEAD, &s, NULL), 0);
    assert_int_equal(write_full(p.out, "left", 4, NULL), 0);
    spool_free(&s);
    spool_free(&s);
    close(p.out);
    close(p.in);
}

static void says_what_read_says(void **state)
{
    struct xr_error err = { .code = 0 };
    struct spool *s;
    int dir = open("/", O_RDONLY | O_CLOEXEC);
    char byte;

    (void)state;
    assert_int_equal(spool_new(dir, AHEAD, AHEAD, &s, &err), 0);
    assert_int_equal(spool_read(s, &byte, 1), -EISDIR);
    spool_free(&s);
    close(dir);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_everything_on_in_order),
        cmocka_unit_test(takes_much_while_it_is_held),
        cmocka_unit_test(lets_the_reader_wait_while_it_is_held),
        cmocka_unit_test(goes_on_when_it_is_full),
        cmocka_unit_test(takes_no_more_than_it_may),
        cmocka_unit_test(throws_away_up_to_the_end),
        cmocka_unit_test(says_beforehand_that_there_is_no_memory),
        cmocka_unit_test(makes_do_with_the_memory_that_there_is),
        cmocka_unit_test(has_room_for_something),
        cmocka_unit_test(stops_whoever_reads),
        cmocka_unit_test(passes_everything_on_whatever_happens),
        cmocka_unit_test(ends_before_the_pipe_does),
        cmocka_unit_test(says_what_read_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
