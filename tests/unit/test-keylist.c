/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, the list that notes, the record and Python share no longer
 * comes back as it was written.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/keylist.h"

static void prints_in_order_and_escapes(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 };

    (void)state;
    assert_int_equal(keylist_set_text(&list, "B", "two,\\"), 0);
    assert_int_equal(keylist_set_text(&list, "A", "\x01=\xff"), 0);
    assert_int_equal(keylist_set_text(&list, "E", ""), 0);
    keylist_print(&list, &text);
    assert_string_equal(text.data, "B=two\\,\\\\,A=\\x01=\\xff,E=");
}

static void every_byte_survives(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 }, again = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 };
    const struct keypair *pair;
    char value[256];
    int i;

    (void)state;
    for (i = 0; i < 256; i++)
        value[i] = (char)i;
    assert_int_equal(keylist_set(&list, "ALL", value, sizeof(value)), 0);
    keylist_print(&list, &text);
    assert_int_equal(keylist_parse(text.data, text.length, &again, NULL), 0);
    pair = keylist_find(&again, "ALL");
    assert_non_null(pair);
    assert_int_equal(pair->value_length, sizeof(value));
    assert_memory_equal(pair->value, value, sizeof(value));
}

static void last_of_a_name_wins_in_its_first_place(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 };
    const char *doubled = "A=1,B=2,A=3";

    (void)state;
    assert_int_equal(keylist_parse(doubled, strlen(doubled), &list, NULL), 0);
    keylist_print(&list, &text);
    assert_string_equal(text.data, "A=3,B=2");
}

static void empty_text_is_an_empty_list(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };

    (void)state;
    assert_int_equal(keylist_parse("", 0, &list, NULL), 0);
    assert_int_equal(list.count, 0);
}

static void bad_text_is_refused_with_its_offset(void **state)
{
    static const struct {
        const char *text;
        uint64_t offset;
    } bad[] = {
        { "A", 0 }, { "=1", 0 }, { "A=1,", 4 }, { "A=1,,B=2", 4 },
        { "A B=1", 0 }, { "A=\\", 2 }, { "A=\\x1", 2 }, { "A=\\q", 2 },
        { "A=1,B\\=2", 4 }, { "A=ok,B=\\xg0", 7 }, { ",", 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct keylist list = { 0 };
        struct xr_error err;

        assert_int_equal(keylist_parse(bad[i].text, strlen(bad[i].text),
                                       &list, &err), -EINVAL);
        assert_int_equal(err.offset, bad[i].offset);
        assert_null(list.pairs);
    }
}

static void too_many_pairs_are_refused(void **state)
{
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct keylist list = { 0 };
    int i;

    (void)state;
    for (i = 0; i <= KEYLIST_PAIRS_MAX; i++)
        buffer_printf(&text, "%sK%d=", i ? "," : "", i);
    assert_int_equal(keylist_parse(text.data, text.length, &list, NULL),
                     -E2BIG);
    assert_int_equal(list.count, 0);
}

static void too_long_a_text_is_refused(void **state)
{
    char *text = malloc(KEYLIST_TEXT_MAX + 1);
    struct keylist list = { 0 };

    (void)state;
    assert_non_null(text);
    memset(text, 'A', KEYLIST_TEXT_MAX + 1);
    text[1] = '=';
    assert_int_equal(keylist_parse(text, KEYLIST_TEXT_MAX + 1, &list, NULL),
                     -E2BIG);
    free(text);
}

static void numbers_are_read_and_others_are_not(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint64_t value;
    } cases[] = {
        { "0x1", true, 1 }, { "0", true, 0 }, { "17", true, 17 },
        { "0xffffffffffffffff", true, UINT64_MAX },
        { "18446744073709551615", true, UINT64_MAX },
        { "18446744073709551616", false, 0 }, { "", false, 0 },
        { "-1", false, 0 }, { "+1", false, 0 }, { " 1", false, 0 },
        { "1 ", false, 0 }, { "0x", false, 0 }, { "0xg", false, 0 },
        { "0x-1", false, 0 }, { "linux", false, 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP_KEYLIST struct keylist list = { 0 };
        uint64_t value = 99;

        assert_int_equal(keylist_set_text(&list, "N", cases[i].text), 0);
        assert_int_equal(keylist_get_number(&list, "N", &value),
                         cases[i].ok);
        assert_int_equal(value, cases[i].ok ? cases[i].value : 99);
    }
}

static void bad_keys_are_refused(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    static const char *const bad[] = { "", "A=", "A,", "A\\", "A B", "\x7f",
                                       "\xc3\xa4" };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(keylist_set_text(&list, bad[i], "1"), -EINVAL);
    assert_int_equal(list.count, 0);
}

static void a_prefix_is_copied_without_itself(void **state)
{
    CLEANUP_KEYLIST struct keylist from = { 0 }, to = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 };
    const char *list = "image.A=1,domain.B=2,image.C=3,image.=4";

    (void)state;
    assert_int_equal(keylist_parse(list, strlen(list), &from, NULL), 0);
    assert_int_equal(keylist_copy_prefix(&to, &from, "image."), 0);
    keylist_print(&to, &text);
    assert_string_equal(text.data, "A=1,C=3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_in_order_and_escapes),
        cmocka_unit_test(every_byte_survives),
        cmocka_unit_test(last_of_a_name_wins_in_its_first_place),
        cmocka_unit_test(empty_text_is_an_empty_list),
        cmocka_unit_test(bad_text_is_refused_with_its_offset),
        cmocka_unit_test(too_many_pairs_are_refused),
        cmocka_unit_test(too_long_a_text_is_refused),
        cmocka_unit_test(numbers_are_read_and_others_are_not),
        cmocka_unit_test(bad_keys_are_refused),
        cmocka_unit_test(a_prefix_is_copied_without_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
