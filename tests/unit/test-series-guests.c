/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whose checkpoints are taken, where xenstore does not answer.  If this fails, a
 * guest has no checkpoint in a night, and nobody hears of it.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/series_take.h"
#include "fake_xen.h"
#include "xen/store.h"

/* What series_take.c frees; there are no results here. */
static void free_guests(struct series *series)
{
    while (series->count)
        free(series->guests[--series->count].name);
    free(series->guests);
}

static int find_all(struct series *out, struct xr_error *err)
{
    const struct series_order order = { .all = true };

    *out = (struct series){ 0 };
    return series_find_guests(&order, out, err);
}

static void finds_guests(void **state)
{
    struct series series;
    struct xr_error err;

    (void)state;
    fake_reset();
    fake_store_set("name", "web");
    assert_int_equal(find_all(&series, &err), 0);
    assert_int_equal(series.count, 1);
    assert_string_equal(series.guests[0].name, "web");
    assert_int_equal(series.guests[0].error.code, 0);
    free_guests(&series);
}

/* One that has gone has no name; a device model's domain is no guest. */
static void passes_over_what_is_none(void **state)
{
    struct series series;
    struct xr_error err;

    (void)state;
    fake_reset();
    assert_int_equal(find_all(&series, &err), 0);
    assert_int_equal(series.count, 0);
    free_guests(&series);
    fake_store_set("name", "web-dm");
    fake_store_set("target", "6");
    assert_int_equal(find_all(&series, &err), 0);
    assert_int_equal(series.count, 0);
    free_guests(&series);
}

/* Whatever fails: it is a failure of all, or of that guest. */
static void loses_no_guest(void **state)
{
    struct series series;
    struct xr_error err;
    unsigned int failed = 0;
    int n, r;

    (void)state;
    for (n = 1; ; n++) {
        fake_reset();
        fake_store_set("name", "web");
        fake.fail_call = n;
        r = find_all(&series, &err);
        if (!r) {
            assert_int_equal(series.count, 1);
            failed += series.guests[0].error.code == EIO;
        }
        if (!r && !series.guests[0].error.code)
            break;
        if (!r)
            assert_string_equal(series.guests[0].name, "7");
        free_guests(&series);
    }
    free_guests(&series);
    assert_int_equal(failed, 2); /* its target, its name */
}

/* Nor is a domain gone because its name cannot be read. */
static void is_not_gone(void **state)
{
    struct store *store;
    struct xr_error err;
    uint32_t domid;
    int n, r;

    (void)state;
    for (n = 1; ; n++) {
        fake_reset();
        fake_store_set_path("/local/domain/7", "");
        fake_store_set("name", "web");
        store = store_open();
        assert_non_null(store);
        fake.fail_call = fake.calls + n;
        r = store_find_domain(store, "web", &domid, &err);
        store_close(store);
        if (!r)
            break;
        assert_int_equal(r, -EIO);
    }
    assert_int_equal(n, 3); /* the list, the name */
    assert_int_equal(domid, FAKE_DOMID);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_guests),
        cmocka_unit_test(passes_over_what_is_none),
        cmocka_unit_test(loses_no_guest),
        cmocka_unit_test(is_not_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
