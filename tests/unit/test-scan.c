/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a hostile or damaged image makes a restore crash or hang, or
 * the record in a sound one is not found.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"
#include "format/libxc.h"
#include "format/record.h"
#include "hook/peek.h"
#include "hook/scan.h"
#include "util/bytes.h"
#include "util/io.h"

static void put_headers(struct buffer *b)
{
    uint8_t bytes[LIBXC_IMAGE_HEADER_SIZE + LIBXC_DOMAIN_HEADER_SIZE] = { 0 };

    memset(bytes, 0xff, 8);
    memcpy(bytes + 8, "XENF\0\0\0\3", 8);
    store_le32(bytes + 24, LIBXC_DOMAIN_X86_PV);
    store_le16(bytes + 28, 12);
    store_le32(bytes + 32, 4);
    store_le32(bytes + 36, 17);
    buffer_append(b, bytes, sizeof(bytes));
}

static void put_record(struct buffer *b, uint32_t type, uint32_t length)
{
    static const uint8_t zeros[4096];
    uint8_t header[LIBXC_RECORD_HEADER_SIZE];

    store_le32(header, type);
    store_le32(header + 4, length);
    buffer_append(b, header, sizeof(header));
    buffer_append(b, zeros, libxc_padded_length(length));
}

static void put_metadata(struct buffer *b, const char *text)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };

    assert_int_equal(keylist_parse(text, strlen(text), &list, NULL), 0);
    assert_int_equal(record_encode(&list, b, NULL), 0);
}

static int scan(const struct buffer *b, size_t n, struct keylist *list,
                struct xr_error *err)
{
    /* The stream starts somewhere inside the file, as in an xl image. */
    enum { START = 13 };
    int fd = memfd_create("stream", MFD_CLOEXEC);
    int r;

    assert_int_equal(pwrite(fd, b->data, n, START), n);
    assert_int_equal(lseek(fd, START, SEEK_SET), START);
    r = scan_for_record(fd, list, err);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), START);
    close(fd);
    return r;
}

static void make_stream(struct buffer *b)
{
    put_headers(b);
    put_record(b, LIBXC_REC_X86_PV_INFO, 8);
    put_record(b, LIBXC_REC_X86_PV_P2M_FRAMES, 23);
    put_metadata(b, "image.SUSPEND_CANCEL=0x1");
    put_record(b, LIBXC_REC_PAGE_DATA, 4096);
    put_record(b, LIBXC_REC_END, 0);
}

static void found(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct xr_error err;

    (void)state;
    make_stream(&b);
    assert_int_equal(scan(&b, b.length, &list, &err), 0);
    assert_string_equal(keylist_get(&list, "image.SUSPEND_CANCEL"), "0x1");
}

static void none(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    CLEANUP_KEYLIST struct keylist list = { 0 };

    (void)state;
    put_headers(&b);
    put_record(&b, LIBXC_REC_PAGE_DATA, 4096);
    put_metadata(&b, "image.SUSPEND_CANCEL=0x1");
    assert_int_equal(scan(&b, b.length, &list, NULL), -ENOENT);
    assert_int_equal(list.count, 0);
}

/* Another's record of the same type, by its magic, is hopped over. */
static void not_ours(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    CLEANUP_KEYLIST struct keylist list = { 0 };

    (void)state;
    put_headers(&b);
    put_record(&b, RECORD_TYPE, 100);
    put_record(&b, RECORD_TYPE, 0);
    put_metadata(&b, "image.SUSPEND_CANCEL=0x0");
    assert_int_equal(scan(&b, b.length, &list, NULL), 0);
    assert_string_equal(keylist_get(&list, "image.SUSPEND_CANCEL"), "0x0");
}

/* Cut anywhere before the end of the record: an error with an offset. */
static void cut_off(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    size_t n, end;

    (void)state;
    make_stream(&b);
    end = b.length - 4096 - 16;
    for (n = 0; n < end; n++) {
        CLEANUP_KEYLIST struct keylist list = { 0 };
        struct xr_error err = { 0 };
        int r = scan(&b, n, &list, &err);

        /* The last bytes are padding, which is not read. */
        if (r == 0 && n + 8 > end)
            continue;
        assert_int_equal(r, -EINVAL);
        assert_int_not_equal(err.offset, XR_NO_OFFSET);
    }
}

/* Any flipped byte of the record is noticed or makes it another's. */
static void flipped(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    size_t start = 40 + 16 + 32, i, end;

    (void)state;
    make_stream(&b);
    end = start + 8 + load_le32((uint8_t *)b.data + start + 4);
    for (i = start; i < end; i++) {
        CLEANUP_KEYLIST struct keylist list = { 0 };

        b.data[i] ^= 0x40;
        assert_int_not_equal(scan(&b, b.length, &list, NULL), 0);
        assert_int_equal(list.count, 0);
        b.data[i] ^= 0x40;
    }
}

