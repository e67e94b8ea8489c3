/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An image is there, and a copy that belongs to it is not any more: somebody has removed
 * the file, or LVM has given the snapshot up.
 */
#include "config.h"

#include <errno.h>

#include "engine/copies_ledger.h"
#include "util/clock.h"

enum { EACH_LIMIT = 60, ALL_LIMIT_MS = 60 * 1000 };

struct lost_visit {
    copies_visit_lost *visit;
    void *data;
    uint64_t until; /* ms: nobody is asked after that */
};

/* Meanwhile somebody may have dropped them, with their image. */
static bool are_kept_yet(const char *id)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;

    return !ledger_take(id, COPIES_KEPT, &c, NULL);
}

static void look_for_each(const struct disk_copies *c,
                          const struct lost_visit *v)
{
    const struct disk_drivers drivers = {
        .limit = EACH_LIMIT,
        .name = c->name,
        .checkpoint = c->id,
    };
    struct xr_error err;
    size_t i;

    for (i = 0; i < c->count && clock_ms() < v->until; i++) {
        const struct disk_copy *item = &c->items[i];

        if (disk_driver_find(&drivers, item->driver, item->copy, &err)
            == -ESTALE && are_kept_yet(c->id))
            v->visit(c, item, err.message, v->data);
    }
}

/* Who wants them need not wait for the drivers. */
static void see_what_is_lost(const char *id, enum copies_state state,
                             void *data)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    const struct lost_visit *v = data;

    if (state != COPIES_KEPT || clock_ms() >= v->until
        || ledger_take(id, state, &c, NULL)
        || copies_look(&c, NULL) != PLACE_THERE)
        return;
    copies_unlock(&c);
    look_for_each(&c, v);
}

void copies_each_lost(copies_visit_lost *visit, void *data)
{
    struct lost_visit v = { visit, data, clock_ms() + ALL_LIMIT_MS };

    (void)ledger_each(see_what_is_lost, &v, NULL);
}
