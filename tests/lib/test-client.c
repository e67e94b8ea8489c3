/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a program that checks, checkpoints or restores domains by
 * libxenresumable is not told what the command tells.
 */
#include "config.h"

#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What the callbacks heard, a word for each. */
struct ear {
    struct xr_events events;
    char heard[1400];
    uint64_t done, total;
    unsigned calls;
    unsigned stop_at;      /* behind a stage, the call of progress that says
                              stop; 0: none */
    const char *stop_from; /* or the stage from which on it does */
    bool stop;
};

static int on_progress(void *data, uint64_t done, uint64_t total)
{
    struct ear *ear = data;

    ear->done = done;
    ear->total = total;
    ear->calls++;
    return ear->stop || (*ear->heard && ear->calls == ear->stop_at);
}

static void hear_word(struct ear *ear, const char *kind, const char *word)
{
    size_t n = strlen(ear->heard);

    snprintf(ear->heard + n, sizeof(ear->heard) - n, "%s:%s ", kind, word);
}

static void on_stage(void *data, const char *name)
{
    struct ear *ear = data;

    hear_word(ear, "stage", name);
    ear->calls = 0;
    ear->stop = ear->stop_from && !strcmp(name, ear->stop_from);
}

static void on_message(void *data, enum xr_level level, const char *text)
{
    hear_word(data, xr_level_name(level), text);
}

static struct ear *ear_open(struct ear *ear)
{
    *ear = (struct ear){
        .events = {
            .size = sizeof(ear->events),
            .data = ear,
            .progress = on_progress,
            .stage = on_stage,
            .message = on_message,
        },
    };
    return ear;
}

static void a_run_is_told_in_its_order(void **state)
{
    struct xr_result *result;
    struct ear ear;

    (void)state;
    assert_int_equal(take("web", &ear_open(&ear)->events, &result, NULL), 0);
    assert_string_equal(ear.heard, "stage:pre-suspend warning:mind \"it\" "
                        "info:well stage:suspended ");
    assert_int_equal(ear.done, 8192);
    assert_int_equal(ear.total, 8192);
    assert_true(ear.calls >= 1);
    xr_result_free(result);
}

/* What hooks and toolstack say, as it comes: they have no event of their own. */
static void lines_for_people_are_messages(void **state)
{
    static const char start[] = "stage:suspended info:a hook says this "
                                "info:  libxl: \\x1b[31merror\\xff info:long:x";
    static const char end[] = "x... info:its last words ";
    struct xr_result *result;
    struct ear ear;
    size_t n;

    (void)state;
    ear_open(&ear);
    assert_int_equal(take("speaks", &ear.events, &result, NULL), 0);
    n = strlen(ear.heard);
    assert_memory_equal(ear.heard, start, sizeof(start) - 1);
    assert_string_equal(ear.heard + n - (sizeof(end) - 1), end);
    assert_in_range(n, 1024, 1200);
    xr_result_free(result);
    ear_open(&ear)->events.message = NULL;
    assert_int_equal(take("speaks", &ear.events, &result, NULL), 0);
    assert_string_equal(ear.heard, "stage:suspended ");
    xr_result_free(result);
}

static void a_command_that_dies_has_said_why(void **state)
{
    struct xr_result *result = NULL;
    struct xr_error err;
    struct ear ear;

    (void)state;
    ear_open(&ear);
    assert_int_equal(take("complains", &ear.events, &result, &err), -EIO);
    assert_string_equal(ear.heard, "info:libxl: error: first info:xen-resumable"
                        ": no such \\x1b[1mverb ");
    assert_non_null(strstr(err.message, "libxl: error: first; xen-"));
}

static void events_may_be_fewer_or_none(void **state)
{
    struct xr_result *result;
    struct xr_error err;
    struct ear ear;

    (void)state;
    assert_int_equal(take("web", NULL, &result, NULL), 0);
    xr_result_free(result);
    ear_open(&ear)->events.size = offsetof(struct xr_events, stage);
    assert_int_equal(take("web", &ear.events, &result, NULL), 0);
    assert_string_equal(ear.heard, "");
    assert_true(ear.calls >= 2);
    xr_result_free(result);
    ear.events.size = 3;
    assert_int_equal(take("web", &ear.events, &result, &err), -EINVAL);
    assert_int_equal(err.reason, XR_REASON_USAGE);
}

