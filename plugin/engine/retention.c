/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/retention.h"

static const char *const rule_names[RETENTION_RULES] = {
    [RETENTION_LAST] = "last",
    [RETENTION_HOURLY] = "hourly",
    [RETENTION_DAILY] = "daily",
    [RETENTION_WEEKLY] = "weekly",
    [RETENTION_MONTHLY] = "monthly",
    [RETENTION_YEARLY] = "yearly",
};

const char *retention_rule_name(enum retention_rule rule)
{
    return rule_names[rule];
}

bool retention_is_empty(const struct retention *retention)
{
    size_t i;

    for (i = 0; i < RETENTION_RULES; i++)
        if (retention->keep[i])
            return false;
    return true;
}

enum {
    DAY = 24 * 60 * 60,
    WEEK_DAYS = 7,
    MONDAY = 3, /* days from a Monday to 1 January 1970 */
};

/* The day, counted from 1970 on, of the local date. */
static int64_t local_day(const struct tm *local)
{
    struct tm date = {
        .tm_year = local->tm_year,
        .tm_mon = local->tm_mon,
        .tm_mday = local->tm_mday,
    };
    int64_t seconds = timegm(&date);

    return seconds / DAY - (seconds % DAY < 0);
}

static int64_t local_week(const struct tm *local)
{
    int64_t days = local_day(local) + MONDAY;

    return days / WEEK_DAYS - (days % WEEK_DAYS < 0);
}

/* The hour, day, ... that a time is in: another number for each. */
static int64_t period_of(enum retention_rule rule, time_t when)
{
    struct tm local;

    if (!localtime_r(&when, &local))
        return when;
    switch (rule) {
    case RETENTION_HOURLY:
        return local_day(&local) * 24 + local.tm_hour;
    case RETENTION_DAILY:
        return local_day(&local);
    case RETENTION_WEEKLY:
        return local_week(&local);
    case RETENTION_MONTHLY:
        return (int64_t)local.tm_year * 12 + local.tm_mon;
    case RETENTION_YEARLY:
        return local.tm_year;
    default:
        return when;
    }
}

/* One rule over all items; first: the newest that is not from the future. */
static void apply_rule(enum retention_rule rule, unsigned int keep,
                       struct retention_item *items, size_t first,
                       size_t count)
{
    int64_t period, former = 0;
    size_t i;

    for (i = first; keep && i < count; i++) {
        bool is_new;

        period = period_of(rule, items[i].when);
        is_new = rule == RETENTION_LAST || i == first || period != former;
        if (!is_new && i + 1 < count)
            continue;
        items[i].rules |= UINT32_C(1) << rule;
        if (!is_new)
            items[i].oldest |= UINT32_C(1) << rule;
        former = period;
        if (keep != RETENTION_UNLIMITED)
            keep--;
    }
}

void retention_apply(const struct retention *retention, time_t now,
                     struct retention_item *items, size_t count)
{
    enum retention_rule rule;
    size_t i, first = 0;

    for (i = 0; i < count; i++) {
        items[i].rules = items[i].oldest = 0;
        items[i].future = items[i].when > now;
        first += items[i].future;
    }
    for (rule = RETENTION_LAST; rule < RETENTION_RULES; rule++)
        apply_rule(rule, retention->keep[rule], items, first, count);
}

void retention_put_reasons(const struct retention_item *item,
                           struct buffer *out)
{
    const char *comma = "";
    enum retention_rule rule;

    if (item->future)
        buffer_puts(out, "future");
    for (rule = RETENTION_LAST; rule < RETENTION_RULES; rule++) {
        if (!(item->rules & UINT32_C(1) << rule))
            continue;
        buffer_printf(out, "%s%s%s", comma,
                      item->oldest & UINT32_C(1) << rule ? "oldest " : "",
                      rule_names[rule]);
        comma = ", ";
    }
}
