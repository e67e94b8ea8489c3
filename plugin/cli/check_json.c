/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/check_answers.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/disk_plans.h"
#include "cli/obstacles.h"

static void json_evidence(yajl_gen g, const struct verdict *v)
{
    size_t i;

    json_key(g, "evidence");
    yajl_gen_array_open(g);
    for (i = 0; i < v->evidence_count; i++) {
        const struct verdict_evidence *e = &v->evidence[i];

        yajl_gen_map_open(g);
        json_text(g, "source", verdict_source_name(e->source));
        json_text(g, "says", verdict_answer_name(e->says));
        json_text(g, "detail", e->detail);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

static void json_candidates(yajl_gen g, const struct check_answer *a)
{
    char address[32];
    size_t i;

    json_key(g, "candidates");
    yajl_gen_array_open(g);
    for (i = 0; i < a->candidate_count; i++) {
        const struct check_candidate *c = &a->candidates[i];

        snprintf(address, sizeof(address), "0x%" PRIx64, c->address);
        yajl_gen_map_open(g);
        json_text(g, "address", address);
        json_number(g, "copies", c->copies);
        json_text(g, "guest_os", keylist_get(&c->notes, "GUEST_OS"));
        json_text(g, "suspend_cancel",
                          keylist_get(&c->notes, "SUSPEND_CANCEL"));
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

static void json_answer(yajl_gen g, const struct check_answer *a,
                        bool scan_memory)
{
    yajl_gen_map_open(g);
    json_text(g, "target", a->target);
    if (a->is_domain)
        json_number(g, "domid", a->domid);
    json_text(g, "resumable", verdict_answer_name(a->verdict.resumable));
    json_text(g, "source", verdict_source_name(a->verdict.source));
    json_text(g, "reason", a->verdict.reason);
    json_text(g, "suspendable", verdict_answer_name(a->verdict.suspendable));
    if (a->is_domain) {
        json_obstacles(g, &a->obstacles);
        json_disk_plan(g, &a->disks, false);
    }
    json_evidence(g, &a->verdict);
    if (a->kernel) {
        json_text(g, "kernel", a->kernel);
        json_bool(g, "learned", a->learned);
    }
    if (scan_memory && a->is_domain)
        json_candidates(g, a);
    yajl_gen_map_close(g);
}

void check_json(yajl_gen g, const struct check *check, bool scan_memory)
{
    size_t i;

    json_key(g, "domains");
    yajl_gen_array_open(g);
    for (i = 0; i < check_count(check); i++)
        json_answer(g, check_get(check, i), scan_memory);
    yajl_gen_array_close(g);
}
