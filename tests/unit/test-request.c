/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the command wants reaches the doors, or is refused as a whole.  If this
 * fails, a checkpoint is taken without its hooks or labels, or a request of
 * another release is obeyed in part.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "domain/request.h"

#define ID "1afefa87-b46a-4215-9cc6-e2ed1d40cc38"
#define REST ",on-not-resumable=refuse,on-unknown=proceed,live=no"

static const struct request full = {
    .intent = INTENT_CHECKPOINT,
    .policies = { POLICY_RESTORE, POLICY_HOLD },
    .live = true,
    .image = "/srv/a,b\\c=d\n\303\244.img",
    .hook_dir = "/etc/hooks",
    .labels = "user.why=a\\,b,user.who=me",
    .max_freeze = REQUEST_FREEZE_MAX,
    .keep = 4294967295,
    .progress_fd = 0,
    .checkpoint = ID,
    .stages_fd = 1 << 20,
};

static const struct request least = {
    .policies = { POLICY_REFUSE, POLICY_PROCEED },
    .progress_fd = -1,
    .stages_fd = -1,
};

static void same_text(const char *a, const char *b)
{
    if (a && b)
        assert_string_equal(a, b);
    else
        assert_ptr_equal(a, b);
}

static void same(const struct request *a, const struct request *b)
{
    assert_int_equal(a->intent, b->intent);
    assert_int_equal(a->policies.on_not_resumable,
                     b->policies.on_not_resumable);
    assert_int_equal(a->policies.on_unknown, b->policies.on_unknown);
    assert_int_equal(a->live, b->live);
    same_text(a->image, b->image);
    same_text(a->hook_dir, b->hook_dir);
    same_text(a->labels, b->labels);
    assert_int_equal(a->max_freeze, b->max_freeze);
    assert_int_equal(a->keep, b->keep);
    assert_int_equal(a->progress_fd, b->progress_fd);
    same_text(a->checkpoint, b->checkpoint);
    assert_int_equal(a->stages_fd, b->stages_fd);
}

static void arrives_as_it_was_sent(void **state)
{
    static const struct request *const rows[] = { &full, &least };
    enum intent intent;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        CLEANUP_REQUEST struct request found = REQUEST_NONE;

        assert_int_equal(request_announce(rows[i], NULL), 0);
        assert_int_equal(request_find(&found, &intent, NULL), 0);
        same(&found, rows[i]);
        assert_int_equal(intent, rows[i]->intent);
    }
}

/* The text itself: another version must be able to read its beginning. */
static void is_what_the_header_says(void **state)
{
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct request request = least;

    (void)state;
    request.intent = INTENT_SAVE;
    request.image = "a,b";
    assert_int_equal(request_encode(&request, &text, NULL), 0);
    buffer_append(&text, "", 1);
    assert_string_equal(text.data,
                        "version=1,intent=save" REST ",image=a\\,b");
}

static void none_is_none(void **state)
{
    struct request found;
    enum intent intent;

    (void)state;
    assert_int_equal(request_announce(&full, NULL), 0);
    request_withdraw();
    assert_int_equal(request_find(&found, &intent, NULL), -ENOENT);
}

static void refuse(const char *text, int r, enum intent intent)
{
    struct request found = { .keep = 4711 };
    struct xr_error err = { .code = 0 };
    enum intent found_intent = INTENT_SUSPEND;
    int got;

    setenv("XR_REQUEST", text, 1);
    got = request_find(&found, &found_intent, &err);
    if (got != r)
        fail_msg("%.80s: %d, not %d", text, got, r);
    assert_int_equal(err.code, -r);
    assert_true(err.message[0] != '\0');
    assert_int_equal(found.keep, 4711);
    assert_int_equal(found_intent, intent);
}

