/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, who stops a command or names a folder reads that a system call
 * has failed, and has to guess what that means; or a program is not told which
 * file is to blame, or not what to do next.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <string.h>

#include "util/error.h"

static void what_failed_comes_before_what_the_system_says(void **state)
{
    struct xr_error err;

    (void)state;
    assert_int_equal(error_system(&err, ENOENT, "cannot open %s", "it"),
                     -ENOENT);
    assert_string_equal(err.message,
                        "cannot open it: No such file or directory");
    assert_int_equal(error_errno(&err, ENOENT), -ENOENT);
    assert_string_equal(err.message, "No such file or directory");
    assert_int_equal(err.code, ENOENT);
    assert_int_equal(err.reason, XR_REASON_SYSTEM);
    assert_true(err.offset == XR_NO_OFFSET);
}

static void a_folder_and_a_stop_have_words_of_their_own(void **state)
{
    struct xr_error err;

    (void)state;
    assert_int_equal(error_system(&err, EISDIR, "cannot read"), -EISDIR);
    assert_string_equal(err.message, "cannot read: it is a folder, not a file");
    assert_int_equal(error_errno(&err, EISDIR), -EISDIR);
    assert_string_equal(err.message, "it is a folder, not a file");
    assert_int_equal(error_errno(&err, ECANCELED), -ECANCELED);
    assert_string_equal(err.message, "stopped on request");
    assert_int_equal(err.reason, XR_REASON_CANCELLED);
}

static void a_file_is_named_before(void **state)
{
    struct xr_error err;

    (void)state;
    error_at(&err, EBADMSG, 7, "damaged");
    error_name_file(&err, "/srv/a.img");
    assert_string_equal(err.message, "/srv/a.img: damaged");
    assert_int_equal(err.code, EBADMSG);
    assert_int_equal(err.reason, XR_REASON_NOT_SOUND);
    assert_true(err.offset == 7);
    error_set(&err, EIO, "no");
    error_name_file(&err, "\033[2J");
    assert_string_equal(err.message, "\\x1b[2J: no");
}

/* The next step stands at the end of a message. */
static void a_long_path_leaves_room_for_the_message(void **state)
{
    char path[1000], text[sizeof(((struct xr_error *)NULL)->message)];
    struct xr_error err;
    size_t n;

    (void)state;
    memset(path, 'p', sizeof(path) - 1);
    memcpy(path + sizeof(path) - sizeof("/end"), "/end", sizeof("/end"));
    memset(text, 'm', sizeof(text) - 1);
    for (n = 1; n < sizeof(text); n++) {
        const char *end;

        error_set(&err, EIO, "%.*s!", (int)n - 1, text);
        error_name_file(&err, path);
        assert_memory_equal(err.message, "...p", 4);
        end = strstr(err.message, "/end: ");
        assert_non_null(end);
        assert_true(end - err.message >= 16);
        if (n <= 200)
            assert_int_equal(err.message[strlen(err.message) - 1], '!');
    }
}

static void no_character_of_a_path_is_cut(void **state)
{
    char path[400];
    struct xr_error err;
    size_t i, skip;

    (void)state;
    for (skip = 0; skip < 2; skip++) {
        for (i = 0; i + 2 < sizeof(path); i += 2)
            memcpy(path + i, "\xc3\xa4", 3);
        error_set(&err, EIO, "no%s", skip ? "!" : "");
        error_name_file(&err, path + 2);
        for (i = 3; err.message[i] != ':'; i += 2)
            assert_memory_equal(err.message + i, "\xc3\xa4", 2);
    }
}

static void a_long_path_leaves_room_for_what_the_system_says(void **state)
{
    char path[400];
    struct xr_error err;
    size_t i, n;

    (void)state;
    for (i = 0; i + 2 < sizeof(path); i += 2)
        memcpy(path + i, "\xc3\xa4", 3);
    for (n = 1; n < 390; n++) {
        const char *end;

        error_system(&err, ENAMETOOLONG, "%s%s", n % 2 ? "" : "/",
                     path + 398 - n / 2 * 2);
        end = strstr(err.message, ": File name too long");
        assert_non_null(end);
        assert_string_equal(end, ": File name too long");
        for (i = n % 2 ? 0 : 1; !strchr(".:", err.message[i]); i += 2)
            assert_memory_equal(err.message + i, "\xc3\xa4", 2);
        if (err.message[i] == '.')
            assert_memory_equal(err.message + i, "...: ", 5);
    }
}

static void no_character_of_a_message_is_cut(void **state)
{
    char text[sizeof(((struct xr_error *)NULL)->message) + 8];
    struct xr_error err;
    size_t i;

    (void)state;
    for (i = 0; i + 4 < sizeof(text); i += 3)
        memcpy(text + i, "\xe2\x82\xac", 4);
    for (i = 0; i < 3; i++) {
        error_set(&err, EIO, "%.*s%s", (int)i, "!!", text);
        assert_int_equal((strlen(err.message) - (i < 2 ? i : 2)) % 3, 0);
    }
    memset(text, 'm', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    error_set(&err, EIO, "%s", text);
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

static void nobody_need_ask(void **state)
{
    (void)state;
    assert_int_equal(error_system(NULL, EISDIR, "cannot read"), -EISDIR);
    assert_int_equal(error_errno(NULL, EISDIR), -EISDIR);
    error_name_file(NULL, "/srv/a.img");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_failed_comes_before_what_the_system_says),
        cmocka_unit_test(a_folder_and_a_stop_have_words_of_their_own),
        cmocka_unit_test(a_file_is_named_before),
        cmocka_unit_test(a_long_path_leaves_room_for_the_message),
        cmocka_unit_test(no_character_of_a_path_is_cut),
        cmocka_unit_test(a_long_path_leaves_room_for_what_the_system_says),
        cmocka_unit_test(no_character_of_a_message_is_cut),
        cmocka_unit_test(nobody_need_ask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
