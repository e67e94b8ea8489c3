/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/check_answers.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/disk_plans.h"
#include "cli/obstacles.h"
#include "cli/table.h"

static void print_evidence(const struct verdict *v)
{
    struct table *t = table_new();
    size_t i;

    table_column(t, "SOURCE");
    table_column(t, "SAYS");
    table_prose(t, "BECAUSE");
    for (i = 0; i < v->evidence_count; i++) {
        table_row(t);
        table_cell(t, verdict_source_name(v->evidence[i].source));
        table_cell(t, verdict_answer_name(v->evidence[i].says));
        table_cell(t, v->evidence[i].detail);
    }
    table_print(t, "  ");
    table_free(t);
}

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

static void print_candidates(const struct check_answer *a)
{
    struct table *t = table_new();
    char text[32];
    size_t i;

    table_column(t, "ADDRESS");
    table_column(t, "COPIES");
    table_column(t, "GUEST_OS");
    table_column(t, "SUSPEND_CANCEL");
    for (i = 0; i < a->candidate_count; i++) {
        const struct check_candidate *c = &a->candidates[i];

        table_row(t);
        snprintf(text, sizeof(text), "0x%" PRIx64, c->address);
        table_cell(t, text);
        snprintf(text, sizeof(text), "%" PRIu64, c->copies);
        table_cell(t, text);
        table_cell(t, or_dash(keylist_get(&c->notes, "GUEST_OS")));
        table_cell(t, or_dash(keylist_get(&c->notes, "SUSPEND_CANCEL")));
    }
    table_print(t, "  ");
    table_free(t);
}

/* What does not go into the table of all. */
static void print_details(const struct check_answer *a, bool evidence)
{
    bool obstacles = obstacles_refusal(&a->obstacles)
                     || (evidence && a->obstacles.count);
    bool disks = has_lost_disks(&a->disks);

    if (!evidence && !a->candidate_count && !obstacles && !disks)
        return;
    printf("\n");
    print_safe(a->target);
    printf(":\n");
    if (evidence)
        print_evidence(&a->verdict);
    if (a->candidate_count)
        print_candidates(a);
    if (obstacles)
        print_obstacles(&a->obstacles, evidence);
    if (disks)
        print_lost_disks(&a->disks);
}

void check_print_text(const struct check *check, bool evidence)
{
    struct table *t = table_new();
    char domid[16];
    size_t i;

    table_column(t, "DOMAIN");
    table_column(t, "ID");
    table_column(t, "RESUMABLE");
    table_column(t, "SUSPENDABLE");
    table_column(t, "SOURCE");
    table_prose(t, "REASON");
    for (i = 0; i < check_count(check); i++) {
        const struct check_answer *a = check_get(check, i);

        snprintf(domid, sizeof(domid), a->is_domain ? "%u" : "-", a->domid);
        table_row(t);
        table_cell(t, a->target);
        table_cell(t, domid);
        table_verdict(t, a->verdict.resumable);
        table_verdict(t, a->verdict.suspendable);
        table_cell(t, verdict_source_name(a->verdict.source));
        table_cell(t, a->verdict.reason);
    }
    table_print(t, "");
    table_free(t);
    for (i = 0; i < check_count(check); i++)
        print_details(check_get(check, i), evidence);
}