static void a_result_has_typed_values(void **state)
{
    struct xr_result *result;
    uint64_t number = 5;
    bool truth = false;

    (void)state;
    assert_int_equal(take("web", NULL, &result, NULL), 0);
    assert_string_equal(xr_result_text(result, "domain"), "web");
    assert_string_equal(xr_result_text(result, "list[0].kind"), "phy");
    assert_int_equal(xr_result_number(result, "bytes", &number), 0);
    assert_int_equal(number, 8192);
    assert_int_equal(xr_result_number(result, "list[1]", &number), 0);
    assert_int_equal(number, 7);
    assert_int_equal(xr_result_number(result, "huge", &number), 0);
    assert_true(number == UINT64_MAX);
    assert_int_equal(xr_result_bool(result, "live", &truth), 0);
    assert_true(truth);
    assert_int_equal(xr_result_bool(result, "sealed", &truth), 0);
    assert_false(truth);
    assert_non_null(strstr(xr_result_json(result), "\"bytes\":8192,"));
    xr_result_free(result);
}

static void what_is_not_of_the_type_is_not_given(void **state)
{
    static const char *const absent[] = {
        "none", "no", "", "list", "list[2]",
    };
    static const char *const others[] = { "domain", "live", "ms", "below" };
    struct xr_result *result;
    uint64_t number = 5;
    bool truth = true;
    size_t i;

    (void)state;
    assert_int_equal(take("web", NULL, &result, NULL), 0);
    for (i = 0; i < COUNT(absent); i++) {
        assert_null(xr_result_text(result, absent[i]));
        assert_int_equal(xr_result_number(result, absent[i], &number),
                         -ENOENT);
        assert_int_equal(xr_result_bool(result, absent[i], &truth), -ENOENT);
    }
    for (i = 0; i < COUNT(others); i++)
        assert_int_equal(xr_result_number(result, others[i], &number),
                         -EINVAL);
    assert_int_equal(xr_result_bool(result, "domain", &truth), -EINVAL);
    assert_null(xr_result_text(result, "bytes"));
    assert_int_equal(number, 5);
    assert_true(truth);
    assert_null(xr_result_text(result, NULL));
    assert_null(xr_result_text(NULL, "bytes"));
    assert_null(xr_result_json(NULL));
    assert_int_equal(xr_result_number(NULL, "bytes", &number), -ENOENT);
    xr_result_free(result);
    xr_result_free(NULL);
}

/* The words of the command line, as the made command had them. */
static void assert_words(const struct xr_result *result,
                         const char *const *words)
{
    char key[32];
    int i;

    for (i = 0; words[i]; i++) {
        snprintf(key, sizeof(key), "arguments[%d]", i);
        assert_string_equal(xr_result_text(result, key), words[i]);
    }
    snprintf(key, sizeof(key), "arguments[%d]", i);
    assert_null(xr_result_text(result, key));
}

static void options_are_the_commands(void **state)
{
    static const char *const words[] = {
        "checkpoint", "--format=jsonl", "--keep=3", "--seal", "--label=a=1",
        "--label=b=", "--", "web", "./-", NULL,
    };
    struct xr_options *options = made_options();
    struct xr_result *result;

    (void)state;
    assert_int_equal(xr_options_set(options, "keep", "3", NULL), 0);
    assert_int_equal(xr_options_set(options, "seal", NULL, NULL), 0);
    assert_int_equal(xr_options_set(options, "label", "a=1", NULL), 0);
    assert_int_equal(xr_options_set(options, "label", "b=", NULL), 0);
    assert_int_equal(xr_checkpoint("web", "-", options, NULL, &result, NULL),
                     0);
    assert_words(result, words);
    xr_result_free(result);
    xr_options_free(options);
}

static void a_restore_has_an_image_alone(void **state)
{
    static const char *const words[] = {
        "restore", "--format=jsonl", "--", "web", NULL,
    };
    struct xr_options *options = made_options();
    struct xr_result *result;

    (void)state;
    assert_int_equal(xr_restore("web", options, NULL, &result, NULL), 0);
    assert_words(result, words);
    xr_result_free(result);
    xr_options_free(options);
}

