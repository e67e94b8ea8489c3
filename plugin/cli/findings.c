/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/findings.h"

#include "cli/table.h"

void print_findings(const struct preflight *p)
{
    struct table *t = table_new();
    size_t i;

    table_column(t, "WHAT");
    table_column(t, "SAYS");
    table_prose(t, "BECAUSE");
    for (i = 0; i < p->count; i++) {
        table_row(t);
        table_cell(t, p->findings[i].what);
        table_verdict(t, p->findings[i].says);
        table_cell(t, p->findings[i].detail);
    }
    table_print(t, "");
    table_free(t);
}

void json_findings(yajl_gen g, const struct preflight *p)
{
    size_t i;

    json_text(g, "restorable", verdict_answer_name(p->answer));
    json_key(g, "checks");
    yajl_gen_array_open(g);
    for (i = 0; i < p->count; i++) {
        const struct preflight_finding *f = &p->findings[i];

        yajl_gen_map_open(g);
        json_text(g, "what", f->what);
        json_text(g, "says", verdict_answer_name(f->says));
        json_text(g, "reason", f->reason ? reason_name(f->reason) : NULL);
        json_text(g, "detail", f->detail);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}
