/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which images of a guest are kept, by the times at which it was saved:
 * restic's rules, as its manual has them.  Pure: no files, and the clock is an
 * argument.
 *
 *   last     the N newest
 *   hourly   of each of the last N hours in which there is one, the newest; the
 *            same of days, weeks (from Monday on), months and years
 *
 * Hours and days are those of the local time, and one without an image does
 * not count.  An image is kept if any rule keeps it.  Where there are too few
 * for a rule other than "last", it keeps the oldest one, too, so that the time
 * that the images span grows up to what is wanted.  What is from the future is
 * kept, and no rule counts it.
 */
#ifndef ENGINE_RETENTION_H
#define ENGINE_RETENTION_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "util/buffer.h"

enum retention_rule {
    RETENTION_LAST,
    RETENTION_HOURLY,
    RETENTION_DAILY,
    RETENTION_WEEKLY,
    RETENTION_MONTHLY,
    RETENTION_YEARLY,
    RETENTION_RULES,
};

#define RETENTION_UNLIMITED UINT_MAX

/* How many each rule keeps. */
struct retention {
    unsigned int keep[RETENTION_RULES];
};

struct retention_item {
    time_t when;
    uint32_t rules;  /* out: bit of each rule that keeps it */
    uint32_t oldest; /* out: of them, those that keep it as the oldest */
    bool future;     /* out */
};

/* No rule keeps anything: that is no wish, but a mistake. */
bool retention_is_empty(const struct retention *retention);

/* The items stand in the order of their times, the newest first. */
void retention_apply(const struct retention *retention, time_t now,
                     struct retention_item *items, size_t count);

static inline bool retention_keeps(const struct retention_item *item)
{
    return item->rules || item->future;
}

/* "last", "hourly", ...: a constant. */
const char *retention_rule_name(enum retention_rule rule);

/* "daily, oldest weekly"; nothing of what is not kept. */
void retention_put_reasons(const struct retention_item *item,
                           struct buffer *out);

#endif
