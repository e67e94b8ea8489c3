/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The metadata record, byte by byte as FORMAT.md has it.  If this fails,
 * images written before cannot be read any more, or a lying record can.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <string.h>

#include "format/libxc.h"
#include "format/record.h"
#include "util/bytes.h"

static void encode(struct buffer *out)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };

    keylist_set_text(&list, "a", "b");
    assert_int_equal(record_encode(&list, out, NULL), 0);
}

/* FORMAT.md, "The record". */
static void is_what_the_format_says(void **state)
{
    static const uint8_t expected[] = {
        0x44, 0x4d, 0x52, 0xd8, 23, 0, 0, 0,              /* type, length */
        'X', 'E', 'N', 'R', 'M', 'E', 'T', 'A',
        1, 0, 0, 0, 3, 0, 0, 0, 'a', '=', 'b',
        0x3f, 0x78, 0x32, 0x61,                           /* CRC */
        0,                                                /* padding */
    };
    CLEANUP_BUFFER struct buffer out = { 0 };

    (void)state;
    encode(&out);
    assert_int_equal(out.length, sizeof(expected));
    assert_memory_equal(out.data, expected, sizeof(expected));
}

static int decode(const struct buffer *record, size_t n, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    int r = record_decode((const uint8_t *)record->data
                          + LIBXC_RECORD_HEADER_SIZE, n, NULL, &list, err);

    assert_true(!r == (list.count > 0));
    return r;
}

static void reads_back_what_it_wrote(void **state)
{
    CLEANUP_BUFFER struct buffer out = { 0 };

    (void)state;
    encode(&out);
    assert_int_equal(decode(&out, 23, NULL), 0);
}

static void finds_every_flipped_bit(void **state)
{
    CLEANUP_BUFFER struct buffer out = { 0 };
    size_t i;
    int bit;

    (void)state;
    encode(&out);
    for (i = 8; i < 8 + 23; i++) {
        for (bit = 0; bit < 8; bit++) {
            out.data[i] ^= (char)(1 << bit);
            assert_int_not_equal(decode(&out, 23, NULL), 0);
            out.data[i] ^= (char)(1 << bit);
        }
    }
}

static void bears_any_length(void **state)
{
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct xr_error err;
    size_t n;

    (void)state;
    encode(&out);
    for (n = 0; n < 23; n++)
        assert_int_equal(decode(&out, n, &err), -EINVAL);
    assert_int_equal(decode(&out, 24, &err), -EINVAL);
    store_le32((uint8_t *)out.data + 8 + 12, UINT32_MAX);
    assert_int_equal(decode(&out, 23, &err), -EINVAL);
}

/* A later major version is refused with a code of its own. */
static void knows_a_later_version(void **state)
{
    CLEANUP_BUFFER struct buffer out = { 0 };

    (void)state;
    encode(&out);
    out.data[8 + 8] = 2;
    assert_int_equal(decode(&out, 23, NULL), -ENOTSUP);
    assert_true(record_is_ours(RECORD_TYPE, (uint8_t *)out.data + 8, 23));
    out.data[8 + 8] = 0;
    assert_int_equal(decode(&out, 23, NULL), -EINVAL);
}

static void leaves_others_alone(void **state)
{
    (void)state;
    assert_false(record_is_ours(RECORD_TYPE, (const uint8_t *)"", 0));
    assert_false(record_is_ours(RECORD_TYPE,
                                (const uint8_t *)"somebody else's", 15));
    assert_false(record_is_ours(LIBXC_REC_PAGE_DATA,
                                (const uint8_t *)"XENRMETA\1\0\0\0\0\0\0\0",
                                16));
}

static void refuses_a_list_too_long(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_BUFFER struct buffer out = { 0 };
    char value[RECORD_LIST_MAX];

    (void)state;
    memset(value, 'x', sizeof(value));
    keylist_set(&list, "k", value, RECORD_LIST_MAX - 1);
    assert_int_equal(record_encode(&list, &out, NULL), -E2BIG);
    assert_int_equal(out.length, 0);
    keylist_set(&list, "k", value, RECORD_LIST_MAX - 2);
    assert_int_equal(record_encode(&list, &out, NULL), 0);
    assert_int_equal(out.length % 8, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_what_the_format_says),
        cmocka_unit_test(reads_back_what_it_wrote),
        cmocka_unit_test(finds_every_flipped_bit),
        cmocka_unit_test(bears_any_length),
        cmocka_unit_test(knows_a_later_version),
        cmocka_unit_test(leaves_others_alone),
        cmocka_unit_test(refuses_a_list_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