static void endless_records(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    CLEANUP_KEYLIST struct keylist list = { 0 };
    int i;

    (void)state;
    put_headers(&b);
    for (i = 0; i < 5000; i++)
        put_record(&b, 0x80000000, 0);
    assert_int_equal(scan(&b, b.length, &list, NULL), -ENOENT);
}

/* Of a stream that cannot be sought. */
enum kind { PIPE, SOCKET };

static void open_ends(enum kind kind, int ends[2])
{
    if (kind == PIPE)
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    else
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
                                    ends), 0);
}

/* A child that writes it bit by bit; then it ends, or waits for its death. */
static pid_t write_slowly(int fd, const struct buffer *b, size_t step,
                          bool ends)
{
    const struct timespec pause = { .tv_nsec = 2000000 };
    pid_t child = fork();
    size_t i;

    assert_true(child >= 0);
    if (child)
        return child;
    for (i = 0; i < b->length; i += step) {
        size_t n = b->length - i < step ? b->length - i : step;

        if (write_full(fd, b->data + i, n, NULL))
            _exit(1);
        nanosleep(&pause, NULL);
    }
    while (!ends)
        sleep(1);
    _exit(0);
}

/* What the reader finds after the scan is all of it. */
static void is_untouched(int fd, const struct buffer *b)
{
    char *bytes = malloc(b->length + 1);

    assert_int_equal(read_full(fd, bytes, b->length), b->length);
    assert_memory_equal(bytes, b->data, b->length);
    free(bytes);
}

static int scan_slow(enum kind kind, const struct buffer *b, size_t step,
                     bool ended, struct keylist *list)
{
    int ends[2], r;
    pid_t writer;

    open_ends(kind, ends);
    writer = write_slowly(ends[1], b, step, ended);
    close(ends[1]);
    r = scan_for_record(ends[0], list, NULL);
    is_untouched(ends[0], b);
    close(ends[0]);
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
    return r;
}

static void found_in_pipe_and_socket(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    enum kind kind;

    (void)state;
    make_stream(&b);
    for (kind = PIPE; kind <= SOCKET; kind++) {
        static const size_t steps[] = { 1 << 20, 100, 7 };
        size_t i;

        for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
            CLEANUP_KEYLIST struct keylist list = { 0 };

            assert_int_equal(scan_slow(kind, &b, steps[i], i % 2, &list), 0);
            assert_string_equal(keylist_get(&list, "image.SUSPEND_CANCEL"),
                                "0x1");
        }
    }
}

/* Its end is noticed at once; a writer that only waits, after a second. */
static void pipe_is_cut_off(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    CLEANUP_KEYLIST struct keylist list = { 0 };
    enum kind kind;

    (void)state;
    make_stream(&b);
    b.length = 100;
    for (kind = PIPE; kind <= SOCKET; kind++) {
        assert_int_equal(scan_slow(kind, &b, 100, true, &list), -EINVAL);
        assert_int_equal(scan_slow(kind, &b, 100, false, &list), -ESPIPE);
    }
}

/* More than a pipe holds stands before the record: a pump's business. */
static void record_is_too_far(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    CLEANUP_KEYLIST struct keylist list = { 0 };
    enum kind kind;
    int i;

    (void)state;
    put_headers(&b);
    for (i = 0; i < PEEK_MAX / 4096; i++)
        put_record(&b, LIBXC_REC_X86_PV_P2M_FRAMES, 4096);
    put_metadata(&b, "image.SUSPEND_CANCEL=0x1");
    for (kind = PIPE; kind <= SOCKET; kind++)
        assert_int_equal(scan_slow(kind, &b, 65536, false, &list), -ESPIPE);
}

/* A terminal or the like can be neither sought nor looked into. */
static void other_kinds(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    int fd = eventfd(0, EFD_CLOEXEC);

    (void)state;
    assert_int_equal(scan_for_record(fd, &list, NULL), -ESPIPE);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found),
        cmocka_unit_test(none),
        cmocka_unit_test(not_ours),
        cmocka_unit_test(cut_off),
        cmocka_unit_test(flipped),
        cmocka_unit_test(endless_records),
        cmocka_unit_test(found_in_pipe_and_socket),
        cmocka_unit_test(pipe_is_cut_off),
        cmocka_unit_test(record_is_too_far),
        cmocka_unit_test(other_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
