/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a program takes for a success what the command has not done,
 * or gets a result without what it is promised to have.
 */
#include "config.h"

#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YES "{\"resumable\":\"yes\",\"reason\":\"r\"}"
#define NO "{\"resumable\":\"no\",\"reason\":\"r\"}"
#define UNKNOWN "{\"resumable\":\"unknown\",\"reason\":\"r\"}"

#define DOMAINS(list) ",\"ok\":true,\"domains\":" list
#define DEEP8(inner) "[[[[[[[[" inner "]]]]]]]]"

enum verb { CHECK, CHECKPOINT, LIST, RESTORE };

static int call(enum verb verb, const char *name, struct xr_result **out,
                struct xr_error *err)
{
    struct xr_options *options = made_options();
    int r;

    if (verb == CHECK)
        r = xr_check_domain(name, options, NULL, out, err);
    else if (verb == LIST)
        r = xr_list((const char *const[]){ name, NULL }, options, NULL, out,
                    err);
    else if (verb == CHECKPOINT)
        r = xr_checkpoint(name, "a", options, NULL, out, err);
    else
        r = xr_restore(name, options, NULL, out, err);
    xr_options_free(options);
    return r;
}

/* The command prints those members of a result, and ends so. */
static int call_with(enum verb verb, int status, const char *members,
                     struct xr_result **out, struct xr_error *err)
{
    char name[8192];

    *out = NULL;
    *err = (struct xr_error){ .code = 0 };
    snprintf(name, sizeof(name), "result:%d:%s", status, members);
    return call(verb, name, out, err);
}

/* status: an exit status, or a signal as a negative number. */
static const struct {
    enum verb verb;
    int status;
    const char *members;
    bool good;
} ends[] = {
    { CHECKPOINT, 0, ",\"ok\":true", true },
    { CHECKPOINT, 1, ",\"ok\":true", false },
    { CHECKPOINT, 2, ",\"ok\":true", false },
    { CHECKPOINT, 3, ",\"ok\":true", false },
    { CHECKPOINT, 127, ",\"ok\":true", false },
    { CHECKPOINT, -9, ",\"ok\":true", false },
    { CHECKPOINT, -15, ",\"ok\":true", false }, /* and nobody has asked */
    { LIST, 0, ",\"ok\":true,\"images\":[]", true },
    { LIST, 0, ",\"ok\":true,\"images\":[{\"file\":\"a\"}]", true },
    { LIST, 2, ",\"ok\":false,\"error\":{\"code\":\"system\"},"
               "\"images\":[{\"file\":\"a\"}]", true },
    { LIST, 1, ",\"ok\":true,\"images\":[]", false },
    { LIST, -9, ",\"ok\":true,\"images\":[]", false },
    { RESTORE, 0, ",\"ok\":true", true },
    { RESTORE, 3, ",\"ok\":true", false },
    { RESTORE, -11, ",\"ok\":true", false },
    { CHECK, 0, DOMAINS("[" YES "]"), true },
    { CHECK, 1, DOMAINS("[" YES "]"), true }, /* an obstacle */
    { CHECK, 3, DOMAINS("[" YES "]"), false },
    { CHECK, 0, DOMAINS("[" NO "]"), false },
    { CHECK, 1, DOMAINS("[" NO "]"), true },
    { CHECK, 3, DOMAINS("[" NO "]"), false },
    { CHECK, 0, DOMAINS("[" UNKNOWN "]"), false },
    { CHECK, 1, DOMAINS("[" UNKNOWN "]"), true },
    { CHECK, 3, DOMAINS("[" UNKNOWN "]"), true },
    { CHECK, 2, DOMAINS("[" UNKNOWN "]"), false },
    { CHECK, -9, DOMAINS("[" YES "]"), false },
};

