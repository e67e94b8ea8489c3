/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, prune removes an image that restic's rules keep, or keeps what
 * they do not, and the disk is full one night.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "engine/retention.h"

enum { ITEMS_MAX = 2000 };

static struct retention_item items[ITEMS_MAX];
static size_t count;

static void use_zone(const char *zone)
{
    assert_int_equal(setenv("TZ", zone, 1), 0);
    tzset();
}

/* "2026-11-27 03:00" of the local time. */
static time_t at(const char *text)
{
    struct tm tm = { .tm_isdst = -1 };

    assert_non_null(strptime(text, "%Y-%m-%d %H:%M", &tm));
    tm.tm_isdst = -1;
    return mktime(&tm);
}

static void begin(void)
{
    count = 0;
}

/* Each is older than the one before. */
static void add_time(time_t when)
{
    assert_true(count < ITEMS_MAX);
    items[count++] = (struct retention_item){ .when = when };
}

static void add(const char *text)
{
    add_time(at(text));
}

/* Which are kept: a word for each, its index and why. */
static const char *kept(const struct retention *retention, const char *now)
{
    static char words[4096];
    size_t i, n = 0;

    retention_apply(retention, at(now), items, count);
    *words = '\0';
    for (i = 0; i < count; i++) {
        struct buffer why = { 0 };

        retention_put_reasons(&items[i], &why);
        if (retention_keeps(&items[i]))
            n += (size_t)snprintf(words + n, sizeof(words) - n, "%s%zu:%s",
                                  n ? " " : "", i, why.data);
        else
            assert_int_equal(why.length, 0);
        buffer_free(&why);
    }
    return words;
}

static size_t kept_count(const struct retention *retention, const char *now)
{
    size_t i, n = 0;

    retention_apply(retention, at(now), items, count);
    for (i = 0; i < count; i++)
        n += retention_keeps(&items[i]);
    return n;
}

