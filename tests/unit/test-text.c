/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers are read the same way everywhere, and text of unknown origin neither
 * steers a terminal nor makes JSON that is none.
 */
#include "config.h"

#include "unit.h"

#include <string.h>

#include "util/buffer.h"
#include "util/number.h"

static void reads_whole_numbers(void **state)
{
    static const struct {
        const char *text;
        uint64_t value;
    } good[] = {
        { "0", 0 }, { "007", 7 }, { "0x0", 0 }, { "0xfF", 255 },
        { "18446744073709551615", UINT64_MAX },
        { "0xffffffffffffffff", UINT64_MAX },
    };
    static const char *const bad[] = {
        "", " 1", "1 ", "+1", "-1", "0x", "x1", "1x", "a", "0xg", "0X1",
        "18446744073709551616", "0x10000000000000000", "1\n",
    };
    uint64_t value = 42;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++)
        assert_false(number_parse(bad[i], &value));
    assert_int_equal(value, 42);
    for (i = 0; i < COUNT(good); i++) {
        assert_true(number_parse(good[i].text, &value));
        assert_true(value == good[i].value);
    }
}

static size_t length(const char *text)
{
    return utf8_length((const unsigned char *)text, strlen(text));
}

static void knows_utf8(void **state)
{
    (void)state;
    assert_int_equal(length("a"), 1);
    assert_int_equal(length("\x1b"), 1);
    assert_int_equal(length("\xc3\xa4"), 2);
    assert_int_equal(length("\xe2\x82\xac"), 3);
    assert_int_equal(length("\xf0\x9f\x90\xa7"), 4);
    assert_int_equal(length("\xf4\x8f\xbf\xbf"), 4);
    /* Overlong, surrogates, beyond Unicode, cut off, a tail alone. */
    assert_int_equal(length("\xc0\x80"), 0);
    assert_int_equal(length("\xc1\xbf"), 0);
    assert_int_equal(length("\xe0\x80\xaf"), 0);
    assert_int_equal(length("\xe0\x9f\xbf"), 0);
    assert_int_equal(length("\xf0\x8f\xbf\xbf"), 0);
    assert_int_equal(length("\xed\xa0\x80"), 0);
    assert_int_equal(length("\xed\xbf\xbf"), 0);
    assert_int_equal(length("\xf4\x90\x80\x80"), 0);
    assert_int_equal(length("\xf5\x80\x80\x80"), 0);
    assert_int_equal(length("\xe2\x82"), 0);
    assert_int_equal(length("\xe2\x82z"), 0);
    assert_int_equal(length("\x80"), 0);
    assert_int_equal(length("\xff"), 0);
}

static void expect_safe(const char *text, size_t n, const char *expected)
{
    CLEANUP_BUFFER struct buffer safe = { 0 };

    buffer_put_safe(&safe, text, n);
    assert_string_equal(safe.data, expected);
}

static void steers_no_terminal(void **state)
{
    static const char nul[] = "a\0b";

    (void)state;
    expect_safe("Z\xc3\xbcrich", 7, "Z\xc3\xbcrich");
    expect_safe("\x1b[2J\r\n\x7f", 7, "\\x1b[2J\\x0d\\x0a\\x7f");
    expect_safe(nul, 3, "a\\x00b");
    /* C1's CSI, a bidi override, a zero-width space, a byte order mark. */
    expect_safe("\xc2\x9b", 2, "\\xc2\\x9b");
    expect_safe("\xe2\x80\xae", 3, "\\xe2\\x80\\xae");
    expect_safe("\xe2\x80\x8b", 3, "\\xe2\\x80\\x8b");
    expect_safe("\xef\xbb\xbf", 3, "\\xef\\xbb\\xbf");
    /* The Arabic letter mark, which is a bidi control, too; letters beside it. */
    expect_safe("\xd8\x9c", 2, "\\xd8\\x9c");
    expect_safe("\xd8\x9b\xd8\xa7", 4, "\xd8\x9b\xd8\xa7");
    /* A tag, which nobody sees; a smile. */
    expect_safe("\xf3\xa0\x81\x81", 4, "\\xf3\\xa0\\x81\\x81");
    expect_safe("\xf0\x9f\x99\x82", 4, "\xf0\x9f\x99\x82");
    expect_safe("\xc0\xaf", 2, "\\xc0\\xaf");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_whole_numbers),
        cmocka_unit_test(knows_utf8),
        cmocka_unit_test(steers_no_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