static void the_end_has_to_go_with_the_result(void **state)
{
    struct xr_result *result;
    struct xr_error err;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(ends); i++) {
        int r = call_with(ends[i].verb, ends[i].status, ends[i].members,
                          &result, &err);

        if (r != (ends[i].good ? 0 : -EIO))
            fail_msg("%zu: %d, %s", i, r, err.message);
        assert_int_equal(result != NULL, ends[i].good);
        if (!ends[i].good) {
            assert_int_equal(err.reason, XR_REASON_SYSTEM);
            assert_non_null(strstr(err.message, "its result does not say why"
                                   ": {\""));
        }
        xr_result_free(result);
    }
}

/* What cannot be read is in the list; where there is no list, there is none. */
static void a_list_is_an_array(void **state)
{
    static const struct {
        int status;
        const char *members;
        int r;
    } rows[] = {
        { 2, ",\"ok\":false,\"error\":{\"code\":\"no-room\"}", -ENOSPC },
        { 0, ",\"ok\":true", -EPROTO },
        { 0, ",\"ok\":true,\"images\":7", -EPROTO },
        { 0, ",\"ok\":true,\"images\":null", -EPROTO },
    };
    struct xr_result *result;
    struct xr_error err;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        assert_int_equal(call_with(LIST, rows[i].status, rows[i].members,
                                   &result, &err), rows[i].r);
        assert_null(result);
    }
    assert_int_equal(xr_list(NULL, NULL, NULL, NULL, &err), -EINVAL);
}

static void a_failure_that_is_told_stays_what_it_is(void **state)
{
    static const int statuses[] = { 0, 1, 2, 3, -9 };
    struct xr_result *result;
    struct xr_error err;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(statuses); i++) {
        assert_int_equal(call_with(CHECKPOINT, statuses[i], ",\"ok\":false,"
                                   "\"error\":{\"code\":\"locked\"}", &result,
                                   &err), -EBUSY);
        assert_int_equal(err.reason, XR_REASON_LOCKED);
    }
}

/* Where the byte is that is to blame; anything else is no offset. */
static void an_offset_comes_over_the_wire(void **state)
{
    static const struct {
        const char *members;
        uint64_t offset;
    } rows[] = {
        { ",\"ok\":false,\"error\":{\"code\":\"not-sound\",\"offset\":7168}",
          7168 },
        { ",\"ok\":false,\"error\":{\"offset\":0}", 0 },
        { ",\"ok\":false,\"error\":{\"offset\":18446744073709551614}",
          UINT64_MAX - 1 },
        { ",\"ok\":false,\"error\":{\"code\":\"not-sound\"}", XR_NO_OFFSET },
        { ",\"ok\":false,\"error\":{\"offset\":null}", XR_NO_OFFSET },
        { ",\"ok\":false,\"error\":{\"offset\":\"7168\"}", XR_NO_OFFSET },
        { ",\"ok\":false,\"error\":{\"offset\":-1}", XR_NO_OFFSET },
        { ",\"ok\":false,\"error\":{\"offset\":18446744073709551616}",
          XR_NO_OFFSET },
        { ",\"ok\":false,\"offset\":7168", XR_NO_OFFSET },
    };
    struct xr_result *result;
    struct xr_error err;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        assert_true(call_with(CHECKPOINT, 1, rows[i].members, &result, &err)
                    < 0);
        if (err.offset != rows[i].offset)
            fail_msg("%s: %llu", rows[i].members,
                     (unsigned long long)err.offset);
    }
}