static void a_rollback_may_have_no_image(void **state)
{
    static const char *const words[] = {
        "rollback", "--format=jsonl", "--", "web", NULL,
    };
    static const char *const named[] = {
        "rollback", "--format=jsonl", "--", "web", "./-", NULL,
    };
    struct xr_options *options = made_options();
    struct xr_result *result;

    (void)state;
    assert_int_equal(xr_rollback("web", NULL, options, NULL, &result, NULL),
                     0);
    assert_words(result, words);
    xr_result_free(result);
    assert_int_equal(xr_rollback("web", "-", options, NULL, &result, NULL),
                     0);
    assert_words(result, named);
    xr_result_free(result);
    xr_options_free(options);
    assert_int_equal(xr_rollback(NULL, "a", NULL, NULL, &result, NULL),
                     -EINVAL);
    assert_int_equal(xr_rollback("web", "a", NULL, NULL, NULL, NULL),
                     -EINVAL);
}

static void options_that_cannot_be_are_refused(void **state)
{
    static const char *const wrong[] = {
        "", "-keep", "--keep", "keep=3", "Keep", "keep me", "k\xc3\xa4se",
        "a-name-that-is-far-longer-than-any-that-an-option-of-a-command-has",
        "format", "help", "progress", "version",
    };
    struct xr_options *options = made_options();
    struct xr_error err;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(wrong); i++) {
        assert_int_equal(xr_options_set(options, wrong[i], "3", &err),
                         -EINVAL);
        assert_int_equal(err.reason, XR_REASON_USAGE);
    }
    assert_int_equal(xr_options_set(options, "command", NULL, &err), -EINVAL);
    assert_int_equal(xr_options_set(NULL, "keep", "3", &err), -EINVAL);
    assert_int_equal(xr_options_set(options, NULL, "3", NULL), -EINVAL);
    xr_options_free(options);
    xr_options_free(NULL);
}

static void a_check_is_of_one_domain(void **state)
{
    static const char *const others[] = { "all", "kernel", "image", "here" };
    struct xr_options *options = made_options();
    struct xr_result *result = NULL;
    struct xr_error err;
    uint64_t domid;
    size_t i;

    (void)state;
    assert_int_equal(xr_check_domain("no", options, NULL, &result, NULL), 0);
    assert_string_equal(xr_result_text(result, "resumable"), "no");
    assert_int_equal(xr_result_number(result, "domid", &domid), 0);
    assert_string_equal(xr_result_json(result),
                        "{\"target\":\"web\",\"domid\":7,\"resumable\":\"no\","
                        "\"reason\":\"[it]}\"}");
    xr_result_free(result);
    result = NULL;
    assert_int_equal(xr_check_domain("nobody", options, NULL, &result, &err),
                     -EIO);
    assert_string_equal(err.message, "no domain web");
    assert_int_equal(xr_check_domain("empty", options, NULL, &result, &err),
                     -EPROTO);
    for (i = 0; i < COUNT(others); i++) {
        struct xr_options *other = made_options();

        assert_int_equal(xr_options_set(other, others[i], "x", NULL), 0);
        assert_int_equal(xr_check_domain("no", other, NULL, &result, &err),
                         -EINVAL);
        assert_int_equal(err.reason, XR_REASON_USAGE);
        xr_options_free(other);
    }
    assert_null(result);
    xr_options_free(options);
}

static void what_is_needed_must_be_there(void **state)
{
    struct xr_result *result = NULL;

    (void)state;
    assert_int_equal(xr_check_domain(NULL, NULL, NULL, &result, NULL),
                     -EINVAL);
    assert_int_equal(xr_check_domain("web", NULL, NULL, NULL, NULL), -EINVAL);
    assert_int_equal(xr_checkpoint("web", NULL, NULL, NULL, &result, NULL),
                     -EINVAL);
    assert_int_equal(xr_checkpoint(NULL, "a", NULL, NULL, &result, NULL),
                     -EINVAL);
    assert_int_equal(xr_checkpoint("web", "a", NULL, NULL, NULL, NULL),
                     -EINVAL);
    assert_int_equal(xr_restore(NULL, NULL, NULL, &result, NULL), -EINVAL);
    assert_int_equal(xr_restore("a", NULL, NULL, NULL, NULL), -EINVAL);
}

