/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a domain that arrives by a pipe is not known, or a restore
 * that stock could do fails because the plugin could not look into it.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenguest.h>

#include "unit.h"
#include "fake_xen.h"
#include "libxc_stream.h"
#include "hook/restore.h"
#include "util/io.h"

/* What looking ahead opens, and what the pump does. */
enum { HANG = 600, PEEK_FDS = 2, PUMP_FDS = 3, ENOUGH_FDS = 20 };

/* What the linker puts before the real one. */
static bool no_thread;
typedef void *thread_body(void *);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          thread_body *body, void *data);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          thread_body *body, void *data);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          thread_body *body, void *data)
{
    return no_thread
        ? EAGAIN : __real_pthread_create(thread, attr, body, data);
}

static bool no_tee;
ssize_t __real_tee(int in, int out, size_t n, unsigned int flags);
ssize_t __wrap_tee(int in, int out, size_t n, unsigned int flags);
ssize_t __wrap_tee(int in, int out, size_t n, unsigned int flags)
{
    errno = ENOSYS;
    return no_tee ? -1 : __real_tee(in, out, n, flags);
}

/* libxc reads until the stream ends for it. */
static struct {
    int calls, fd, errno_left;
    bool is_pumped;
    struct buffer got;
} libxc;

static void read_all(int fd)
{
    char bytes[4096];
    ssize_t got = read_full(fd, bytes, sizeof(bytes));

    for (; got > 0; got = read_full(fd, bytes, sizeof(bytes)))
        buffer_append(&libxc.got, bytes, (size_t)got);
    assert_int_equal(got, 0);
}

static int fake_restore(int io_fd, void *data)
{
    assert_ptr_equal(data, &libxc);
    libxc.calls++;
    libxc.fd = io_fd;
    assert_int_equal(fcntl(io_fd, F_GETFL) & O_NONBLOCK, 0);
    read_all(io_fd);
    errno = libxc.errno_left;
    return libxc.errno_left ? -1 : 0;
}

/*
 * From a pipe with a stream that fits in it, whose writer has gone, in a
 * process that may open so many fds.
 */
static int restore(const struct buffer *b, unsigned int stream_type,
                   unsigned int fds)
{
    struct rlimit old, limit;
    int ends[2], r, before;

    buffer_free(&libxc.got);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write_full(ends[1], b->data, b->length, NULL), 0);
    close(ends[1]);
    getrlimit(RLIMIT_NOFILE, &old);
    limit = old;
    limit.rlim_cur = (rlim_t)ends[0] + 1 + fds;
    setrlimit(RLIMIT_NOFILE, &limit);
    before = fcntl(ends[0], F_GETFL);
    errno = 0;
    r = hook_restore(fake_restore, &libxc, ends[0], FAKE_DOMID, stream_type);
    if (r)
        assert_int_equal(errno, libxc.errno_left);
    setrlimit(RLIMIT_NOFILE, &old);
    assert_int_equal(fcntl(ends[0], F_GETFL), before);
    close(ends[0]);
    libxc.is_pumped = libxc.fd != ends[0];
    return r;
}

static void hook_looks_ahead(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };

    (void)state;
    make_stream(&b, 4096);
    assert_int_equal(restore(&b, XC_STREAM_PLAIN, PEEK_FDS), 0);
    assert_false(libxc.is_pumped);
    assert_int_equal(libxc.got.length, b.length);
    assert_string_equal(fake_store_get("image/suspend-cancel"), "1");
}

static void hook_pumps(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };

    (void)state;
    no_tee = true;
    make_stream(&b, 4096);
    assert_int_equal(restore(&b, XC_STREAM_PLAIN, ENOUGH_FDS), 0);
    assert_true(libxc.is_pumped);
    assert_int_equal(libxc.got.length, b.length);
    assert_string_equal(fake_store_get("image/suspend-cancel"), "1");
}

static void failed_restore_is_left_alone(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };

    (void)state;
    make_stream(&b, 4096);
    libxc.errno_left = EXDEV;
    assert_int_equal(restore(&b, XC_STREAM_PLAIN, ENOUGH_FDS), -1);
    assert_null(fake_store_get("image/suspend-cancel"));
    b.length -= 4;
    assert_int_equal(restore(&b, XC_STREAM_PLAIN, ENOUGH_FDS), -1);
}

static void is_stock(const struct buffer *b, unsigned int stream_type,
                     unsigned int fds)
{
    assert_int_equal(restore(b, stream_type, fds), 0);
    assert_false(libxc.is_pumped);
    assert_int_equal(libxc.got.length, b->length);
    assert_null(fake_store_get("image/suspend-cancel"));
}

/*
 * Remus and COLO are read by libxc itself, and so is what we can neither look
 * into nor pump.
 */
static void hook_leaves_it(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    unsigned int fds;

    (void)state;
    make_stream(&b, 4096);
    is_stock(&b, XC_STREAM_REMUS, ENOUGH_FDS);
    for (fds = 0; fds < PEEK_FDS; fds++)
        is_stock(&b, XC_STREAM_PLAIN, fds);
    no_tee = true;
    for (fds = 0; fds < PUMP_FDS; fds++)
        is_stock(&b, XC_STREAM_PLAIN, fds);
    no_thread = true;
    is_stock(&b, XC_STREAM_PLAIN, ENOUGH_FDS);
    no_thread = false;
    assert_int_equal(restore(&b, XC_STREAM_PLAIN, PUMP_FDS), 0);
    assert_true(libxc.is_pumped);
    assert_int_equal(libxc.calls, 3 + PEEK_FDS + PUMP_FDS);
}

/* Grows with an fd that is left open. */
static int next_fd(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    close(fd);
    return fd;
}

static int next_before;

static int fresh(void **state)
{
    (void)state;
    next_before = next_fd();
    fake_reset();
    memset(&libxc, 0, sizeof(libxc));
    no_tee = false;
    alarm(HANG);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buffer_free(&libxc.got);
    return next_fd() != next_before;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hook_looks_ahead, fresh, end),
        cmocka_unit_test_setup_teardown(hook_pumps, fresh, end),
        cmocka_unit_test_setup_teardown(failed_restore_is_left_alone, fresh,
                                        end),
        cmocka_unit_test_setup_teardown(hook_leaves_it, fresh, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