/* Of every verb: no success, whatever the exit status. */
static const char *const failures[] = {
    "",
    ",\"ok\":null",
    ",\"ok\":1",
    ",\"ok\":\"true\"",
    ",\"ok\":[true]",
    ",\"ok\":{\"ok\":true}",
    ",\"ok\":false",
    ",\"ok\":false,\"error\":null",
    ",\"ok\":false,\"error\":7",
    ",\"ok\":false,\"error\":[{\"code\":\"locked\"}]",
    ",\"ok\":false,\"error\":{}",
    ",\"ok\":false,\"error\":{\"code\":7,\"message\":[]}",
    ",\"ok\":false,\"error\":{\"code\":\"\",\"message\":\"\"}",
    ",\"ok\":false,\"error\":{\"code\":\"none\",\"message\":\"\\u0000\"}",
    ",\"ok\":true,\"error\":{\"code\":\"system\",\"message\":\"both\"}",
    ",\"ok\":true,\"error\":7",
    ",\"ok\":false,\"ok\":true",
    ",\"ok\":true,\"a\":{\"b\":1,\"b\":2}",
    ",\"ok\":true,\"ok\\u0000\":true,\"ok\\u0000\":true",
    ",\"event\":\"result\",\"ok\":true",
    ",\"ok\":true,\"a\":" DEEP8(DEEP8(DEEP8(DEEP8(DEEP8(DEEP8(DEEP8(DEEP8(
        "")))))))),
    ",\"ok\":true,\"a\":01",
    ",\"ok\":true,\"a\":\"\xff\"",
    ",\"ok\":true,\"a\":\"\x01\"",
    ",\"ok\":true,",
    ",\"ok\":true]",
};

/* Of check: with ok, and an exit status that would do. */
static const char *const no_answers[] = {
    ",\"ok\":true",
    DOMAINS("null"),
    DOMAINS("1"),
    DOMAINS("\"web\""),
    DOMAINS(YES),
    DOMAINS("{\"[0]\":" YES "}"),
    DOMAINS("[]"),
    DOMAINS("[1]"),
    DOMAINS("[1," YES "]"),
    DOMAINS("[null]"),
    DOMAINS("[\"web\"]"),
    DOMAINS("[[]]"),
    DOMAINS("[[" YES "]]"),
    DOMAINS("[{}]"),
    DOMAINS("[{\"resumable\":\"yes\"}]"),
    DOMAINS("[{\"resumable\":\"yes\",\"reason\":null}]"),
    DOMAINS("[{\"resumable\":\"yes\",\"reason\":7}]"),
    DOMAINS("[{\"resumable\":\"yes\",\"reason\":[\"r\"]}]"),
    DOMAINS("[{\"resumable\":true,\"reason\":\"r\"}]"),
    DOMAINS("[{\"resumable\":\"maybe\",\"reason\":\"r\"}]"),
    DOMAINS("[{\"resumable\":{\"yes\":1},\"reason\":\"r\"}]"),
    DOMAINS("[{\"resumable\":\"no\",\"resumable\":\"yes\","
            "\"reason\":\"r\"}]"),
    DOMAINS("[" YES "],\"domains\":[" NO "]"),
    ",\"ok\":true,\"domain\\u0073\":[" YES "]",
    DOMAINS("[{\"resumable\":\"yes\",\"reason\":\"r\",\"a\":"
            DEEP8(DEEP8(DEEP8(DEEP8("")))) "}]"),
};

static void assert_is_refused(enum verb verb, const char *members)
{
    struct xr_result *result;
    struct xr_error err;
    int r = call_with(verb, 0, members, &result, &err);

    if (r >= 0 || r != -err.code || r == -ENOMEM
        || err.reason != XR_REASON_SYSTEM || !*err.message || result)
        fail_msg("%s: %d, %d, %s: %s", members, r, err.code,
                 xr_reason_name(err.reason), err.message);
}

static void what_is_malformed_is_a_failure(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(failures); i++) {
        assert_is_refused(CHECK, failures[i]);
        assert_is_refused(CHECKPOINT, failures[i]);
        assert_is_refused(RESTORE, failures[i]);
    }
    for (i = 0; i < COUNT(no_answers); i++)
        assert_is_refused(CHECK, no_answers[i]);
}

