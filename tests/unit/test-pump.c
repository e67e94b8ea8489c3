/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a restore from a pipe hangs, gets other bytes than were sent,
 * takes bytes that the toolstack wants to read afterwards, or loses what is
 * known of the guest.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"
#include "libxc_stream.h"
#include "format/libxc.h"
#include "format/record.h"
#include "hook/pump.h"
#include "util/bytes.h"
#include "util/io.h"

/* A test that hangs has failed. */
enum { HANG = 600, EVERYTHING = 1 << 30 };

/* What the linker puts before the real one. */
static struct {
    int splices;
    bool no_splice;
} faults;

ssize_t __real_splice(int in, loff_t *in_at, int out, loff_t *out_at,
                      size_t n, unsigned int flags);
ssize_t __wrap_splice(int in, loff_t *in_at, int out, loff_t *out_at,
                      size_t n, unsigned int flags);
ssize_t __wrap_splice(int in, loff_t *in_at, int out, loff_t *out_at,
                      size_t n, unsigned int flags)
{
    if (!faults.no_splice) {
        faults.splices++;
        return __real_splice(in, in_at, out, out_at, n, flags);
    }
    errno = EINVAL;
    return -1;
}

static const char rest[] = "what libxl reads next";

/* The other side: writes in steps, and hangs up if told so. */
struct sender {
    pthread_t thread;
    int fd;
    const char *bytes;
    size_t n, step;
};

static void *send_all(void *data)
{
    struct sender *s = data;
    size_t i, n;

    for (i = 0; i < s->n; i += n) {
        n = s->n - i < s->step ? s->n - i : s->step;
        if (write_full(s->fd, s->bytes + i, n, NULL))
            break;
    }
    close(s->fd);
    return NULL;
}

/* ends[0] is read by the pump, ends[1] is for the sender. */
static void connect_ends(bool by_socket, int ends[2])
{
    if (by_socket)
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
                                    ends), 0);
    else
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
}

struct outcome {
    struct buffer got;
    struct keylist list;
    struct xr_error err;
    int r;
    char after[sizeof(rest)]; /* what the original fd gives then */
    ssize_t after_length;
};

/* Reads up to n bytes as libxc does, which stops for reasons of its own. */
static void drain(int fd, size_t n, struct buffer *out)
{
    static char bytes[1 << 16];
    ssize_t got;

    while (out->length < n) {
        size_t want = n - out->length;

        got = read(fd, bytes, want < sizeof(bytes) ? want : sizeof(bytes));
        assert_true(got >= 0);
        if (!got)
            break;
        buffer_append(out, bytes, (size_t)got);
    }
}

static void pump_it(bool by_socket, const char *bytes, size_t n, size_t step,
                    size_t libxc_reads, struct outcome *o)
{
    struct sender s = { .bytes = bytes, .n = n, .step = step };
    struct pump *pump = NULL;
    int ends[2];

    *o = (struct outcome){ .r = 1 };
    connect_ends(by_socket, ends);
    s.fd = ends[1];
    assert_int_equal(pthread_create(&s.thread, NULL, send_all, &s), 0);
    assert_int_equal(pump_start(ends[0], &pump, &o->err), 0);
    drain(pump_fd(pump), libxc_reads, &o->got);
    o->r = pump_finish(pump, &o->list, &o->err);
    o->after_length = libxc_reads < EVERYTHING
        ? 0 : read_full(ends[0], o->after, sizeof(o->after));
    close(ends[0]);
    pthread_join(s.thread, NULL);
}

static void outcome_free(struct outcome *o)
{
    buffer_free(&o->got);
    keylist_free(&o->list);
}

static void same_bytes(const struct outcome *o, const char *bytes, size_t n)
{
    assert_int_equal(o->got.length, n);
    if (n)
        assert_memory_equal(o->got.data, bytes, n);
}

/* Every byte up to END, the record, and all that follows END untouched. */
static void passes(bool by_socket, uint32_t page_bytes, size_t step)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct outcome o;
    size_t end;

    make_stream(&b, page_bytes);
    end = b.length;
    buffer_append(&b, rest, sizeof(rest));
    pump_it(by_socket, b.data, b.length, step, EVERYTHING, &o);
    same_bytes(&o, b.data, end);
    assert_int_equal(o.r, 0);
    assert_string_equal(keylist_get(&o.list, "image.SUSPEND_CANCEL"), "0x1");
    assert_int_equal(o.after_length, sizeof(rest));
    assert_memory_equal(o.after, rest, sizeof(rest));
    outcome_free(&o);
}

static void by_pipe(void **state)
{
    (void)state;
    passes(false, 3000001, EVERYTHING);
    passes(false, 100003, 4095);
}

static void by_socket(void **state)
{
    (void)state;
    passes(true, 3000001, EVERYTHING);
    passes(true, 100003, 4095);
}

static void byte_by_byte(void **state)
{
    (void)state;
    passes(false, 5000, 1);
    passes(true, 5000, 1);
}

/* Where splice(2) is not possible, it is copied, and the same holds. */
static void without_splice(void **state)
{
    by_pipe(state);
    assert_true(faults.splices > 0);
    faults.no_splice = true;
    by_pipe(state);
    by_socket(state);
    byte_by_byte(state);
}

/* Cut anywhere: libxc gets all there was, and then the end. */
static void cut_off(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct outcome o;
    size_t n;

    (void)state;
    make_stream(&b, 1000);
    for (n = 0; n < b.length; n++) {
        pump_it(n % 2, b.data, n, EVERYTHING, EVERYTHING, &o);
        same_bytes(&o, b.data, n);
        assert_int_equal(o.r, -EINVAL);
        assert_int_equal(o.err.offset, n);
        outcome_free(&o);
    }
}

