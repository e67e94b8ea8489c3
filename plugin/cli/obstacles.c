/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/obstacles.h"

#include "cli/table.h"
#include "util/reason.h"

void print_obstacles(const struct obstacles *obstacles, bool unknown)
{
    struct table *t = table_new();
    size_t i;

    table_column(t, "OBSTACLE");
    table_column(t, "SOURCE");
    table_prose(t, "BECAUSE");
    table_prose(t, "FIRST");
    for (i = 0; i < obstacles->count; i++) {
        const struct obstacle *o = &obstacles->items[i];

        if (!o->reason && !unknown)
            continue;
        table_row(t);
        table_marked(t, o->reason ? MARK_BAD : MARK_DOUBT,
                     o->reason ? reason_name(o->reason) : "unknown");
        table_cell(t, o->source);
        table_cell(t, o->text);
        table_cell(t, *o->step ? o->step : "-");
    }
    table_print(t, "  ");
    table_free(t);
}

void json_obstacles(yajl_gen g, const struct obstacles *obstacles)
{
    size_t i;

    json_key(g, "obstacles");
    yajl_gen_array_open(g);
    for (i = 0; i < obstacles->count; i++) {
        const struct obstacle *o = &obstacles->items[i];

        yajl_gen_map_open(g);
        json_text(g, "says", verdict_answer_name(o->says));
        json_text(g, "reason", o->reason ? reason_name(o->reason) : NULL);
        json_text(g, "source", o->source);
        json_text(g, "detail", o->text);
        json_text(g, "first", *o->step ? o->step : NULL);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}