/* Of events before the result. */
static void a_malformed_event_costs_the_event_alone(void **state)
{
    static const char members[] =
        ",\"no\":1}\n{\"event\":7}\n{\"event\":[\"stage\"]}\n"
        "{\"event\":\"hello\",\"version\":1}\n{\"event\":\"stage\"}\n"
        "{\"event\":\"stage\",\"stage\":{}}\n"
        "{\"event\":\"progress\",\"bytes\":\"7\",\"total\":-1}\n"
        "{\"event\":\"progress\",\"bytes\":1e9,\"total\":[]}\n"
        "{\"event\":\"message\",\"level\":9,\"text\":null}\n"
        "{\"event\":\"message\",\"text\":[1]}\n"
        "{\"event\":\"result\",\"ok\":true,\"bytes\":7";
    struct xr_result *result;
    struct xr_error err;
    uint64_t number = 0;
    char name[1024];

    (void)state;
    /* The first line is no result, as it stands here. */
    snprintf(name, sizeof(name), "event:0:%s", members);
    result = NULL;
    assert_int_equal(call(CHECKPOINT, name, &result, &err), 0);
    assert_int_equal(xr_result_number(result, "bytes", &number), 0);
    assert_int_equal(number, 7);
    xr_result_free(result);
}

/* What stands in no table of ours is passed on as it is. */
static void what_is_not_asked_for_is_left_alone(void **state)
{
    static const char answer[] =
        "{\"reason\":\"\\ud800\",\"new\":[1,{\"resumable\":[]}],"
        "\"resumable\":\"yes\",\"big\":1e999,"
        "\"domid\":99999999999999999999999999}";
    struct xr_result *result;
    struct xr_error err;
    char members[400];
    uint64_t number;

    (void)state;
    snprintf(members, sizeof(members), DOMAINS("[%s,1,null]"), answer);
    assert_int_equal(call_with(CHECK, 0, members, &result, &err), 0);
    assert_string_equal(xr_result_json(result), answer);
    assert_int_equal(xr_result_number(result, "domid", &number), -EINVAL);
    assert_int_equal(xr_result_number(result, "new[0]", &number), 0);
    assert_null(xr_result_text(result, "domains[0].resumable"));
    xr_result_free(result);
}

struct ear {
    struct xr_events events;
    char text[64];
    size_t length;
};

static void on_message(void *data, enum xr_level level, const char *text)
{
    struct ear *ear = data;

    (void)level;
    ear->length = strlen(text);
    snprintf(ear->text, sizeof(ear->text), "%s", text);
}

static void lines_come_in_any_pieces(void **state)
{
    struct ear ear = { .events = { .size = sizeof(ear.events), .data = &ear,
                                   .message = on_message } };
    struct xr_result *result = NULL;
    struct xr_error err;
    uint64_t bytes = 0;

    (void)state;
    assert_int_equal(take("piecemeal", &ear.events, &result, NULL), 0);
    assert_string_equal(ear.text, "w\303\244rme \303\244 \"");
    assert_int_equal(xr_result_number(result, "bytes", &bytes), 0);
    assert_int_equal(bytes, 12345);
    xr_result_free(result);
    assert_int_equal(take("longest", &ear.events, &result, NULL), 0);
    assert_int_equal(ear.length, (8 << 20) - strlen("{\"event\":\"message\","
                                                    "\"text\":\"\"}"));
    xr_result_free(result);
    result = NULL;
    assert_int_equal(take("longer", &ear.events, &result, &err), -EMSGSIZE);
    assert_int_equal(err.reason, XR_REASON_SYSTEM);
    assert_string_equal(err.message, "the command printed a line longer than "
                        "8388608 bytes");
    assert_null(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_has_to_go_with_the_result),
        cmocka_unit_test(a_list_is_an_array),
        cmocka_unit_test(a_failure_that_is_told_stays_what_it_is),
        cmocka_unit_test(an_offset_comes_over_the_wire),
        cmocka_unit_test(what_is_malformed_is_a_failure),
        cmocka_unit_test(a_malformed_event_costs_the_event_alone),
        cmocka_unit_test(what_is_not_asked_for_is_left_alone),
        cmocka_unit_test(lines_come_in_any_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