static int cancelled(const char *domain, struct ear *ear,
                     struct xr_result **result)
{
    struct xr_error err;
    int r = take(domain, &ear->events, result, &err);

    assert_int_equal(r, -err.code);
    assert_int_equal(err.reason, XR_REASON_CANCELLED);
    return r;
}

static void a_stop_before_the_start_starts_nothing(void **state)
{
    struct xr_options *options = xr_options_new();
    struct xr_result *result = NULL;
    struct ear ear;

    (void)state;
    ear_open(&ear)->stop = true;
    assert_int_equal(xr_options_set(options, "command", "/nonexistent", NULL),
                     0);
    assert_int_equal(xr_checkpoint("web", "a", options, &ear.events, &result,
                                   NULL), -ECANCELED);
    xr_options_free(options);
}

/* It is asked although the command has nothing to tell. */
static void a_silent_command_can_be_stopped(void **state)
{
    struct xr_result *result = NULL;
    struct ear ear;

    (void)state;
    ear_open(&ear)->stop_at = 8;
    assert_int_equal(cancelled("slow", &ear, &result), -ECANCELED);
    assert_string_equal(ear.heard, "stage:suspended ");
    assert_true(ear.calls >= 8);
    ear_open(&ear)->stop_from = "suspended";
    assert_int_equal(cancelled("early", &ear, &result), -ECANCELED);
}

/* One that waits for an answer of xenstore, as "early" waits for ever. */
static void a_check_can_be_stopped(void **state)
{
    static const char *const waiting[] = { "slow-check", "early" };
    struct xr_options *options = made_options();
    struct xr_result *result = NULL;
    struct xr_error err;
    struct ear ear;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(waiting); i++) {
        ear_open(&ear)->stop_at = 3;
        assert_int_equal(xr_check_domain(waiting[i], options, &ear.events,
                                         &result, &err), -ECANCELED);
        assert_int_equal(err.reason, XR_REASON_CANCELLED);
        assert_true(ear.calls >= 3);
    }
    ear_open(&ear)->stop = true;
    assert_int_equal(xr_check_domain("web", options, &ear.events, &result,
                                     NULL), -ECANCELED);
    assert_null(result);
    xr_options_free(options);
}

static void a_stop_that_comes_too_late_changes_nothing(void **state)
{
    struct xr_result *result = NULL;
    struct ear ear;

    (void)state;
    ear_open(&ear)->stop_from = "suspended";
    assert_int_equal(take("stubborn", &ear.events, &result, NULL), 0);
    xr_result_free(result);
}

static void a_command_that_closes_its_output_is_waited_for(void **state)
{
    struct xr_result *result = NULL;
    struct xr_error err;
    struct ear ear;

    (void)state;
    ear_open(&ear)->stop_from = "suspended";
    assert_int_equal(take("closed", &ear.events, &result, &err), -EIO);
    assert_string_equal(err.message,
                        "the command ended with exit status 0, without a "
                        "result");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_told_in_its_order),
        cmocka_unit_test(lines_for_people_are_messages),
        cmocka_unit_test(a_command_that_dies_has_said_why),
        cmocka_unit_test(events_may_be_fewer_or_none),
        cmocka_unit_test(a_result_has_typed_values),
        cmocka_unit_test(what_is_not_of_the_type_is_not_given),
        cmocka_unit_test(options_are_the_commands),
        cmocka_unit_test(a_restore_has_an_image_alone),
        cmocka_unit_test(a_rollback_may_have_no_image),
        cmocka_unit_test(options_that_cannot_be_are_refused),
        cmocka_unit_test(a_check_is_of_one_domain),
        cmocka_unit_test(what_is_needed_must_be_there),
        cmocka_unit_test(a_stop_before_the_start_starts_nothing),
        cmocka_unit_test(a_silent_command_can_be_stopped),
        cmocka_unit_test(a_check_can_be_stopped),
        cmocka_unit_test(a_stop_that_comes_too_late_changes_nothing),
        cmocka_unit_test(a_command_that_closes_its_output_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