/* libxc fails at any point; the sender still has more than fits in pipes. */
static void libxc_stops(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct outcome o;
    size_t n;

    (void)state;
    make_stream(&b, 4 << 20);
    for (n = 0; n < 700; n++) {
        pump_it(n % 2, b.data, b.length, EVERYTHING, n, &o);
        same_bytes(&o, b.data, n);
        assert_true(o.r == 0 || o.r == -ECANCELED);
        outcome_free(&o);
    }
}

/* libxc fails while the sender says nothing at all, or nothing any more. */
static void sender_is_silent(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    size_t n;

    (void)state;
    make_stream(&b, 100);
    for (n = 0; n < b.length; n++) {
        CLEANUP_KEYLIST struct keylist list = { 0 };
        struct pump *pump;
        struct outcome o = { .r = 1 };
        int ends[2];

        connect_ends(n % 2, ends);
        assert_int_equal(write_full(ends[1], b.data, n, NULL), 0);
        assert_int_equal(pump_start(ends[0], &pump, NULL), 0);
        drain(pump_fd(pump), n, &o.got);
        same_bytes(&o, b.data, n);
        o.r = pump_finish(pump, &list, &o.err);
        assert_true(o.r == -ECANCELED || (!o.r && list.count));
        close(ends[0]);
        close(ends[1]);
        outcome_free(&o);
    }
}

/* What libxc refuses is passed on as far as it refuses it, and no further. */
static void refused(const struct buffer *b, size_t seen, int r)
{
    struct outcome o;

    pump_it(false, b->data, b->length, EVERYTHING, EVERYTHING, &o);
    same_bytes(&o, b->data, seen);
    assert_int_equal(o.r, r);
    assert_int_equal(o.list.count, 0);
    outcome_free(&o);
}

static void refused_headers(void **state)
{
    static const struct { size_t at; char byte; int r; } cases[] = {
        { 0, 0, -EINVAL },      /* a legacy stream */
        { 8, 'Y', -EINVAL },
        { 15, 9, -ENOTSUP },    /* version */
        { 17, 1, -ENOTSUP },    /* big-endian */
        { 24, 3, -ENOTSUP },    /* of another processor */
        { 28, 13, -EINVAL },    /* page shift */
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        CLEANUP_BUFFER struct buffer b = { 0 };

        make_stream(&b, 100);
        b.data[cases[i].at] = cases[i].byte;
        refused(&b, LIBXC_IMAGE_HEADER_SIZE + LIBXC_DOMAIN_HEADER_SIZE,
                cases[i].r);
    }
}

static void lying_length(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    size_t end;

    (void)state;
    put_headers(&b);
    put_metadata(&b, "image.SUSPEND_CANCEL=0x1");
    put_record_header(&b, LIBXC_REC_PAGE_DATA, LIBXC_RECORD_LENGTH_MAX + 1);
    end = b.length;
    put_record(&b, LIBXC_REC_END, 0);
    refused(&b, end, -EINVAL);
    /* One that libxc accepts, but that is not there. */
    store_le32((uint8_t *)b.data + end - 4, LIBXC_RECORD_LENGTH_MAX);
    refused(&b, b.length, -EINVAL);
}

static void looked_at(const struct buffer *b, int r, const char *value)
{
    struct outcome o;

    pump_it(false, b->data, b->length, EVERYTHING, EVERYTHING, &o);
    same_bytes(&o, b->data, b->length);
    assert_int_equal(o.r, r);
    if (value)
        assert_string_equal(keylist_get(&o.list, "image.SUSPEND_CANCEL"),
                            value);
    else
        assert_int_equal(o.list.count, 0);
    outcome_free(&o);
}

/* As when a file is looked into: before the first page, and the first one. */
static void which_record(void **state)
{
    CLEANUP_BUFFER struct buffer late = { 0 }, two = { 0 }, bad = { 0 };

    (void)state;
    put_headers(&late);
    put_record(&late, LIBXC_REC_PAGE_DATA, 100);
    put_metadata(&late, "image.SUSPEND_CANCEL=0x1");
    put_record(&late, LIBXC_REC_END, 8);
    looked_at(&late, -ENOENT, NULL);

    put_headers(&two);
    put_record(&two, RECORD_TYPE, RECORD_BODY_MAX + 1);
    put_record(&two, RECORD_TYPE, RECORD_BODY_MAX);
    put_metadata(&two, "image.SUSPEND_CANCEL=0x0");
    put_metadata(&two, "image.SUSPEND_CANCEL=0x1");
    put_record(&two, LIBXC_REC_END, 0);
    looked_at(&two, 0, "0x0");

    put_headers(&bad);
    put_metadata(&bad, "image.SUSPEND_CANCEL=0x1");
    bad.data[bad.length - 16] ^= 1;
    put_record(&bad, LIBXC_REC_END, 0);
    looked_at(&bad, -EBADMSG, NULL);
}

static int open_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;

    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static int fds_before;

static int fresh(void **state)
{
    (void)state;
    memset(&faults, 0, sizeof(faults));
    fds_before = open_fds();
    alarm(HANG);
    return 0;
}

static int nothing_left(void **state)
{
    (void)state;
    return open_fds() != fds_before;
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, fresh, nothing_left)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(by_pipe),
        TEST(by_socket),
        TEST(byte_by_byte),
        TEST(without_splice),
        TEST(cut_off),
        TEST(libxc_stops),
        TEST(sender_is_silent),
        TEST(refused_headers),
        TEST(lying_length),
        TEST(which_record),
    };

    signal(SIGPIPE, SIG_IGN); /* the sender's, when the other side is gone */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
