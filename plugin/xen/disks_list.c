/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/disks.h"

#include <string.h>

#include "util/buffer.h"

/* What would break the line is left out with the whole disk. */
static void add_disk_line(const struct guest_disk *d, struct buffer *out)
{
    if (d->here && d->dev && d->mode && d->type && d->params
        && !strpbrk(d->dev, " \n") && !strpbrk(d->mode, " \n")
        && !strpbrk(d->type, " \n") && !strchr(d->params, '\n'))
        buffer_printf(out, "%s %s %s %s\n", d->dev, d->mode, d->type,
                      d->params);
}

char *disks_list(uint32_t domid)
{
    CLEANUP_STORE struct store *store = store_open();
    CLEANUP_BUFFER struct buffer list = { 0 };
    struct guest_disk *disks = NULL;
    size_t count = 0, i;

    if (!store || guest_disks_read(store, domid, &disks, &count, NULL))
        return NULL;
    for (i = 0; i < count; i++)
        add_disk_line(&disks[i], &list);
    guest_disks_free(disks, count);
    return buffer_steal(&list);
}
