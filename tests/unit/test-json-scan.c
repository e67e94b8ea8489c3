/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, what a device model answers is misread, or a hostile answer is
 * read beyond its end.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "format/json_scan.h"

static const char answer[] =
    "{ \"id\": 7, \"nested\": {\"return\": [1, {\"a\": null}]},"
    " \"empty\": {}, \"none\": [], \"text\": \"a\\\"b\\\\c\\u0041\\nd\","
    " \"return\": [\"one\", \"two\"] }";

static struct json_scan scan_of(const char *text)
{
    return json_scan(text, strlen(text));
}

static void finds_members(void **state)
{
    struct json_scan s = scan_of(answer), t, u;
    uint64_t number;
    char text[32];

    (void)state;
    t = s;
    assert_true(json_scan_member(&t, "id"));
    assert_true(json_scan_number(&t, &number));
    assert_int_equal(number, 7);
    t = s;
    assert_true(json_scan_member(&t, "text"));
    assert_true(json_scan_string(&t, text, sizeof(text)));
    assert_string_equal(text, "a\"b\\c? d");
    t = s;
    assert_true(json_scan_member(&t, "return"));
    assert_true(json_scan_array(&t));
    assert_true(json_scan_string(&t, text, sizeof(text)));
    assert_string_equal(text, "one");
    assert_true(json_scan_next(&t));
    u = t;
    assert_true(json_scan_value(&u));
    assert_true(json_scan_string(&t, text, 3));
    assert_ptr_equal(u.at, t.at);
    assert_string_equal(text, "tw");
    assert_false(json_scan_next(&t));
    t = s;
    assert_false(json_scan_member(&t, "a"));
    assert_ptr_equal(t.at, s.at);
    assert_true(json_scan_member(&t, "none"));
    assert_false(json_scan_array(&t));
}

/* Every beginning of it, and every byte of it replaced, in exact memory. */
static void survives_anything(void **state)
{
    size_t n = strlen(answer), i, j;
    char text[8];

    (void)state;
    for (i = 0; i <= n; i++) {
        char *copy = malloc(i ? i : 1);
        struct json_scan s = json_scan(copy, i);

        assert_non_null(copy);
        memcpy(copy, answer, i);
        if (json_scan_member(&s, "return") && json_scan_array(&s))
            json_scan_string(&s, text, sizeof(text));
        for (j = 0; j < i; j++) {
            copy[j] = "\"{[\\,:\0"[(i + j) % 7];
            s = json_scan(copy, i);
            json_scan_member(&s, "return");
            copy[j] = answer[j];
        }
        free(copy);
    }
}

static void is_not_driven_into_the_ground(void **state)
{
    enum { DEPTH = 100000 };
    enum { LENGTH = 5 + 2 * DEPTH + 1 };
    char *deep = malloc(LENGTH);
    struct json_scan s;

    (void)state;
    assert_non_null(deep);
    memset(deep, '[', LENGTH);
    memcpy(deep, "{\"a\":", 5);
    memset(deep + 5 + DEPTH, ']', DEPTH);
    deep[LENGTH - 1] = '}';
    s = json_scan(deep, LENGTH);
    assert_false(json_scan_member(&s, "b"));
    assert_false(json_scan_value(&s));
    assert_ptr_equal(s.at, deep);
    /* Who goes down himself finds that it is JSON as far as that goes. */
    s = json_scan(deep + 5 + DEPTH - 9, 18);
    assert_true(json_scan_value(&s));
    free(deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_members),
        cmocka_unit_test(survives_anything),
        cmocka_unit_test(is_not_driven_into_the_ground),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
