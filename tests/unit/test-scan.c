/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a hostile or damaged image makes a restore crash or hang, or
 * the record in a sound one is not found.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"
#include "format/libxc.h"
#include "format/record.h"
#include "hook/scan.h"
#include "util/bytes.h"

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

static void pipe_is_not_sought(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(scan_for_record(ends[0], &list, NULL), -ESPIPE);
    close(ends[0]);
    close(ends[1]);
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
        cmocka_unit_test(pipe_is_not_sought),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
