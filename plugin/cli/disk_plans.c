/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/disk_plans.h"

#include "cli/facts.h"
#include "cli/table.h"

static const char *why_not_kept(const struct planned_disk *d)
{
    return *d->why_not ? d->why_not : "nobody was asked to keep it";
}

void print_disk_plan(const struct disk_plan *plan, bool made)
{
    size_t i;

    for (i = 0; i < plan->count; i++) {
        const struct planned_disk *d = &plan->items[i];

        if (!d->written)
            continue;
        if (!d->driver)
            print_line("Disk", "%s (%s), %s: %s", d->dev, d->target,
                       made ? "not kept" : "would not be kept",
                       why_not_kept(d));
        else if (made)
            print_line("Disk", "%s (%s), kept: %s", d->dev, d->target,
                       d->copy);
        else
            print_line("Disk", "%s (%s), would be kept by %s", d->dev, d->target,
                       d->driver);
    }
}

static bool is_lost_disk(const struct planned_disk *d)
{
    return d->written && !d->driver;
}

bool has_lost_disks(const struct disk_plan *plan)
{
    size_t i;

    for (i = 0; i < plan->count; i++)
        if (is_lost_disk(&plan->items[i]))
            return true;
    return false;
}

void print_lost_disks(const struct disk_plan *plan)
{
    struct table *t = table_new();
    size_t i;

    table_column(t, "DISK");
    table_column(t, "TARGET");
    table_prose(t, "A CHECKPOINT DOES NOT KEEP IT");
    for (i = 0; i < plan->count; i++) {
        const struct planned_disk *d = &plan->items[i];

        if (!is_lost_disk(d))
            continue;
        table_row(t);
        table_cell(t, d->dev);
        table_cell(t, d->target);
        table_cell(t, why_not_kept(d));
    }
    table_print(t, "  ");
    table_free(t);
}

static void json_planned_disk(yajl_gen g, const struct planned_disk *d,
                              bool made)
{
    yajl_gen_map_open(g);
    json_text(g, "vdev", d->dev);
    json_text(g, "target", d->target);
    json_bool(g, "kept", d->driver != NULL);
    json_text(g, "driver", d->driver);
    json_text(g, "copy", made ? d->copy : NULL);
    json_text(g, "why", d->driver ? NULL : why_not_kept(d));
    yajl_gen_map_close(g);
}

void json_disk_plan(yajl_gen g, const struct disk_plan *plan, bool made)
{
    size_t i;

    json_key(g, "disks");
    yajl_gen_array_open(g);
    for (i = 0; i < plan->count; i++)
        if (plan->items[i].written)
            json_planned_disk(g, &plan->items[i], made);
    yajl_gen_array_close(g);
}
