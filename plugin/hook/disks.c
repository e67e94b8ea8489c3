/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/disks.h"

#include <string.h>

#include "format/libxc.h"
#include "format/record.h"
#include "util/bytes.h"
#include "util/debug.h"
#include "xen/store.h"

/* By the door itself, which asks no driver.  A save is none the worse without. */
static void find_by_ourselves(const struct judgement *j, bool live,
                              struct recorded_disks *out)
{
    CLEANUP_STORE struct store *store = store_open();
    struct planned_disk *d;
    struct xr_error err;

    if (!store
        || disk_plan_make(store, j->domain.domid, NULL, &out->plan, &err)) {
        debug("domain %u: no disks in the record: %s", j->domain.domid,
              store ? err.message : "no xenstore");
        return;
    }
    for (d = out->plan.items; d < out->plan.items + out->plan.count; d++)
        d->is_timed = d->is_timed && !(live && d->written);
    if (disk_plan_to_keys(&out->plan, &out->keys, &err))
        debug("domain %u: no disks in the record: %s", j->domain.domid,
              err.message);
    else
        out->is_ours = !live;
}

void recorded_disks_find(const struct stages *stages,
                         const struct judgement *judgement, bool live,
                         struct recorded_disks *out)
{
    *out = (struct recorded_disks){ .is_ours = false };
    if (!stages || stages_record_keys(stages, &out->keys, NULL))
        find_by_ourselves(judgement, live, out);
}

static int renew(struct recorded_disks *disks, struct buffer *record,
                 struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist keys = { 0 };
    CLEANUP_KEYLIST struct keylist now = { 0 };
    uint8_t *header = (uint8_t *)record->data;
    int r = disk_plan_read_facts(&disks->plan, err);

    if (!r)
        r = disk_plan_to_keys(&disks->plan, &keys, err);
    if (!r)
        r = disk_keys_of_instant(&keys, &now, err);
    return r ? r : record_rewrite(header + LIBXC_RECORD_HEADER_SIZE,
                                  load_le32(header + 4), &now, err);
}

/* What was read a moment ago is better than nothing. */
void recorded_disks_renew(struct recorded_disks *disks, struct buffer *record)
{
    struct xr_error err;

    if (disks->is_ours && record->length > LIBXC_RECORD_HEADER_SIZE
        && renew(disks, record, &err))
        debug("the record's disks are those of before the suspend: %s",
              err.message);
}

void recorded_disks_free(struct recorded_disks *disks)
{
    keylist_free(&disks->keys);
    disk_plan_free(&disks->plan);
}
