/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What hooks are told of a way back.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "domain/scripts.h"
#include "engine/restore_state.h"

static const char *wish_in_words(const struct restore_options *o)
{
    if (o->goes_back)
        return "back";
    switch (o->disks) {
    case RESTORE_DISKS_BACK:
        return "back";
    case RESTORE_DISKS_COPIES:
        return "copies";
    case RESTORE_DISKS_AS_THEY_ARE:
        return "as-they-are";
    case RESTORE_DISKS_UNSAID:
        break;
    }
    return "";
}

/* What would not be one word, or one line, would be another disk. */
static bool fits_in_line(const struct domain_disk *disk)
{
    return disk->dev && !disk->backend && !strpbrk(disk->dev, " \t\n")
           && !strchr(disk->path, '\n');
}

/* As at a checkpoint; which backend it will have nobody knows yet. */
static void list_disks(struct restore *r)
{
    size_t i;

    for (i = 0; i < r->domain.disk_count; i++) {
        const struct domain_disk *d = &r->domain.disks[i];

        if (fits_in_line(d))
            buffer_printf(&r->disk_lines, "%s%s %s - %s",
                          r->disk_lines.length ? "\n" : "", d->dev,
                          d->written ? "w" : "r", d->path);
    }
}

int restore_hooks_open(struct restore *r, struct xr_error *err)
{
    struct way_order order = {
        .dir = r->config.hook_dir,
        .timeout = r->config.hook_timeout,
        .checkpoint = r->disks.checkpoint,
        .name = r->domain.name,
        .uuid = r->domain.uuid,
        .wish = wish_in_words(&r->options),
    };

    list_disks(r);
    r->hooks_image = realpath(r->options.path, NULL);
    order.image = r->hooks_image;
    if (buffer_failed(&r->disk_lines) || !order.image)
        return error_set(err, ENOMEM, "out of memory");
    order.disks = r->disk_lines.length ? r->disk_lines.data : NULL;
    return way_open(&r->way, &order, err);
}

int restore_hooks_check(const struct restore *r, struct xr_error *err)
{
    size_t count;
    int status = scripts_examine(r->config.hook_dir, &count, err);

    if (status)
        err->reason = XR_REASON_HOOK_FAILED;
    return status;
}

int restore_hooks_end(struct restore *r, enum guest_fate guest, uint32_t domid,
                      struct xr_error *err)
{
    if (!way_end(&r->way, guest, domid, err))
        return 0;
    events_say(r->events, MESSAGE_ERROR, "%s", err->message);
    return -err->code;
}

bool restore_was_made(const struct restore *r)
{
    return r->way.page
           && atomic_load(&r->way.page->toolstack) == TOOLSTACK_SUCCEEDED;
}

bool restore_is_told(const struct restore *r)
{
    return !r->way.page
           || atomic_load(&r->way.page->toolstack) != TOOLSTACK_AT_WORK;
}
