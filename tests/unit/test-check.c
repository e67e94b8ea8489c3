/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which domain a failed check is about.  If this fails, a program that has asked
 * about several domains does not know which of them could not be judged.
 */
#include "config.h"

#include "unit.h"

#include "engine/check.h"
#include "fake_xen.h"

static const struct events quiet = { .data = NULL };

/* There is xenstore's directory of a domain that Xen does not have. */
static struct check *begin(void)
{
    struct check *check;

    fake_reset();
    fake.domain_exists = false;
    fake_store_set_path("/local/domain/7", "");
    fake_store_set("name", "web");
    check = check_new(&quiet);
    assert_non_null(check);
    return check;
}

static void a_name_that_nobody_has_is_named(void **state)
{
    struct check *check = begin();

    (void)state;
    assert_null(check_failed_domain(check));
    check_one_domain(check, "nobody");
    assert_non_null(check_failed(check));
    assert_string_equal(check_failed_domain(check), "nobody");
    check_free(check);
}

static void a_number_is_told_by_its_name(void **state)
{
    struct check *check = begin();

    (void)state;
    check_one_domain(check, "7");
    assert_string_equal(check_failed_domain(check), "web");
    check_free(check);
}

static void a_number_without_a_name_is_not_one(void **state)
{
    struct check *check = begin();

    (void)state;
    check_one_domain(check, "9");
    assert_non_null(check_failed(check));
    assert_null(check_failed_domain(check));
    check_free(check);
}

static void the_domain_is_that_of_the_first_failure(void **state)
{
    struct check *check = begin();

    (void)state;
    check_kernel(check, "/nonexistent/kernel");
    check_one_domain(check, "web");
    assert_null(check_failed_domain(check));
    check_free(check);
    check = begin();
    check_one_domain(check, "web");
    check_one_domain(check, "nobody");
    assert_string_equal(check_failed_domain(check), "web");
    check_free(check);
}

static void a_lesson_is_about_its_domain(void **state)
{
    struct check *check = begin();

    (void)state;
    check_learn(check, "web", "/nonexistent/kernel", true);
    assert_string_equal(check_failed_domain(check), "web");
    check_free(check);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_nobody_has_is_named),
        cmocka_unit_test(a_number_is_told_by_its_name),
        cmocka_unit_test(a_number_without_a_name_is_not_one),
        cmocka_unit_test(the_domain_is_that_of_the_first_failure),
        cmocka_unit_test(a_lesson_is_about_its_domain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