#define KEEP(rule, n) \
    (&(const struct retention){ .keep = { [RETENTION_##rule] = (n) } })

static void the_last_ones(void **state)
{
    (void)state;
    begin();
    add("2026-11-27 03:02");
    add("2026-11-27 03:01");
    add("2026-11-27 03:01");
    add("2026-11-26 03:00");
    assert_string_equal(kept(KEEP(LAST, 2), "2026-11-27 04:00"),
                        "0:last 1:last");
    assert_string_equal(kept(KEEP(LAST, 3), "2026-11-27 04:00"),
                        "0:last 1:last 2:last");
    /* No rule of periods: there is no oldest one in it. */
    assert_int_equal(kept_count(KEEP(LAST, 9), "2026-11-27 04:00"), 4);
    assert_int_equal(kept_count(KEEP(LAST, 0), "2026-11-27 04:00"), 0);
    assert_true(retention_is_empty(KEEP(LAST, 0)));
    assert_false(retention_is_empty(KEEP(YEARLY, 1)));
    begin();
    assert_string_equal(kept(KEEP(LAST, 1), "2026-11-27 04:00"), "");
}

/* The example of restic's manual: twelve Sundays, and the last four days. */
static void twelve_sundays(void **state)
{
    static const char *const sundays[] = {
        "2019-11-17 11:00", "2019-11-10 11:00", "2019-11-03 11:00",
        "2019-10-27 11:00", "2019-10-20 11:00", "2019-10-13 11:00",
        "2019-10-06 11:00", "2019-09-29 11:00", "2019-09-22 11:00",
        "2019-09-15 11:00", "2019-09-08 11:00", "2019-09-01 11:00",
    };
    size_t i;

    (void)state;
    begin();
    for (i = 0; i < COUNT(sundays); i++)
        add(sundays[i]);
    assert_string_equal(kept(KEEP(DAILY, 4), "2019-11-17 12:00"),
                        "0:daily 1:daily 2:daily 3:daily");
    /* The newest of each month; then one is left over for the oldest. */
    assert_string_equal(kept(KEEP(MONTHLY, 3), "2019-11-17 12:00"),
                        "0:monthly 3:monthly 7:monthly");
    assert_string_equal(kept(KEEP(MONTHLY, 4), "2019-11-17 12:00"),
                        "0:monthly 3:monthly 7:monthly 11:oldest monthly");
    assert_string_equal(kept(KEEP(YEARLY, 2), "2019-11-17 12:00"),
                        "0:yearly 11:oldest yearly");
    assert_string_equal(kept(KEEP(YEARLY, 1), "2019-11-17 12:00"), "0:yearly");
    assert_int_equal(kept_count(KEEP(WEEKLY, RETENTION_UNLIMITED),
                                "2019-11-17 12:00"), 12);
}

/* Days begin at midnight, weeks on Monday, months and years on the first. */
static void borders(void **state)
{
    static const struct {
        enum retention_rule rule;
        const char *newer, *older; /* of two periods */
        const char *begin;         /* of the newer one's, with it */
    } rows[] = {
        { RETENTION_HOURLY, "2026-11-27 03:59", "2026-11-27 02:59",
          "2026-11-27 03:00" },
        { RETENTION_DAILY, "2026-11-27 23:59", "2026-11-26 23:59",
          "2026-11-27 00:00" },
        /* Monday, 23 November; Sunday, 22. */
        { RETENTION_WEEKLY, "2026-11-29 23:59", "2026-11-22 23:59",
          "2026-11-23 00:00" },
        /* A week of two years. */
        { RETENTION_WEEKLY, "2027-01-03 23:59", "2026-12-27 23:59",
          "2026-12-28 00:00" },
        { RETENTION_MONTHLY, "2026-11-30 23:59", "2026-10-31 23:59",
          "2026-11-01 00:00" },
        { RETENTION_MONTHLY, "2026-11-30 23:59", "2025-11-30 23:59",
          "2026-11-01 00:00" },
        { RETENTION_YEARLY, "2026-12-31 23:59", "2025-12-31 23:59",
          "2026-01-01 00:00" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        struct retention r = { .keep = { [RETENTION_LAST] = 0 } };

        r.keep[rows[i].rule] = 1;
        begin();
        add(rows[i].newer);
        add(rows[i].begin);
        add(rows[i].older);
        assert_int_equal(kept_count(&r, "2030-01-01 00:00"), 1);
        r.keep[rows[i].rule] = 2;
        retention_apply(&r, at("2030-01-01 00:00"), items, count);
        assert_true(retention_keeps(&items[0]));
        assert_false(retention_keeps(&items[1]));
        assert_true(retention_keeps(&items[2]));
        assert_int_equal(items[2].oldest, 0);
    }
}

/* A day without an image does not count. */
static void gaps_do_not_count(void **state)
{
    (void)state;
    begin();
    add("2026-11-27 03:00");
    add("2026-11-20 04:00");
    add("2026-11-20 03:00");
    add("2026-03-01 03:00");
    add("2024-03-01 03:00");
    assert_string_equal(kept(KEEP(DAILY, 3), "2026-11-27 04:00"),
                        "0:daily 1:daily 3:daily");
}

/* An image is kept if any rule keeps it. */
static void rules_are_ored(void **state)
{
    const struct retention r = {
        .keep = { [RETENTION_LAST] = 1, [RETENTION_DAILY] = 2,
                  [RETENTION_WEEKLY] = 2 },
    };

    (void)state;
    begin();
    add("2026-11-27 15:00");
    add("2026-11-27 03:00");
    add("2026-11-26 03:00");
    add("2026-11-25 03:00");
    add("2026-11-22 03:00");
    add("2026-11-21 03:00");
    assert_string_equal(kept(&r, "2026-11-27 16:00"),
                        "0:last, daily, weekly 2:daily 4:weekly");
}

/*
 * restic's manual: one each day for 100 years, by --keep-daily 7 --keep-weekly 5
 * --keep-monthly 12 --keep-yearly 75.  Here three years: 7 days, of which one is
 * the week's; 4 weeks; the months that have no day or week of those; the years.
 */
static void years_of_days(void **state)
{
    const struct retention r = {
        .keep = { [RETENTION_DAILY] = 7, [RETENTION_WEEKLY] = 5,
                  [RETENTION_MONTHLY] = 12, [RETENTION_YEARLY] = 75 },
    };
    time_t newest = at("2026-11-27 03:00");
    size_t i, by[RETENTION_RULES] = { 0 };
    enum retention_rule rule;

    (void)state;
    begin();
    for (i = 0; i < 3 * 365; i++)
        add_time(newest - (time_t)i * 24 * 60 * 60);
    retention_apply(&r, newest, items, count);
    for (i = 0; i < count; i++)
        for (rule = 0; rule < RETENTION_RULES; rule++)
            by[rule] += items[i].rules >> rule & 1;
    assert_int_equal(by[RETENTION_DAILY], 7);
    assert_int_equal(by[RETENTION_WEEKLY], 5);
    assert_int_equal(by[RETENTION_MONTHLY], 12);
    /* 2026, 2025, 2024, 2023 and, since there are so few, the very first. */
    assert_int_equal(by[RETENTION_YEARLY], 5);
    assert_true(items[count - 1].oldest);
    /* 27 to 21 November, a Friday and a Saturday; Sundays 15, 8, 1; ... */
    for (i = 0; i < 7; i++)
        assert_true(retention_keeps(&items[i]));
    assert_int_equal(items[5].rules, UINT32_C(1) << RETENTION_DAILY
                                     | UINT32_C(1) << RETENTION_WEEKLY);
    assert_int_equal(items[12].rules, UINT32_C(1) << RETENTION_WEEKLY);
    assert_int_equal(items[7].rules, 0);
    assert_int_equal(items[27].rules, UINT32_C(1) << RETENTION_MONTHLY);
}

/* A clock that was put back costs no image. */
static void the_future_is_kept(void **state)
{
    (void)state;
    begin();
    add("2036-11-27 03:00");
    add("2027-11-27 03:00");
    add("2026-11-27 03:00");
    add("2026-11-26 03:00");
    add("2026-11-25 03:00");
    assert_string_equal(kept(KEEP(LAST, 1), "2026-11-27 03:00"),
                        "0:future 1:future 2:last");
    assert_string_equal(kept(KEEP(DAILY, 2), "2026-11-27 03:00"),
                        "0:future 1:future 2:daily 3:daily");
    assert_string_equal(kept(KEEP(DAILY, 2), "2020-11-27 03:00"),
                        "0:future 1:future 2:future 3:future 4:future");
}

/* Days are the local ones. */
static void local_days(void **state)
{
    (void)state;
    use_zone("UTC");
    begin();
    add("2026-11-27 01:00");
    add("2026-11-26 23:00");
    assert_int_equal(kept_count(KEEP(DAILY, 1), "2026-11-27 04:00"), 1);
    assert_int_equal(kept_count(KEEP(DAILY, 2), "2026-11-27 04:00"), 2);
    use_zone("XYZ-5");
    retention_apply(KEEP(DAILY, 2), items[0].when, items, count);
    assert_int_equal(items[1].oldest, UINT32_C(1) << RETENTION_DAILY);
    use_zone("UTC");
}

/* In the night in which an hour comes twice it is one hour, as in restic. */
static void an_hour_that_comes_twice(void **state)
{
    const time_t half_past_two = 1792888200; /* 25 October 2026, in summer time */

    (void)state;
    use_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    begin();
    add_time(half_past_two + 3600); /* half past two again */
    add_time(half_past_two);
    add_time(half_past_two - 3600);
    retention_apply(KEEP(HOURLY, 2), items[0].when, items, count);
    assert_true(retention_keeps(&items[0]));
    assert_false(retention_keeps(&items[1]));
    assert_true(retention_keeps(&items[2]));
    use_zone("UTC");
}

/* Before 1970, and beyond what a calendar has. */
static void odd_times(void **state)
{
    (void)state;
    begin();
    add_time((time_t)INT64_MAX);
    add_time(0);
    add_time(-1);
    add_time(-86400);
    add_time(-86401);
    add_time((time_t)INT64_MIN);
    assert_int_equal(kept_count(KEEP(DAILY, 3), "2026-11-27 03:00"), 4);
    assert_true(retention_keeps(&items[0]));
    assert_true(retention_keeps(&items[1]));
    assert_true(retention_keeps(&items[2]));
    assert_false(retention_keeps(&items[3]));
    assert_true(retention_keeps(&items[4]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_ones),
        cmocka_unit_test(twelve_sundays),
        cmocka_unit_test(borders),
        cmocka_unit_test(gaps_do_not_count),
        cmocka_unit_test(rules_are_ored),
        cmocka_unit_test(years_of_days),
        cmocka_unit_test(the_future_is_kept),
        cmocka_unit_test(local_days),
        cmocka_unit_test(an_hour_that_comes_twice),
        cmocka_unit_test(odd_times),
    };

    use_zone("UTC");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
