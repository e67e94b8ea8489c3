/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, an administrator's line applies to the wrong guest, or not to
 * the one that it was written for.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "unit.h"
#include "verdict/override.h"

#define UUID "01234567-89ab-cdef-0123-456789abcdef"

static const struct override_subject web = {
    .name = "web-1",
    .uuid = UUID,
    .guest_os = "NetBSD",
};
static const struct override_subject nameless = { 0 };

static const struct {
    const char *line;
    const struct override_subject *subject;
    enum verdict_answer answer;
} rows[] = {
    { "web-1=no", &web, VERDICT_NO },
    { "web-1=yes", &web, VERDICT_YES },
    { "web-?=no", &web, VERDICT_NO },
    { "web-*=no", &web, VERDICT_NO },
    { "[vw]eb-1=no", &web, VERDICT_NO },
    { "*=yes", &web, VERDICT_YES },
    { "web=no", &web, VERDICT_UNKNOWN },
    { "web-11=no", &web, VERDICT_UNKNOWN },
    { "WEB-1=no", &web, VERDICT_UNKNOWN },
    { "uuid:" UUID "=no", &web, VERDICT_NO },
    { "uuid:01234567-89AB-CDEF-0123-456789ABCDEF=no", &web, VERDICT_NO },
    { "uuid:11234567-89ab-cdef-0123-456789abcdef=no", &web,
      VERDICT_UNKNOWN },
    { "os:NetBSD=yes", &web, VERDICT_YES },
    { "os:netbsd=yes", &web, VERDICT_YES },
    { "os:NetBS=yes", &web, VERDICT_UNKNOWN },
    { "os:*=yes", &web, VERDICT_UNKNOWN },
    { "NetBSD=yes", &web, VERDICT_UNKNOWN },
    { "*=no", &nameless, VERDICT_UNKNOWN },
    { "uuid:" UUID "=no", &nameless, VERDICT_UNKNOWN },
    { "os:linux=no", &nameless, VERDICT_UNKNOWN },
};

static void each_row(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        struct overrides list = { 0 };
        struct verdict_input input = { 0 };

        assert_int_equal(overrides_add(&list, rows[i].line, "conf:1"), 0);
        overrides_apply(&list, rows[i].subject, &input);
        if (input.override != rows[i].answer)
            fail_msg("%s: %s", rows[i].line,
                     verdict_answer_name(input.override));
        overrides_free(&list);
    }
}

static void bad_lines(void **state)
{
    static const char *const bad[] = {
        "", "=", "=no", "web", "web=", "web=No", "web=maybe", "web=no ",
        "no", "os:=no", "uuid:=no", "uuid:1=no", "uuid:" UUID "0=no",
        "uuid:0123456789abcdef0123456789abcdef0123=no",
    };
    struct overrides list = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++)
        if (overrides_add(&list, bad[i], "conf:1") != -EINVAL)
            fail_msg("taken: %s", bad[i]);
    assert_int_equal(list.count, 0);
    overrides_free(&list);
}

static void first_that_fits(void **state)
{
    const struct override_subject odd = { .name = "a=b" };
    struct verdict_input input = { 0 };
    struct overrides list = { 0 };

    (void)state;
    assert_int_equal(overrides_add(&list, "mail=yes", "conf:1"), 0);
    assert_int_equal(overrides_add(&list, "web-1=no", "conf:2"), 0);
    assert_int_equal(overrides_add(&list, "*=yes", "conf:3"), 0);
    overrides_apply(&list, &web, &input);
    assert_int_equal(input.override, VERDICT_NO);
    assert_string_equal(input.override_line, "conf:2: web-1=no");
    assert_int_equal(overrides_add(&list, "web-1=maybe", "conf:4"), -EINVAL);
    assert_int_equal(list.count, 3);
    overrides_free(&list);

    assert_int_equal(overrides_add(&list, "a=b=no", "conf:1"), 0);
    overrides_apply(&list, &odd, &input);
    assert_string_equal(input.override_line, "conf:1: a=b=no");
    overrides_free(&list);
}

/* Neither crashes nor takes for ever: it happens in a toolstack. */
static void hostile_globs(void **state)
{
    static const char *const globs[] = {
        "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b=no",
        "[=no", "[!=no", "[a-=no", "[[:=no", "\\=no", "\xff\xfe*=no",
        "[[:alpha:=no", "[[.=no",
    };
    char name[200];
    size_t i;

    (void)state;
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    for (i = 0; i < COUNT(globs); i++) {
        const struct override_subject subject = { .name = name };
        struct verdict_input input = { 0 };
        struct overrides list = { 0 };

        assert_int_equal(overrides_add(&list, globs[i], "conf:1"), 0);
        overrides_apply(&list, &subject, &input);
        assert_int_equal(input.override, VERDICT_UNKNOWN);
        overrides_free(&list);
    }
}

static void no_list_changes_nothing(void **state)
{
    struct verdict_input input = { .override = VERDICT_UNKNOWN };

    (void)state;
    overrides_apply(NULL, &web, &input);
    assert_int_equal(input.override, VERDICT_UNKNOWN);
    assert_null(input.override_line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row),
        cmocka_unit_test(bad_lines),
        cmocka_unit_test(first_that_fits),
        cmocka_unit_test(hostile_globs),
        cmocka_unit_test(no_list_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