/* But what it is for is told: a checkpoint must not be taken without the rest. */
static void another_version_is_refused(void **state)
{
    (void)state;
    refuse("version=2,intent=checkpoint" REST, -ENOTSUP, INTENT_CHECKPOINT);
    refuse("version=0,intent=save" REST, -ENOTSUP, INTENT_SAVE);
    refuse("version=two,intent=save", -ENOTSUP, INTENT_SAVE);
    refuse("version=18446744073709551617,intent=checkpoint,new=\\x00",
           -ENOTSUP, INTENT_CHECKPOINT);
    refuse("version=", -ENOTSUP, INTENT_UNKNOWN);
    refuse("version=2", -ENOTSUP, INTENT_UNKNOWN);
    refuse("version=2,intent=something", -ENOTSUP, INTENT_UNKNOWN);
    refuse("version=2,intent=checkpoint,\\", -EINVAL, INTENT_CHECKPOINT);
}

static void hostile_text_is_refused(void **state)
{
    static const char *const rows[] = {
        "", ",", "=", "checkpoint", "intent=checkpoint,version=1" REST,
        "version", "version=1", "version=1,intent",
        "version=1,intent=" REST, "version=1,intent=kill" REST,
        "version=1,intent=save",
        "version=1,intent=save" REST ",",
        "version=1,intent=save" REST ",unknown=1",
        "version=1,intent=save" REST ",live=",
        "version=1,intent=save" REST ",live=maybe",
        "version=1,intent=save" REST ",on-unknown=perhaps",
        "version=1,intent=save" REST ",keep=-1",
        "version=1,intent=save" REST ",keep=4294967296",
        "version=1,intent=save" REST ",max-freeze=3600001",
        "version=1,intent=save" REST ",progress-fd=-1",
        "version=1,intent=save" REST ",progress-fd=2147483648",
        "version=1,intent=save" REST ",progress-fd= 1",
        "version=1,intent=save" REST ",stages-fd=1x",
        "version=1,intent=save" REST ",image=a\\x00b",
        "version=1,intent=save" REST ",image=\\q",
        "version=1,intent=save" REST ",labels=user.a",
        "version=1,intent=save" REST ",labels=user.a=\\\\q",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++)
        refuse(rows[i], -EINVAL, request_intent(rows[i]));
}

/* Cut anywhere, it is none, or one with a shorter text. */
static void cut_off_anywhere(void **state)
{
    CLEANUP_BUFFER struct buffer text = { 0 };
    size_t n;

    (void)state;
    assert_int_equal(request_encode(&full, &text, NULL), 0);
    for (n = 0; n < text.length; n++) {
        CLEANUP_REQUEST struct request found = REQUEST_NONE;
        char *copy = strndup(text.data, n);
        int r = request_decode(copy, n, &found, NULL);

        assert_true(!r || r == -EINVAL || r == -ENOTSUP);
        assert_true(r || n > strlen("version=1,intent=checkpoint"));
        free(copy);
    }
}

static void too_long_for_an_environment(void **state)
{
    static char path[REQUEST_TEXT_MAX + 1], text[REQUEST_TEXT_MAX + 2];
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct request request = least;
    struct xr_error err;

    (void)state;
    request_withdraw();
    memset(path, 'x', sizeof(path) - 1);
    request.image = path;
    assert_int_equal(request_announce(&request, &err), -E2BIG);
    assert_non_null(strstr(err.message, "too long"));
    assert_null(getenv("XR_REQUEST"));
    assert_int_equal(request_encode(&request, &out, NULL), -E2BIG);
    assert_int_equal(out.length, 0);
    path[REQUEST_TEXT_MAX - 200] = '\0';
    assert_int_equal(request_announce(&request, &err), 0);

    memset(text, 'x', sizeof(text) - 1);
    memcpy(text, "version=1,intent=checkpoint,image=", 34);
    refuse(text, -E2BIG, INTENT_CHECKPOINT);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrives_as_it_was_sent),
        cmocka_unit_test(is_what_the_header_says),
        cmocka_unit_test(none_is_none),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(hostile_text_is_refused),
        cmocka_unit_test(cut_off_anywhere),
        cmocka_unit_test(too_long_for_an_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
