/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, who stops a command or names a folder reads that a system call
 * has failed, and has to guess what that means.
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

static void nobody_need_ask(void **state)
{
    (void)state;
    assert_int_equal(error_system(NULL, EISDIR, "cannot read"), -EISDIR);
    assert_int_equal(error_errno(NULL, EISDIR), -EISDIR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_failed_comes_before_what_the_system_says),
        cmocka_unit_test(a_folder_and_a_stop_have_words_of_their_own),
        cmocka_unit_test(nobody_need_ask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
